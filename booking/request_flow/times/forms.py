"""Questions beside the open times, and instead of them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.models import AppointmentRequest
from booking.request_flow.patient_form import PatientForm, radios
from clinic.models.practice import Weekday


class NeverDaysForm(PatientForm):
    theirs = {"never_days": _("Days that never work for them")}
    never_days = forms.TypedMultipleChoiceField(
        label=_("Days that never work for you"), choices=Weekday.choices[:5], coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "is-narrow"}),
    )  # fmt: skip


class CallMeForm(NeverDaysForm):
    """Instead of times: when to call, if we may, and which days never work."""

    field_order = ("best_time", "part_of_day", "never_days")
    best_time = radios(_("Best time to call"), AppointmentRequest.BestTime.choices)
    part_of_day = radios(_("Part of the day for the appointment"), AppointmentRequest.PartOfDay.choices)

    def ask_in_writing(self):
        del self.fields["best_time"]


class WindowForm(NeverDaysForm):
    """Beside times: which others would work, too. Nothing is preselected: who says nothing wants those times."""

    PartOfDay = AppointmentRequest.PartOfDay
    PARTS = [
        (PartOfDay.ANY, _("Only the times I chose")),
        (PartOfDay.MORNING, _("Any morning")),
        (PartOfDay.AFTERNOON, _("Any afternoon")),
    ]
    field_order = ("part_of_day", "never_days")
    part_of_day = radios(_("Other times that would work"), PARTS, required=False)

    def clean_part_of_day(self):
        return self.cleaned_data["part_of_day"] or self.PartOfDay.ANY

    @property
    def says_something(self) -> bool:
        return bool(self["never_days"].value() or self["part_of_day"].value() not in (None, "", self.PartOfDay.ANY))
