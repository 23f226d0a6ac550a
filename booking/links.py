"""The private link to a request: signed with the server's key, stored nowhere, made again for every message.

`<request>.<link version>~<HMAC-SHA256, 256 bits>`. Raising the request's link version voids its older links.
"""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from booking.models import AppointmentRequest


def _signer() -> Signer:
    return Signer(salt="booking.visit", sep="~")


def secret(request: AppointmentRequest) -> str:
    return _signer().sign(f"{request.pk}.{request.link_version}")


def absolute(request: AppointmentRequest) -> str:
    return settings.SITE_URL + reverse("booking:visit", args=[secret(request)])


def opened(text: str) -> tuple[int, int] | None:
    """The request's key and link version, or None for any text we did not sign."""
    try:
        pk, version = _signer().unsign(text).split(".")
    except (BadSignature, ValueError):
        return None
    return int(pk), int(version)
