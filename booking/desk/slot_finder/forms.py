"""Forms of the slot finder and of the page that reschedules an appointment."""

from datetime import UTC, date, datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.desk.requests.forms import (
    CHOOSE_REASON,
    CHOOSE_TIME,
    NOT_LISTED,
    STALE,
    ActForm,
    SlotField,
    WhyField,
)
from booking.desk.slot_finder.select_options import APPOINTMENT_TYPE, PERSON, REASON, offer
from booking.lifecycle import Override
from booking.models import AppointmentRequest, Reason
from booking.roles import may
from booking.scheduling.slots import DESK_HORIZON, Slot
from booking.templatetags.desk_format import desk_minutes
from clinic.country import by_country
from clinic.country.country import HARD_SPACE
from clinic.models import AppointmentType, Location, Practitioner
from clinic.practice_info import local_date, practice_info

LENGTHS = (10, 20, 30, 40, 60, 90, 120)  # lengths in minutes that the desk may choose instead of the standard one
UNKNOWN = {"invalid_choice": NOT_LISTED}
A_DAY, A_TIME = date(2026, 12, 3), 14 * 60 + 40
WRITE_DAY = by_country(
    lambda here: (
        _("Enter the day as %(order)s, such as %(day)s.") % {"order": here.date_order, "day": here.figures(A_DAY)}
    )
)
WRITE_TIME = by_country(lambda here: _("Enter a time, such as %s.") % desk_minutes(A_TIME).replace(HARD_SPACE, " "))
DAY_BOX = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class KnownChoiceField(forms.ModelChoiceField):
    """`known`: a row that is at hand, so that nobody has to look it up."""

    known = None

    def to_python(self, value):
        at_hand = self.known and self.known.slug == value and getattr(self.known, "is_active", True)
        return self.known if at_hand else super().to_python(value)


class CriteriaForm(forms.Form):
    """Which open times to show. Contains no personal data, so it may be in a URL."""

    reason = KnownChoiceField(
        Reason.objects.filter(is_active=True).select_related("appointment_type_new", "appointment_type_returning"),
        label=_("Reason"), to_field_name="slug",
        error_messages=dict.fromkeys(["required", "invalid_choice"], CHOOSE_REASON),
    )  # fmt: skip
    returning = forms.ChoiceField(
        label=_("New or returning"),
        choices=[("", _("Based on patient")), ("no", _("New patient")), ("yes", _("Returning patient"))],
        required=False, error_messages=UNKNOWN,
    )  # fmt: skip
    appointment = KnownChoiceField(
        AppointmentType.objects.all(), label=_("Appointment"), to_field_name="slug", required=False,
        empty_label=_("Based on reason"), error_messages=UNKNOWN,
    )  # fmt: skip
    place = forms.ModelChoiceField(
        Location.objects.filter(is_active=True), label=_("Office"), to_field_name="slug", required=False,
        empty_label=_("Any office"), error_messages=UNKNOWN,
    )  # fmt: skip
    practitioner = KnownChoiceField(
        Practitioner.objects.filter(is_active=True), label=_("Provider"), to_field_name="slug", required=False,
        empty_label=_("Any provider"), error_messages=UNKNOWN,
    )  # fmt: skip
    minutes = forms.TypedChoiceField(
        label=_("Length"), choices=[("", _("Standard")), *((n, _("%d min") % n) for n in LENGTHS)], coerce=int,
        empty_value=None, required=False, error_messages=UNKNOWN,
    )  # fmt: skip
    part = forms.ChoiceField(
        label=_("Part of day"), choices=AppointmentRequest.PartOfDay, required=False,
        initial=AppointmentRequest.PartOfDay.ANY, error_messages=UNKNOWN,
    )  # fmt: skip
    since = forms.DateField(
        label=_("From"), required=False, widget=DAY_BOX,
        error_messages={"invalid": WRITE_DAY},
    )  # fmt: skip

    def __init__(self, *args, seen=False, **kwargs):
        """`seen`: whether the chosen patient was here before, which counts unless the clerk says otherwise."""
        super().__init__(*args, **kwargs)
        self.seen = seen
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-control" if name == "since" else "form-select"

    @classmethod
    def of(cls, appointment):
        """The same reason, appointment type and provider once more. No query."""
        known = {
            "reason": appointment.appointment_request.reason,
            "appointment": appointment.appointment_type,
            "practitioner": appointment.practitioner,
        }
        form = cls({name: row.slug for name, row in known.items()})
        for name, row in known.items():
            form.fields[name].known = row
        return form

    def offer(self, listed):
        offer(self.fields["reason"], listed[REASON])
        offer(self.fields["appointment"], listed[APPOINTMENT_TYPE])
        offer(self.fields["practitioner"], listed[PERSON])
        offer(self.fields["place"], practice_info().offices)

    def clean_since(self):
        """Today or a later day within the horizon."""
        today = local_date(timezone.now())
        since = self.cleaned_data["since"] or today
        if (since - today).days > DESK_HORIZON:
            raise forms.ValidationError(_("We book up to %d days ahead.") % DESK_HORIZON)
        return max(since, today)

    @property
    def is_returning(self) -> bool:
        said = self.cleaned_data["returning"]
        return said == "yes" if said else self.seen

    def appointment_type(self) -> AppointmentType:
        """The appointment type and length to book. Call it on a valid form."""
        data = self.cleaned_data
        usual = data["appointment"] or data["reason"].appointment_type(returning=self.is_returning)
        return usual.lasting(data["minutes"])


