"""The forms of weekly hours: one row of a day, the day on which new hours begin, and whose week is copied to whom."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.desk.hours import grid
from booking.desk.provider_out.forms import DayInput
from clinic.forms import MinutesField
from clinic.hours.overlap import refuse_around_the_clock
from clinic.hours.recurrence import COUNTED, Repeats, choices
from clinic.models import Practitioner, Schedule
from clinic.models.practice import Weekday
from clinic.practice_info import local_date

FARTHEST = date(2100, 1, 1)


class DayField(forms.DateField):
    widget = DayInput
    default_error_messages = {"invalid": gettext_lazy("Enter a date.")}


class RowForm(forms.Form):
    """From when to when on one day of the week. A row without times is no row."""

    weekday = forms.TypedChoiceField(choices=Weekday.choices, coerce=int, widget=forms.HiddenInput())
    starts = MinutesField(label=gettext_lazy("from"), required=False)
    ends = MinutesField(label=gettext_lazy("to"), required=False, is_end=True)
    office = forms.TypedChoiceField(label=gettext_lazy("at"), coerce=int, required=False)
    repeats = forms.ChoiceField(label=gettext_lazy("how often"), choices=Repeats.choices, required=False)
    counted_from = DayField(label=gettext_lazy("including"), required=False)
    valid_from = DayField(label=gettext_lazy("first day"), required=False)
    valid_until = DayField(label=gettext_lazy("last day"), required=False)

    def __init__(self, *args, offices=(), **kwargs):
        super().__init__(*args, **kwargs)
        day = grid.weekday(self["weekday"].value())
        self.fields["repeats"].choices = choices(Weekday(day).label)
        self.fields["office"].choices = [("", _("Choose an office")), *offices]
        for name in ("starts", "ends"):
            self.fields[name].widget.attrs["class"] = "form-control"
        for name in ("office", "repeats"):
            self.fields[name].widget.attrs["class"] = "form-select"
        if len(offices) == 1:
            self.fields["office"].widget = forms.HiddenInput()
            self.initial["office"] = offices[0][0]

    def clean(self):
        data = super().clean()
        if self.errors or not self.is_filled:
            return data
        if data["starts"] is None or data["ends"] is None:
            self.add_error("ends" if data["ends"] is None else "starts", _("Enter when the hours start and end."))
        elif data["starts"] >= data["ends"]:
            self.add_error("ends", _("The end time must be after the start time."))
        if data["office"] in ("", None):
            self.add_error("office", _("Choose an office."))
        self._check_days(data)
        return data

    def _check_days(self, data):
        counted_from = data["counted_from"]
        if data["repeats"] in COUNTED and counted_from is None:
            self.add_error("counted_from", _("Enter one of the dates. The weeks are counted from it."))
        elif data["repeats"] in COUNTED and counted_from.weekday() != data["weekday"]:
            days = {"found": Weekday(counted_from.weekday()).label, "wanted": Weekday(data["weekday"]).label}
            self.add_error("counted_from", _("That date is a %(found)s. Enter a %(wanted)s.") % days)
        if data["valid_from"] and data["valid_until"] and data["valid_from"] > data["valid_until"]:
            self.add_error("valid_until", _("The first day must be on or before the last day."))
        if not self.errors:
            self._refuse(data)

    def _refuse(self, data):
        try:
            refuse_around_the_clock(data["starts"], data["ends"])
        except ValidationError as refused:
            self.add_error("ends", refused)

    @property
    def is_filled(self):
        return any(self.cleaned_data.get(name) is not None for name in ("starts", "ends"))

    @property
    def has_times(self):
        return any(self[name].value() not in (None, "") for name in ("starts", "ends"))

    @property
    def dates(self):
        """Between which it holds."""
        return [self["valid_from"], self["valid_until"]]

    @property
    def is_for_some_time(self):
        return any(field.value() for field in self.dates)

    def row(self):
        """The hours, of nobody yet."""
        data = self.cleaned_data
        counted_from = data["counted_from"] if data["repeats"] in COUNTED else None
        times = {name: data[name] for name in ("weekday", "starts", "ends", "repeats", "valid_from", "valid_until")}
        return Schedule(location_id=data["office"], counted_from=counted_from, **times)


class FilledFormSet(forms.BaseFormSet):
    @property
    def rows(self):
        return [form.row() for form in self.forms if form.is_filled]


WeekFormSet = forms.formset_factory(RowForm, formset=FilledFormSet, extra=0, max_num=grid.MOST, absolute_max=grid.MOST)


class StartingForm(forms.Form):
    starting = DayField(label=gettext_lazy("These hours begin on"), required=False)

    def clean_starting(self):
        day = self.cleaned_data["starting"]
        if day and not local_date(timezone.now()) <= day <= FARTHEST:
            raise ValidationError(_("Choose today or a later day, or leave it blank."))
        return day


class CopyForm(StartingForm):
    """Somebody's week for others too."""

    source = forms.ModelChoiceField(
        Practitioner.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Whose week"),
        empty_label=gettext_lazy("Choose"), error_messages={"required": gettext_lazy("Choose whose week.")},
    )  # fmt: skip
    to = forms.ModelMultipleChoiceField(
        Practitioner.objects.filter(is_active=True), to_field_name="slug", label=gettext_lazy("Copy it to"),
        widget=forms.CheckboxSelectMultiple, error_messages={"required": gettext_lazy("Choose at least one provider.")},
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].widget.attrs["class"] = "form-select"

    def clean(self):
        data = super().clean()
        if data.get("source") and data["source"] in data.get("to", ()):
            self.add_error("to", _("This is the provider you are copying from. Choose others."))
        return data
