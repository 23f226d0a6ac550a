"""The week of one provider as a grid. Its buttons change rows on the page; only “Save” saves them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk.decorators import desk_view
from booking.desk.hours import grid
from booking.desk.hours.forms import RowForm, StartingForm, WeekFormSet
from booking.desk.hours.saving import hours_page, refusal
from booking.lifecycle import Week
from booking.lifecycle.providers.weekly_hours import code_of, current_hours
from clinic.country import country
from clinic.formatting import days_in_words
from clinic.models import Location, Practitioner
from clinic.models.practice import Weekday
from clinic.practice_info import local_date

WORKDAYS = range(5)


@desk_view("edit_hours", RowForm, StartingForm)
def week(request, slug):
    provider = get_object_or_404(Practitioner, slug=slug)
    now = timezone.now()
    today = local_date(now)
    stored = list(current_hours([provider], today))
    context = {"provider": provider, "offices": _offices(stored), "today": today, "one_pm": country().clock(13 * 60)}
    if request.method != "POST":
        context |= {"seen": code_of(stored), "starting": StartingForm(), "is_edited": True}
        return _page(request, context, _as_typed(grid.stored(stored), context))
    context |= {"seen": request.POST.get("seen", ""), "starting": StartingForm(request.POST)}
    rows, day, words = _after_button(request.POST)
    if words:
        return _page(request, context | {"edited": words, "is_edited": True}, _as_typed(rows, context, day))
    return _save(request, context, now)


def _save(request, context, now):
    provider, starting, refused = context["provider"], context["starting"], {}
    formset = WeekFormSet(request.POST, prefix=grid.PREFIX, form_kwargs={"offices": context["offices"]})
    if formset.is_valid() and starting.is_valid():
        weeks = [Week(provider, formset.rows, context["seen"])]
        refused = refusal(request, weeks, starting.cleaned_data["starting"], now)
        if not refused:
            messages.success(request, _("Hours saved for %s.") % provider)
            return HttpResponseRedirect(f"{reverse('desk:hours')}?{urlencode({'from': provider.slug})}")
    return _page(request, context | refused, formset)


def _page(request, context, formset):
    return hours_page(request, "week", context | {"formset": formset, "days": _days(formset)})


def _offices(stored):
    """Active ones, and those at which there are hours already."""
    active = Location.objects.filter(is_active=True).values_list("pk", "name")
    names = dict(active) | {row.location_id: row.location.name for row in stored}
    return list(names.items())


def _as_typed(rows, context, focused=None):
    """The rows without errors: nobody has pressed “Save” yet."""
    rows = grid.whole_week(rows)
    formset = WeekFormSet(initial=rows, prefix=grid.PREFIX, form_kwargs={"offices": context["offices"]})
    last = max((n for n, row in enumerate(rows) if row["weekday"] == focused), default=None)
    if last is not None:
        formset.forms[last].fields["starts"].widget.attrs["autofocus"] = True
    return formset


def _after_button(data):
    """The rows after a button that changes them, the day that it changed, and what it did."""
    rows = grid.posted(data)
    pressed = {name: grid.number(data.get(name, "")) for name in ("add", "remove", "copy")}
    if (day := pressed["add"]) in Weekday.values:
        return grid.added(rows, day), day, _("Row added to %s.") % Weekday(day).label
    if pressed["remove"] in range(len(rows)):
        day = rows[pressed["remove"]]["weekday"]
        return grid.removed(rows, pressed["remove"]), day, _("Row removed from %s.") % Weekday(day).label
    if pressed["copy"] in Weekday.values:
        return _copied(rows, pressed["copy"], data)
    return rows, None, ""


def _copied(rows, day, data):
    to = {each for each in Weekday.values if str(each) in data.getlist(f"to-{day}")}
    if not to:
        return rows, day, _("Check the days to copy %s to.") % Weekday(day).label
    words = _("%(day)s was copied to: %(to)s.") % {"day": Weekday(day).label, "to": days_in_words(to)}
    return grid.copied(rows, day, to), min(to), words


def _days(formset):
    """Each day with its forms, numbered, and the days to which it can be copied: empty workdays are checked."""
    of_day = {day: [] for day in Weekday}
    for n, form in enumerate(formset.forms):
        of_day[Weekday(grid.weekday(form["weekday"].value()))].append((n, form))
    empty = {day for day, forms in of_day.items() if not any(form.has_times for _n, form in forms)}
    return [{"day": day, "forms": forms, "to": _to(day, empty)} for day, forms in of_day.items()]


def _to(day, empty):
    checked = {other for other in empty if day in WORKDAYS and other in WORKDAYS}
    return [(other, other in checked) for other in Weekday if other != day]
