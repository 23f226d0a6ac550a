"""What the desk posts. The forms parse and validate; the verbs decide."""

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from booking.desk.words import NEEDS
from booking.fields import BirthDateField, NameField, PhoneField
from booking.models import Appointment, AppointmentRequest, Reason
from booking.models.request import Channel
from booking.slots import DESK_HORIZON, Slot
from clinic.frame import frame
from clinic.models import Location, Practitioner, VisitType

Code = AppointmentRequest.DeclineCode
# What the patient reads when the desk writes nothing else: what we cannot do, and the next step.
DECLINE_SENTENCES = {
    Code.NOT_OURS: _(
        "We do not treat this at our practice, so we cannot give you a visit for it. "
        "Next step: ask your own doctor who treats it near you."
    ),
    Code.NEEDS_REFERRAL: _(
        "We need a letter from your own doctor before this visit. "
        "Next step: ask your doctor to send it to us, then call us or ask for a visit again."
    ),
    Code.NEEDS_SCAN: _(
        "We need pictures from a scan before this visit. "
        "Next step: ask your own doctor to order the scan, then call us or ask for a visit again."
    ),
    Code.INSURANCE: _(
        "We cannot take your insurance for this visit. "
        "Next step: ask your plan for a practice it works with, or call us about paying yourself."
    ),
    Code.NOT_REACHED: _(
        "We called you and could not reach you. Next step: call us when it suits you, and we look for a time together."
    ),
    Code.NO_TIMES: _(
        "We have no open time that fits what you asked for. "
        "Next step: call us, or ask for a visit again with other days."
    ),
    Code.OTHER: _("We cannot give you a visit for this request. Next step: call us, and we talk it over."),
}
STALE = _("This form was not whole. Nothing was changed. Look again before you go on.")
CHOOSE_TIME = _("Choose an open time.")
CHOOSE_REASON = _("Choose a reason.")


class SlotField(forms.CharField):
    """A time as its code; that it is open, and was offered, is for the verb to say."""

    def __init__(self, **kwargs):
        super().__init__(max_length=40, error_messages={"required": CHOOSE_TIME}, **kwargs)

    def clean(self, value):
        slot = Slot.parse(super().clean(value))
        if slot is None:
            raise forms.ValidationError(CHOOSE_TIME)
        return slot


class ActForm(forms.Form):
    """Every act carries the version of the row that its page showed."""

    version = forms.IntegerField(
        min_value=1, max_value=2**31 - 1,
        error_messages=dict.fromkeys(["required", "invalid", "min_value", "max_value"], STALE),
    )  # fmt: skip

    @property
    def first_error(self):
        return next(iter(self.errors.values()))[0]


class ConfirmForm(ActForm):
    slot = SlotField()
    by_phone = forms.BooleanField(required=False)


class DeclineForm(ActForm):
    code = forms.ChoiceField(choices=Code, error_messages=dict.fromkeys(["required", "invalid_choice"], CHOOSE_REASON))
    sentence = forms.CharField(
        required=False, max_length=600, error_messages={"max_length": _("Write at most 600 letters to the patient.")}
    )

    def clean(self):
        data = super().clean()
        if data.get("code") and not data.get("sentence"):
            data["sentence"] = str(DECLINE_SENTENCES[data["code"]])
        return data


class CancelForm(ActForm):
    code = forms.ChoiceField(
        label=_("Why is it cancelled?"), choices=Appointment.CancelCode, widget=forms.RadioSelect,
        error_messages=dict.fromkeys(["required", "invalid_choice"], CHOOSE_REASON),
    )  # fmt: skip


