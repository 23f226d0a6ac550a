"""The private link to a request: signed with the server's key, never stored, created again for each message.

`<reference>.<link version>~<HMAC-SHA256, 256 bits>`. Raising the request's link version invalidates its older links.
The link alone opens the first level of the page. With the date of birth, the session opens the second level for a
while.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.signing import BadSignature, Signer
from django.db.models import F
from django.urls import reverse

from booking.models import Appointment, AppointmentRequest
from clinic import rate_limits

KNOWN_FOR = timedelta(minutes=30)
KNOWN = "birth_date_known"  # session key: {request and link version: until when}
Status = AppointmentRequest.Status
NO_APPOINTMENT = (Appointment.Status.HELD, Appointment.Status.RELEASED)


def _signer() -> Signer:
    return Signer(salt="booking.visit", sep="~")


def secret(appointment_request: AppointmentRequest) -> str:
    return _signer().sign(_name(appointment_request))


def absolute(appointment_request: AppointmentRequest) -> str:
    return settings.SITE_URL + reverse("patient_page:page", args=[secret(appointment_request)])


def opened(text: str, *, now: datetime) -> AppointmentRequest | None:
    """The request of a valid link: signed by us, not revoked and not too old. One or two queries, whatever the text.

    The link of a duplicate opens the request that was kept.
    """
    reference, version = _unsigned(text) or ("", 0)
    rows = AppointmentRequest.objects.select_related(
        "patient", "reason", "appointment_type", "location", "practitioner"
    )
    appointment_request = rows.filter(reference=reference, link_version=version).first()
    if appointment_request and appointment_request.duplicate_of_id:
        appointment_request = rows.get(pk=appointment_request.duplicate_of_id)
    return appointment_request if appointment_request and is_alive(appointment_request, now=now) else None


def _unsigned(text: str) -> tuple[str, int] | None:
    """The signed text, or None if the signature is not ours."""
    try:
        reference, version = _signer().unsign(text).split(".")
    except (BadSignature, ValueError):
        return None
    return reference, int(version)


def is_alive(appointment_request: AppointmentRequest, *, now: datetime) -> bool:
    ends = _ends(appointment_request)
    return ends is None or now < ends + timedelta(days=settings.LINK_DAYS)


def _ends(appointment_request: AppointmentRequest) -> datetime | None:
    """From when on the link is read-only; None while an answer is still due."""
    if appointment := appointment_of(appointment_request):
        return appointment.ends_at
    if appointment_request.status in (Status.DECLINED, Status.WITHDRAWN, Status.CLOSED):
        acts = appointment_request.events.filter(appointment=None).exclude(from_status=F("to_status"))
        last = acts.order_by("pk").last()
        return last.at if last else appointment_request.submitted_at
    return None


def appointment_of(appointment_request: AppointmentRequest) -> Appointment | None:
    """The appointment of a confirmed request, whatever its status: its own, or the one that it rescheduled."""
    if appointment_request.status != Status.CONFIRMED:
        return None
    appointments = Appointment.objects.select_related("location", "practitioner", "appointment_type").exclude(
        status__in=NO_APPOINTMENT
    )
    own = appointments.filter(appointment_request=appointment_request).order_by("pk").last()
    return own or (
        appointments.filter(pk=appointment_request.replaces_id).first() if appointment_request.replaces_id else None
    )


def kept_appointment(appointment_request: AppointmentRequest, *, now: datetime) -> Appointment | None:
    """The appointment that this request wants to reschedule, while it is unchanged."""
    if appointment_request.status == Status.CONFIRMED or not appointment_request.replaces_id:
        return None
    stands = {"status": Appointment.Status.BOOKED, "starts_at__gt": now, "needs_rebooking_since": None}
    appointments = Appointment.objects.select_related("location", "practitioner", "appointment_request")
    return appointments.filter(pk=appointment_request.replaces_id, **stands).first()


# -- the second level: the date of birth, with a limited number of tries, then remembered in the session


def try_birth_date(appointment_request: AppointmentRequest, typed: date, *, now: datetime) -> bool:
    """Whether it is the patient's. Each try is counted before the comparison, so that simultaneous tries count too."""
    if rate_limits.hit_all(_tries(appointment_request), now=now) or typed != appointment_request.patient.birth_date:
        return False
    for most in _tries(appointment_request):
        rate_limits.forget(most.key)
    return True


def until_next_try(appointment_request: AppointmentRequest, *, now: datetime) -> timedelta:
    """How long until the next try is allowed; zero unless there were too many wrong tries."""
    return max(rate_limits.wait(most.key, limit=most.limit, now=now) for most in _tries(appointment_request))


def _tries(appointment_request: AppointmentRequest) -> list[rate_limits.RateLimit]:
    name = f"birth date of {appointment_request.reference}"
    return [
        rate_limits.RateLimit(name, settings.BIRTH_DATE_TRIES, timedelta(minutes=15)),
        rate_limits.RateLimit(f"{name} in a day", settings.BIRTH_DATE_TRIES_A_DAY, timedelta(days=1)),
    ]


def remember_birth_date(session: SessionBase, appointment_request: AppointmentRequest, *, now: datetime) -> None:
    """Remember it in this session. The session's ID changes only the first time: if it changed again, a double click
    would find no session.
    """
    kept = {name: until for name, until in session.get(KNOWN, {}).items() if now.timestamp() < until}
    session[KNOWN] = kept | {_name(appointment_request): (now + KNOWN_FOR).timestamp()}
    if not kept:
        session.cycle_key()


def birth_date_known(session: SessionBase, appointment_request: AppointmentRequest, *, now: datetime) -> bool:
    return now.timestamp() < session.get(KNOWN, {}).get(_name(appointment_request), 0)


def _name(appointment_request: AppointmentRequest) -> str:
    return f"{appointment_request.reference}.{appointment_request.link_version}"
