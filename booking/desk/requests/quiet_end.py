"""Ending a request without a message: the form, and what else of the same person may end with it."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.desk.patients import same_person
from booking.desk.requests.forms import CHOOSE_REASON, NOT_LISTED, ActForm
from booking.models import AppointmentRequest
from booking.models.appointment_request import QuietEnd
from booking.models.reference import parse_reference

# What is not real ends with others of its origin: booking/desk/requests/flood_views.py.
REASONS = [(code, label) for code, label in QuietEnd.choices if code != QuietEnd.NOT_REAL]


class ReferencesField(forms.MultipleChoiceField):
    """Confirmation numbers of requests."""

    def valid_value(self, value):
        return parse_reference(value) is not None

    def clean(self, value):
        return [parse_reference(text) for text in super().clean(value)]


class EndQuietlyForm(ActForm):
    """Why nobody is written to, and which other requests of the same person end too."""

    quiet = forms.ChoiceField(
        label=_("Reason"), choices=REASONS, error_messages=dict.fromkeys(["required", "invalid_choice"], CHOOSE_REASON)
    )
    also = ReferencesField(
        label=_("End these too"), required=False,
        error_messages=dict.fromkeys(["invalid_choice", "invalid_list"], NOT_LISTED),
    )  # fmt: skip


def context(appointment_request: AppointmentRequest, now: datetime) -> dict[str, Any]:
    """`same_person`: their other open requests and coming appointments; `coming`: the latter. One query."""
    others = same_person.others(appointment_request, now)
    return {
        "same_person": others,
        "coming": [other for other in others if other.starts_at],
        "quiet_reasons": REASONS,
    }
