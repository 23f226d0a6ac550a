"""Forms that the desk posts. They parse and validate; the verbs decide."""

from datetime import UTC, datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.form_fields import TextField
from booking.lifecycle.call_log import LONGEST_NOTE, Outcome
from booking.models import Appointment, AppointmentRequest
from booking.models.appointment_request import QuietEnd, Ready
from booking.scheduling.slots import Slot
from clinic.country import by_country

Code = AppointmentRequest.DeclineCode
# The default message to the patient: what we cannot do, and the next step.
DECLINE_SENTENCES = {
    Code.NOT_OURS: _(
        "We don’t treat this at our practice, so we can’t give you an appointment for it. "
        "Next step: ask your own doctor who treats it near you."
    ),
    Code.NEEDS_REFERRAL: _(
        "We need a letter from your own doctor before this appointment. "
        "Next step: ask your doctor to send it to us, then call us or request an appointment again."
    ),
    Code.NEEDS_SCAN: _(
        "We need pictures from a scan before this appointment. "
        "Next step: ask your own doctor to order the scan, then call us or request an appointment again."
    ),
    Code.INSURANCE: by_country(lambda here: here.funding_words.decline),
    Code.NOT_REACHED: _(
        "We tried to reach you and couldn’t. Next step: call us when you can, and we’ll find a time together."
    ),
    Code.NO_TIMES: _(
        "We don’t have an open time that fits your request. "
        "Next step: call us, or request an appointment again with other days."
    ),
    Code.OTHER: _("We can’t give you an appointment for this request. Next step: call us so we can talk about it."),
}
STALE = _("Part of this form was missing. Your change was not saved. Check the page and try again.")
CHOOSE_TIME = _("Choose an open time.")
CHOOSE_REASON = _("Choose a reason.")
CHOOSE_OFFERS = _("Select 1 to 3 open times to offer.")
CHOOSE_UNTIL = _("Choose when the offer ends.")
WRITE_WHY = _("Enter a reason.")
NOT_LISTED = _("Choose from the list.")
WRITE_KEEP = _("Choose which request to keep.")
STALE_VERSION = dict.fromkeys(["required", "invalid", "min_value", "max_value"], STALE)
LATEST = 10**8  # largest minute since 1970 accepted: a form may be crafted


class SlotField(forms.CharField):
    """A slot, posted as its code. The verb checks that it is open or offered."""

    def __init__(self, **kwargs):
        errors = dict.fromkeys(["required", "max_length"], CHOOSE_TIME)
        super().__init__(**{"label": _("Time"), "max_length": 40, "error_messages": errors} | kwargs)

    def clean(self, value):
        text = super().clean(value)
        slot = Slot.parse(text)
        if slot is None and (text or self.required):
            raise forms.ValidationError(CHOOSE_TIME)
        return slot


class SlotsField(forms.MultipleChoiceField):
    """One to three slots, posted as codes."""

    def valid_value(self, value):
        return len(value) <= 40 and Slot.parse(value) is not None

    def clean(self, value):
        return [Slot.parse(code) for code in super().clean(value)]


class MomentField(forms.IntegerField):
    """A moment that a list proposed, posted as minutes since 1970."""

    def __init__(self, **kwargs):
        super().__init__(**{"label": _("Until"), "min_value": 0, "max_value": LATEST} | kwargs)

    def clean(self, value):
        minutes = super().clean(value)
        return None if minutes is None else datetime.fromtimestamp(minutes * 60, UTC)

    @staticmethod
    def code(moment):
        return int(moment.timestamp()) // 60


class WhyField(TextField):
    """A reason in the clerk's own words."""

    def __init__(self, **kwargs):
        super().__init__(
            **{"label": _("Reason"), "max_length": 200, "error_messages": {"required": WRITE_WHY}} | kwargs
        )


