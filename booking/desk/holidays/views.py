"""Puts the holidays of a year in as closures, in one go. Days on which somebody is booked lead to “Provider out”."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking import lifecycle
from booking.desk.decorators import desk_view, page
from booking.desk.holidays.proposals import proposals
from booking.desk.provider_out.forms import DayInput
from booking.form_fields import TextField
from clinic.country import country
from clinic.practice_info import local_date

YEARS_AHEAD = 3
EMPTY_ROWS = 2


class HolidayForm(forms.Form):
    """One day: whether we close, when, and what patients read. A row of one's own closes unless it is empty."""

    close = forms.BooleanField(label=_("Close"), required=False)
    day = forms.DateField(label=_("Day"), widget=DayInput(), required=False)
    note = TextField(label=_("Shown to patients"), max_length=120, required=False)
    each_year = forms.BooleanField(label=_("Every year"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].widget.attrs |= {"class": "form-control", "autocomplete": "off"}

    def clean(self):
        data = super().clean()
        data["close"] = data.get("close") and any(data.get(name) for name in ("day", "note", "each_year"))
        if data["close"] and not self.errors:
            day = data.get("day")
            if day is None or day < local_date(timezone.now()):
                self.add_error("day", _("Choose today or a later day."))
        return data


HolidayFormSet = forms.formset_factory(HolidayForm, extra=0, max_num=60, absolute_max=60)


@desk_view("time_off_any_day", HolidayForm)
def show(request):
    now = timezone.now()
    today = local_date(now)
    years = range(today.year, today.year + YEARS_AHEAD)
    asked = request.POST.get("year") or request.GET.get("year") or ""
    year = int(asked) if asked in map(str, years) else years[today.month > 10]  # late in the year: the next one
    rows = proposals(year, today=today, now=now)
    if request.method == "POST":
        formset = HolidayFormSet(request.POST)
        if formset.is_valid():
            return _close(request, formset, year, now)
    else:
        formset = HolidayFormSet(initial=[*map(_initial, rows), *[{} for _row in range(EMPTY_ROWS)]])
    context = {"formset": formset, "rows": _rows(formset, rows), "year": year, "years": years}
    context["place"] = country().holidays.place
    context["busy"] = [row for row in rows if row.day.isoformat() in request.GET.getlist("busy") and row.booked]
    return page(request, "holidays/holidays", context, shows=(), status=400 if formset.is_bound else 200)


def _initial(row):
    return {"close": row.is_usual and not row.is_closed, "day": row.day, "note": row.name}


def _rows(formset, rows):
    """Each form with what we know of its day."""
    known = {row.day: row for row in rows}
    return [(form, known.get(form.initial.get("day") or _day_of(form))) for form in formset]


def _day_of(form):
    return form.cleaned_data.get("day") if form.is_bound and hasattr(form, "cleaned_data") else None


def _close(request, formset, year, now):
    chosen = [form.cleaned_data for form in formset if form.cleaned_data.get("close")]
    days = {data["day"]: data["note"] for data in chosen}
    each_year = {data["day"] for data in chosen if data["each_year"]}
    busy = lifecycle.close_days(days, each_year=each_year, by=lifecycle.staff(request.user), now=now)
    number = len(days) - len(busy)
    if number:
        words = ngettext("%d day is closed.", "%d days are closed.", number)
        messages.success(request, words % number)
    query = [("year", year), *(("busy", f"{day:%Y-%m-%d}") for day in busy)]
    return HttpResponseRedirect(f"{reverse('desk:holidays')}?{urlencode(query)}")
