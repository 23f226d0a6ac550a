"""The weekly hours of all providers, and the form that copies a week to others."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk.decorators import desk_view
from booking.desk.hours import in_words
from booking.desk.hours.forms import CopyForm
from booking.desk.hours.saving import hours_page, refusal
from booking.lifecycle import Week
from booking.lifecycle.providers.weekly_hours import code_of, current_hours
from clinic.models import Practitioner
from clinic.practice_info import local_date


@desk_view("edit_hours", CopyForm)
def everyone(request):
    now = timezone.now()
    today = local_date(now)
    hours = _hours(today)
    initial = {"source": _source(request, hours), "to": request.GET.getlist("to")}
    form = CopyForm(request.POST if request.method == "POST" else None, initial=initial)
    rows = [(person, in_words.lines(theirs, today), code_of(theirs)) for person, theirs in hours.items()]
    context = {"form": form, "rows": rows, "today": today}
    if form.is_bound and form.is_valid():
        refused = _copied(request, form, hours, now)
        if not refused:
            return HttpResponseRedirect(reverse("desk:hours"))
        context |= refused
    return hours_page(request, "everyone", context | {"is_edited": not form.is_bound})


def _source(request, hours):
    """Whose week was just saved, or the only one that there is."""
    filled = [person.slug for person, rows in hours.items() if rows]
    return request.GET.get("from") or (filled[0] if len(filled) == 1 else None)


def _hours(today):
    """The rows of each provider. Two queries."""
    people = list(Practitioner.objects.filter(is_active=True))
    of = {person.pk: [] for person in people}
    for row in current_hours(people, today):
        of[row.practitioner_id].append(row)
    return {person: of[person.pk] for person in people}


def _copied(request, form, hours, now):
    source, to, starting = (form.cleaned_data[name] for name in ("source", "to", "starting"))
    rows = [row for row in hours[source] if not (starting and row.valid_until and row.valid_until < starting)]
    if not rows:
        return {"notice": _("There are no hours to copy. Enter them first.")}
    weeks = [Week(person, rows, request.POST.get(f"seen-{person.slug}", "")) for person in to]
    refused = refusal(request, weeks, starting, now)
    if not refused:
        names = {"source": source.name, "to": ", ".join(person.name for person in to)}
        messages.success(request, _("Week of %(source)s copied to: %(to)s") % names)
    return refused