class CriteriaForm(forms.Form):
    """Which open times to show. Nothing here is about a person: it may stand in an address."""

    reason = forms.ModelChoiceField(
        Reason.objects.filter(is_active=True).select_related("visit_type_new", "visit_type_returning"),
        label=_("Reason"), to_field_name="slug",
        error_messages=dict.fromkeys(["required", "invalid_choice"], CHOOSE_REASON),
    )  # fmt: skip
    returning = forms.ChoiceField(
        label=_("Been here before"), choices=[("no", _("New patient")), ("yes", _("Returning"))], required=False
    )
    visit = forms.ModelChoiceField(
        VisitType.objects.all(), label=_("Visit"), to_field_name="slug", required=False,
        empty_label=_("As the reason says"),
    )  # fmt: skip
    place = forms.ModelChoiceField(
        Location.objects.filter(is_active=True), label=_("Office"), to_field_name="slug", required=False,
        empty_label=_("Any office"),
    )  # fmt: skip
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.filter(is_active=True), label=_("With"), to_field_name="slug", required=False,
        empty_label=_("Anyone"),
    )  # fmt: skip
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y", "%b %d, %Y", "%B %d, %Y"],
        error_messages={"invalid": _("Write the day as month/day/year, such as 12/3/2026.")},
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-control" if name == "since" else "form-select"

    def clean_since(self):
        """A day that can have open times: today at the earliest."""
        today = timezone.now().astimezone(frame().zone).date()
        since = self.cleaned_data["since"] or today
        if (since - today).days > DESK_HORIZON:
            raise forms.ValidationError(_("We book at most %d days ahead.") % DESK_HORIZON)
        return max(since, today)

    def visit_type(self) -> VisitType:
        """Of the valid form."""
        data = self.cleaned_data
        return data["visit"] or data["reason"].visit_type(returning=data["returning"] == "yes")


class OneLineBirthDateField(BirthDateField):
    """The whole date in one box: staff type 3/9/1951 faster than three boxes."""

    widget = forms.TextInput

    def to_python(self, value):
        return super().to_python([value] if value else None)


class PatientForm(forms.Form):
    name = NameField(label=_("Full name"), error_messages={"required": _("Write the full name.")})
    birth_date = OneLineBirthDateField(
        label=_("Date of birth"), help_text=_("Such as 3/9/1951 or March 9, 1951"),
        error_messages={"missing": _("Write the whole date of birth, such as 3/9/1951.")},
    )  # fmt: skip
    phone = PhoneField(label=_("Phone"), error_messages={"required": _("Write a phone number.")})
    may_leave_message = forms.BooleanField(label=_("We may leave a message"), required=False)
    email = forms.EmailField(
        label=_("E-mail"), required=False, max_length=254,
        error_messages={"invalid": _("Write the e-mail address with its @ sign, such as june@example.org.")},
    )  # fmt: skip
    language = forms.CharField(label=_("Language"), max_length=40, initial="English", required=False)
    needs_interpreter = forms.BooleanField(label=_("Interpreter wanted"), required=False)
    needs = forms.MultipleChoiceField(
        label=_("Needs"), choices=[(need, capfirst(words)) for need, words in NEEDS.items()], required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    channel = forms.ChoiceField(
        label=_("How they asked"), choices=[(Channel.PHONE, _("Phone")), (Channel.WALK_IN, _("Walk-in"))],
    )  # fmt: skip

    def patient(self):
        """Field values of a Patient."""
        data = self.cleaned_data
        same = ("name", "birth_date", "phone", "may_leave_message", "email", "needs_interpreter", "needs")
        return {name: data[name] for name in same} | {
            "phone_typed": self.data["phone"].strip(),
            "language": data["language"] or "English",
        }


class BookForm(forms.Form):
    slot = SlotField()
    flow_key = forms.UUIDField(widget=forms.HiddenInput, error_messages=dict.fromkeys(["required", "invalid"], STALE))


def as_typed(form_class, posted):
    """The form with what was typed, not judged yet."""
    fields = form_class().fields
    return form_class(
        initial={name: field.widget.value_from_datadict(posted, {}, name) for name, field in fields.items()}
    )
