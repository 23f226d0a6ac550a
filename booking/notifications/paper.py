"""What goes onto paper: the appointment card, printed by the desk or from the patient's page."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from booking.models import Appointment, AppointmentRequest
from booking.notifications import emails, links
from clinic.practice_info import zone_of
from clinic.web.qr_code import qr_code


def lost_link() -> str:
    """The address to type where no camera reads the QR code."""
    return settings.SITE_URL.partition("://")[2] + reverse("patient_page:lost_link")


def card(appointment_request: AppointmentRequest, appointment: Appointment) -> dict[str, Any]:
    """The context of _card.html. Whoever finds the card learns no name, no reason and no provider."""
    return {
        "appointment_request": appointment_request,
        "appointment": appointment,
        "zone": zone_of(appointment.location),
        "early": emails.ARRIVE_EARLY,
        "qr_code": qr_code(links.absolute(appointment_request)),
    }
