"""The form of time that is closed: whose, when, why."""

from datetime import date, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.desk.requests.forms import MomentField
from booking.desk.slot_finder.select_options import offer
from booking.form_fields import TextField
from booking.roles import may, may_take_time_off
from booking.scheduling.closure_impact import Closing
from clinic.models import Location, Practitioner
from clinic.models.practice import MIDNIGHT
from clinic.practice_info import local_date, practice_info

NO_RETURN, LONGEST = date(2100, 12, 31), timedelta(days=731)  # a last day later than that is a mistyped one
CHOOSE = _("Choose a provider.")


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d", attrs={"class": "form-control"})


class OutForm(forms.Form):
    """One provider; or everyone, if a desk lead closes an office."""

    practitioner = forms.ModelChoiceField(
        Practitioner.objects.filter(is_active=True), to_field_name="slug", required=False, label=_("Provider"),
        empty_label=_("Choose"), error_messages={"invalid_choice": CHOOSE},
    )  # fmt: skip
    everyone = forms.BooleanField(label=_("Everyone is out: the office is closed"), required=False)
    office = forms.ModelChoiceField(
        Location.objects.filter(is_active=True), to_field_name="slug", required=False, label=_("Office"),
        empty_label=_("All offices"),
    )  # fmt: skip
    first = forms.DateField(label=_("From"), widget=DayInput())
    last = forms.DateField(label=_("Through"), widget=DayInput(), required=False)
    no_return = forms.BooleanField(label=_("Not coming back: out for good from the first day"), required=False)
    starts = forms.IntegerField(min_value=0, max_value=MIDNIGHT, required=False)
    ends = forms.IntegerField(min_value=0, max_value=MIDNIGHT, required=False)
    note = TextField(label=_("Shown to patients"), max_length=120, required=False)
    reason = TextField(label=_("Private reason"), max_length=80, required=False)
    until = MomentField(required=False)
    key = forms.UUIDField(required=False)

    def __init__(self, data=None, *, user=None):
        super().__init__(data)
        self.user, self.today = user, local_date(timezone.now())
        self.may_close = user is None or may(user, "time_off_any_day")
        for name in ("practitioner", "office"):
            self.fields[name].widget.attrs["class"] = "form-select"
        offer(self.fields["office"], practice_info().offices)
        for name in ("note", "reason"):
            self.fields[name].widget.attrs |= {"class": "form-control", "autocomplete": "off"}

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        data["last"] = NO_RETURN if data["no_return"] else data["last"] or data["first"]
        data["starts"], data["ends"] = data["starts"] or 0, data["ends"] or MIDNIGHT
        self._check(data)
        return data

    def _check(self, data):
        closes = data["everyone"] and self.may_close
        if data["practitioner"] and closes:
            self.add_error("practitioner", _("Choose one provider, or check “Everyone is out”, not both."))
        elif not data["practitioner"] and not closes:
            self.add_error("practitioner", CHOOSE)
        elif data["first"] < self.today or data["last"] < data["first"] or data["starts"] >= data["ends"]:
            self.add_error("first", _("Choose today or later days. The first day must not be after the last."))
        elif data["last"] > self.today + LONGEST and not data["no_return"]:
            self.add_error("last", _("Choose a last day within two years, or check “Not coming back”."))
        elif self.user and not may_take_time_off(self.user, data["first"], data["last"], self.today):
            self.add_error(
                "last", _("The front desk can do this for today and tomorrow. Ask a desk lead for other days.")
            )

    @property
    def says_more(self):
        """Whether it holds what only a desk lead may say."""
        return any(self[name].value() for name in ("no_return", "everyone", "office", "note"))

    def closing(self):
        data = self.cleaned_data
        office, who = data["office"], data["practitioner"]
        return Closing(
            data["first"], data["last"], data["starts"], data["ends"], office.pk if office else None,
            who.pk if who else None,
        )  # fmt: skip
