"""“Not you? Tell us”: the signed link in each email, and the addresses that asked for no more.

`<reference>.<fingerprint of the address>~<HMAC>`: it opens no page of a patient, and it means only the address that the
email went to, whatever the request's address is by then.
"""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from booking.models import AppointmentRequest, Patient, StoppedAddress


class Told(NamedTuple):
    reference: str
    fingerprint: str


def fingerprint(email: str) -> str:
    """Names an address without storing it. Without the secret key: a new key must not start emails again."""
    return sha256(f"stopped {email.casefold()}".encode()).hexdigest()[:32]


def _signer() -> Signer:
    return Signer(salt="booking.not-you", sep="~")


def absolute(appointment_request: AppointmentRequest) -> str:
    token = _signer().sign(f"{appointment_request.reference}.{fingerprint(appointment_request.patient.email)}")
    return settings.SITE_URL + reverse("patient_page:not_you", args=[token])


def opened(token: str) -> Told | None:
    """What a link of ours says; None for any other."""
    try:
        return Told(*_signer().unsign(token).split("."))
    except (BadSignature, TypeError):
        return None


def stop(address: str, *, now: datetime) -> bool:
    """Write no more to the address with this fingerprint. False if it was stopped before."""
    if StoppedAddress.objects.filter(fingerprint=address).exists():
        return False
    StoppedAddress.objects.bulk_create([StoppedAddress(fingerprint=address, stopped_at=now)], ignore_conflicts=True)
    return True


def allow(patient: Patient) -> bool:
    """Write to the patient's address again. False if it was not stopped."""
    return bool(StoppedAddress.objects.filter(fingerprint=fingerprint(patient.email)).delete()[0])


def is_stopped(patient: Patient) -> bool:
    return bool(patient.email) and StoppedAddress.objects.filter(fingerprint=fingerprint(patient.email)).exists()