class SpecialForm(forms.Form):
    """A typed time that is not in a list."""

    on = forms.DateField(label=_("Day"), widget=DAY_BOX, error_messages=dict.fromkeys(
        ["required", "invalid"], WRITE_DAY
    ))  # fmt: skip
    at = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M", "%I:%M %p", "%I:%M%p", "%I %p"],
        error_messages=dict.fromkeys(["required", "invalid"], WRITE_TIME),
    )  # fmt: skip
    who = forms.ModelChoiceField(
        Practitioner.objects.filter(is_active=True), label=_("Provider"), to_field_name="slug",
        error_messages=dict.fromkeys(["required", "invalid_choice"], _("Choose a provider.")),
    )  # fmt: skip
    where = forms.ModelChoiceField(
        Location.objects.filter(is_active=True), label=_("Office"), to_field_name="slug",
        error_messages=dict.fromkeys(["required", "invalid_choice"], _("Choose the office.")),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name.startswith("wh") else "form-control"

    def offer(self, people):
        offer(self.fields["who"], people)
        offer(self.fields["where"], practice_info().offices)

    def slot(self):
        """The slot at that local time. Call it on a valid form."""
        data = self.cleaned_data
        at = datetime.combine(data["on"], data["at"], data["where"].tz)
        return Slot(at.astimezone(UTC), data["who"].pk, data["where"].pk)


class OverrideForm(forms.Form):
    """The reason for an override, and which overlaps it covers."""

    why = WhyField(label=_("Reason"), required=False)
    over = forms.BooleanField(label=_("Double-book if needed"), required=False)
    twice = forms.BooleanField(label=_("Book even if the patient has another appointment at that time"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["why"].widget.attrs |= {"class": "form-control", "autocomplete": "off"}

    def override(self, user) -> Override | None:
        """The reason that was typed, if any. Only desk leads may double-book."""
        if not self.is_valid() or not self.cleaned_data["why"]:
            return None
        overlaps = {"overlap": self.cleaned_data["over"], "two_places": self.cleaned_data["twice"]}
        return Override(self.cleaned_data["why"], **(overlaps if may(user, "overbook") else {}))


class RescheduleForm(ActForm):
    """Reschedules to a listed time (`slot`) or a typed one (`special`)."""

    slot = SlotField(required=False)
    special = forms.BooleanField(required=False)

    def clean(self):
        data = super().clean()
        if data.get("special") and not self.errors:
            typed = SpecialForm(self.data)
            if not typed.is_valid():
                raise forms.ValidationError(next(iter(typed.errors.values()))[0])
            data["slot"] = typed.slot()
        elif not data.get("slot") and not self.errors:
            raise forms.ValidationError(CHOOSE_TIME)
        return data


class WindowForm(forms.Form):
    """Which open times to show when rescheduling."""

    since = forms.DateField(label=_("From"), required=False, widget=DAY_BOX, error_messages={"invalid": WRITE_DAY})
    anyone = forms.BooleanField(label=_("Any provider, any office"), required=False)

    def clean_since(self):
        since, today = self.cleaned_data["since"], local_date(timezone.now())
        return since if since and 0 <= (since - today).days <= DESK_HORIZON else None


class BookForm(forms.Form):
    slot = SlotField()
    flow_key = forms.UUIDField(widget=forms.HiddenInput, error_messages=dict.fromkeys(["required", "invalid"], STALE))


class PressForm(forms.Form):
    """The button of the slot finder that was pressed."""

    hold = SlotField(label=_("Hold this time"), required=False)
    book = forms.BooleanField(label=_("Book"), required=False)
    longer = forms.BooleanField(label=_("Hold 5 more minutes"), required=False)
    release_claim = forms.BooleanField(label=_("Release the held time"), required=False)


def as_typed(form_class, posted):
    """An unbound form with the typed values, not validated."""
    fields = form_class().fields
    return form_class(
        initial={name: field.widget.value_from_datadict(posted, {}, name) for name, field in fields.items()}
    )