class ActForm(forms.Form):
    """Posts the version of the row that the page showed."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, error_messages=STALE_VERSION)

    @property
    def first_error(self):
        return next(iter(self.errors.values()))[0]


class SoonForm(ActForm):
    """Why a time inside the notice period is taken."""

    soon_why = WhyField(label=_("Reason for short notice"), required=False)


class ConfirmForm(SoonForm):
    slot = SlotField()
    by_phone = forms.BooleanField(label=_("Agreed by phone"), required=False)


class OfferForm(SoonForm):
    offer = SlotsField(
        label=_("Time to offer"),
        error_messages=dict.fromkeys(["required", "invalid_choice", "invalid_list"], CHOOSE_OFFERS),
    )
    until = MomentField(error_messages=dict.fromkeys(["required", "invalid", "min_value", "max_value"], CHOOSE_UNTIL))


class ExtendForm(ActForm):
    until = MomentField(error_messages=dict.fromkeys(["required", "invalid", "min_value", "max_value"], CHOOSE_UNTIL))


class AcceptForm(ActForm):
    slot = SlotField()


class CloseForm(ActForm):
    why = WhyField(required=False)


class WhyForm(ActForm):
    why = WhyField()


class MergeForm(forms.Form):
    """Which request to keep, and why they are from the same person; with the versions of both."""

    keep = forms.ChoiceField(
        label=_("Request to keep"), choices=[("this", ""), ("other", "")],
        error_messages=dict.fromkeys(["required", "invalid_choice"], WRITE_KEEP),
    )  # fmt: skip
    why = WhyField()
    # The version of the request that will be closed.
    version_other = forms.IntegerField(min_value=1, max_value=2**31 - 1, error_messages=STALE_VERSION)
    version_this = forms.IntegerField(min_value=1, max_value=2**31 - 1, error_messages=STALE_VERSION)


class PlainForm(forms.Form):
    """The form of a non-blocking verb: it posts no version."""

    @property
    def first_error(self):
        return next(iter(self.errors.values()))[0]


class KeyForm(PlainForm):
    """The form of a non-blocking verb that must not run twice: it posts a key by which a double submit is found."""

    key = forms.UUIDField(required=False, error_messages={"invalid": STALE})


class CallForm(KeyForm):
    outcome = forms.ChoiceField(
        label=_("Call outcome"), choices=Outcome,
        error_messages=dict.fromkeys(["required", "invalid_choice"], _("Choose a call outcome.")),
    )  # fmt: skip
    next_try = MomentField(
        label=_("Next try"), required=False,
        error_messages=dict.fromkeys(["invalid", "min_value", "max_value"], _("Choose the next try from the list.")),
    )  # fmt: skip
    note = TextField(label=_("Note"), lines=2, max_length=LONGEST_NOTE, required=False)
    again = forms.BooleanField(label=_("I called again"), required=False)


class NoteForm(KeyForm):
    note = TextField(
        label=_("Note"), lines=2, max_length=LONGEST_NOTE, error_messages={"required": _("Enter a note first.")}
    )


class MarkForm(ActForm):
    """A status change of the day, with the note for the desk that was typed beside it."""

    note = TextField(label=_("Note"), lines=2, max_length=LONGEST_NOTE, required=False)


class AskAgainForm(PlainForm):
    """What the patient wants instead of an appointment. `flow_key` makes a double submit create one request."""

    note = TextField(
        label=_("Note"), max_length=200,
        error_messages={"required": _("Enter what the patient wants.")},
    )  # fmt: skip
    flow_key = forms.UUIDField(error_messages=dict.fromkeys(["required", "invalid"], STALE))


class UndoForm(PlainForm):
    undo_why = WhyField(label=_("Reason for undoing"), required=False)


class OtherForm(PlainForm):
    other = forms.CharField(max_length=20, error_messages={"required": STALE, "max_length": STALE})


class ReadyForm(PlainForm):
    ready = forms.TypedChoiceField(
        choices=Ready, coerce=Ready, error_messages=dict.fromkeys(["required", "invalid_choice"], STALE)
    )


class DeclineForm(ActForm):
    code = forms.ChoiceField(
        label=_("Reason"), choices=Code, error_messages=dict.fromkeys(["required", "invalid_choice"], CHOOSE_REASON)
    )
    sentence = TextField(
        label=_("Message to the patient"), lines=3, required=False, max_length=600,
        error_messages={"max_length": _("Enter up to 600 characters for the patient.")},
    )  # fmt: skip

    def clean(self):
        data = super().clean()
        if data.get("code") and not data.get("sentence"):
            data["sentence"] = str(DECLINE_SENTENCES[data["code"]])
        return data


class KeptForm(NoteForm, DeclineForm, WhyForm, OfferForm, ConfirmForm):
    """Fields of the request's page that stay when a button is pressed that does not answer the request."""

    slot = until = None


class CancelForm(ActForm):
    code = forms.ChoiceField(
        label=_("Reason"), widget=forms.RadioSelect,
        choices=[(code, label) for code, label in Appointment.CancelCode.choices if code not in QuietEnd],
        error_messages=dict.fromkeys(["required", "invalid_choice"], CHOOSE_REASON),
    )  # fmt: skip
    note = WhyField(label=_("Note for the history"), required=False)
