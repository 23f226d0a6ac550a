"""Questions beside the open times, and instead of them."""

from datetime import date, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models import AppointmentRequest
from booking.request_flow.patient_form import PatientForm, radios
from clinic.country import country
from clinic.models.practice import Weekday
from clinic.practice_info import local_date, practice_info

WEEKS_AHEAD = 3
FARTHEST = timedelta(days=400)  # no appointment type is open for longer


def weeks_ahead(*also: date) -> list[tuple[date | str, str]]:
    """Any week, then this one and the next, each by its Monday; and the weeks of these days, if they are ahead."""
    today = local_date(timezone.now())
    monday = today - timedelta(days=today.weekday())
    mondays = {monday + timedelta(weeks=n) for n in range(today.weekday() > Weekday.FRIDAY, WEEKS_AHEAD)}
    mondays |= {day - timedelta(days=day.weekday()) for day in also if timedelta(0) < day - monday < FARTHEST}
    return [("", _("Any week")), *((each, _week_words(each, monday)) for each in sorted(mondays))]


def workdays() -> list[tuple[int, str]]:
    """The days of the week on which somebody works."""
    return [(day, words) for day, words in Weekday.choices if day in practice_info().workdays]


def _week_words(monday: date, this: date) -> str:
    if monday == this:
        return _("This week")
    if monday == this + timedelta(weeks=1):
        return _("Next week")
    return _("The week of %(day)s") % {"day": country().say(monday, "day")}


def _date(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


class WeekField(forms.TypedChoiceField):
    def to_python(self, value):
        return value if self.valid_value(value) else ""  # it has passed since the patient chose it


class WhenForm(PatientForm):
    theirs = {"never_days": _("Days that never work for them or you")}
    wanted_week = WeekField(
        label=_("In which week"), choices=weeks_ahead, coerce=date.fromisoformat, empty_value=None, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    never_days = forms.TypedMultipleChoiceField(
        label=_("Days that never work for you"), choices=workdays, coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "is-narrow"}),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.offer_week()

    def offer_week(self, *days: date):
        """Offer the weeks of these days, too, and the one that was chosen before."""
        said = _date(self["wanted_week"].value())
        self.fields["wanted_week"].choices = weeks_ahead(*days, *([said] if said else []))


class CallMeForm(WhenForm):
    """Instead of times: when to call, if we may, and which days never work."""

    field_order = ("best_time", "part_of_day", "wanted_week", "never_days")
    best_time = radios(_("Best time to call"), AppointmentRequest.BestTime.choices, _("Tell us the best time to call."))
    part_of_day = radios(
        _("Part of the day for the appointment"),
        AppointmentRequest.PartOfDay.choices,
        _("Choose a part of the day for the appointment."),
    )

    def ask_in_writing(self):
        del self.fields["best_time"]


class WindowForm(WhenForm):
    """Beside times: which others would work, too. Nothing is preselected: who says nothing wants those times."""

    PartOfDay = AppointmentRequest.PartOfDay
    PARTS = [
        (PartOfDay.ANY, _("Only the times I chose")),
        (PartOfDay.MORNING, _("Any morning")),
        (PartOfDay.AFTERNOON, _("Any afternoon")),
    ]
    field_order = ("part_of_day", "wanted_week", "never_days")
    part_of_day = radios(_("Other times that would work"), PARTS, required=False)

    def clean_part_of_day(self):
        return self.cleaned_data["part_of_day"] or self.PartOfDay.ANY

    @property
    def says_something(self) -> bool:
        week = self.fields["wanted_week"].to_python(self["wanted_week"].value())
        wanted = week or self["never_days"].value()
        return bool(wanted or self["part_of_day"].value() not in (None, "", self.PartOfDay.ANY))
