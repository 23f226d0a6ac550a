"""What the desk posts. The forms parse and validate; the verbs decide."""

from datetime import UTC, datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.form_fields import TextField
from booking.lifecycle.call_log import LONGEST_NOTE, Outcome
from booking.models import Appointment, AppointmentRequest
from booking.scheduling.slots import Slot

Code = AppointmentRequest.DeclineCode
# What the patient reads when the desk writes nothing else: what we cannot do, and the next step.
DECLINE_SENTENCES = {
    Code.NOT_OURS: _(
        "We do not treat this at our practice, so we cannot give you an appointment for it. "
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
    Code.INSURANCE: _(
        "We cannot take your insurance for this appointment. "
        "Next step: ask your plan for a practice it works with, or call us about paying yourself."
    ),
    Code.NOT_REACHED: _(
        "We called you and could not reach you. Next step: call us when it suits you, and we look for a time together."
    ),
    Code.NO_TIMES: _(
        "We have no open time that fits what you asked for. "
        "Next step: call us, or request an appointment again with other days."
    ),
    Code.OTHER: _("We cannot give you an appointment for this request. Next step: call us, and we talk it over."),
}
STALE = _("This form was not whole. Nothing was changed. Look again before you go on.")
CHOOSE_TIME = _("Choose an open time.")
CHOOSE_REASON = _("Choose a reason.")
CHOOSE_OFFERS = _("Tick one to three open times to offer.")
CHOOSE_UNTIL = _("Choose until when the offer is held.")
WRITE_WHY = _("Write why.")
NOT_LISTED = _("Choose from the list.")
WRITE_KEEP = _("Choose which request stays.")
STALE_VERSION = dict.fromkeys(["required", "invalid", "min_value", "max_value"], STALE)
LATEST = 10**8  # minutes since 1970: a number from a crafted form


class SlotField(forms.CharField):
    """A time as its code; that it is open, and was offered, is for the verb to say."""

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
    """Several times as their codes: one to three, which the verb knows."""

    def valid_value(self, value):
        return len(value) <= 40 and Slot.parse(value) is not None

    def clean(self, value):
        return [Slot.parse(code) for code in super().clean(value)]


class MomentField(forms.IntegerField):
    """A moment that a list proposed, as minutes since 1970."""

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
    """Every act carries the version of the row that its page showed."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, error_messages=STALE_VERSION)

    @property
    def first_error(self):
        return next(iter(self.errors.values()))[0]


class ConfirmForm(ActForm):
    slot = SlotField()
    by_phone = forms.BooleanField(label=_("Said yes by phone"), required=False)


class OfferForm(ActForm):
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
    """Which of the two stays, and why they are one; with the versions of both."""

    keep = forms.ChoiceField(
        label=_("Which request stays"), choices=[("this", ""), ("other", "")],
        error_messages=dict.fromkeys(["required", "invalid_choice"], WRITE_KEEP),
    )  # fmt: skip
    why = WhyField()
    # The version of the one that is closed when the other is kept.
    version_other = forms.IntegerField(min_value=1, max_value=2**31 - 1, error_messages=STALE_VERSION)
    version_this = forms.IntegerField(min_value=1, max_value=2**31 - 1, error_messages=STALE_VERSION)


class PlainForm(forms.Form):
    """A quiet act: it carries no version, since it stops nobody's answer."""

    @property
    def first_error(self):
        return next(iter(self.errors.values()))[0]


class KeyForm(PlainForm):
    """A quiet act that counts: the key of the page from which it was pressed makes two presses one act."""

    key = forms.UUIDField(required=False, error_messages={"invalid": STALE})


class CallForm(KeyForm):
    outcome = forms.ChoiceField(
        label=_("How the call ended"), choices=Outcome,
        error_messages=dict.fromkeys(["required", "invalid_choice"], _("Say how the call ended.")),
    )  # fmt: skip
    next_try = MomentField(
        label=_("Next try"), required=False,
        error_messages=dict.fromkeys(["invalid", "min_value", "max_value"], _("Choose the next try from the list.")),
    )  # fmt: skip
    note = TextField(label=_("Note"), lines=2, max_length=LONGEST_NOTE, required=False)


class NoteForm(KeyForm):
    note = TextField(
        label=_("Note"), lines=2, max_length=LONGEST_NOTE, error_messages={"required": _("Write the note first.")}
    )


class AskAgainForm(PlainForm):
    """What a patient wishes in the place of an appointment. `flow_key` makes sending it twice one request."""

    note = TextField(
        label=_("Note"), max_length=200,
        error_messages={"required": _("Write what the patient wishes.")},
    )  # fmt: skip
    flow_key = forms.UUIDField(error_messages=dict.fromkeys(["required", "invalid"], STALE))


class UndoForm(PlainForm):
    undo_why = WhyField(label=_("Why it is undone"), required=False)


class OtherForm(PlainForm):
    other = forms.CharField(max_length=20, error_messages={"required": STALE, "max_length": STALE})


class DeclineForm(ActForm):
    code = forms.ChoiceField(
        label=_("Why"), choices=Code, error_messages=dict.fromkeys(["required", "invalid_choice"], CHOOSE_REASON)
    )
    sentence = TextField(
        label=_("What the patient reads"), lines=3, required=False, max_length=600,
        error_messages={"max_length": _("Write at most 600 letters to the patient.")},
    )  # fmt: skip

    def clean(self):
        data = super().clean()
        if data.get("code") and not data.get("sentence"):
            data["sentence"] = str(DECLINE_SENTENCES[data["code"]])
        return data


class KeptForm(NoteForm, DeclineForm, WhyForm, OfferForm, ConfirmForm):
    """What stands on the request's page when a button of it is pressed that answers nothing."""

    slot = until = None


class CancelForm(ActForm):
    code = forms.ChoiceField(
        label=_("Why is it cancelled?"), choices=Appointment.CancelCode, widget=forms.RadioSelect,
        error_messages=dict.fromkeys(["required", "invalid_choice"], CHOOSE_REASON),
    )  # fmt: skip
