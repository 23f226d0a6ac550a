"""The private link to a request: signed with the server's key, stored nowhere, made again for every message.

`<reference>.<link version>~<HMAC-SHA256, 256 bits>`. Raising the request's link version voids its older links.
The link alone opens the first level of the page; with the birth date the session opens the second for a while.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.signing import BadSignature, Signer
from django.db.models import F
from django.urls import reverse

from booking import rate_limits
from booking.models import Appointment, AppointmentRequest

LIVES = timedelta(days=90)  # after the visit, or after we closed the request
KNOWN_FOR = timedelta(minutes=30)
KNOWN = "birth_date_known"  # in the session: {request and link version: until when}
Status = AppointmentRequest.Status
NO_VISIT = (Appointment.Status.HELD, Appointment.Status.RELEASED)


def _signer() -> Signer:
    return Signer(salt="booking.visit", sep="~")


def secret(request: AppointmentRequest) -> str:
    return _signer().sign(_name(request))


def absolute(request: AppointmentRequest) -> str:
    return settings.SITE_URL + reverse("patient_page:page", args=[secret(request)])


def opened(text: str, *, now: datetime) -> AppointmentRequest | None:
    """The request of a link that is ours, not revoked and not too old. One query or two, whatever the text.

    The link of a duplicate leads to the request that was kept.
    """
    reference, version = _unsigned(text) or ("", 0)
    rows = AppointmentRequest.objects.select_related("patient", "reason", "visit_type", "location", "practitioner")
    request = rows.filter(reference=reference, link_version=version).first()
    if request and request.duplicate_of_id:
        request = rows.get(pk=request.duplicate_of_id)
    return request if request and is_alive(request, now=now) else None


def _unsigned(text: str) -> tuple[str, int] | None:
    """What we once signed, or None for any other text."""
    try:
        reference, version = _signer().unsign(text).split(".")
    except (BadSignature, ValueError):
        return None
    return reference, int(version)


def is_alive(request: AppointmentRequest, *, now: datetime) -> bool:
    ends = _ends(request)
    return ends is None or now < ends + LIVES


def _ends(request: AppointmentRequest) -> datetime | None:
    """From when a link only looks back; None while we still owe an answer."""
    if visit := visit_of(request):
        return visit.ends_at
    if request.status in (Status.DECLINED, Status.WITHDRAWN, Status.CLOSED):
        acts = request.events.filter(appointment=None).exclude(from_status=F("to_status"))
        last = acts.order_by("pk").last()
        return last.at if last else request.submitted_at
    return None


def visit_of(request: AppointmentRequest) -> Appointment | None:
    """The visit that came of a confirmed request, whatever became of it: its own, or the one that it moved."""
    if request.status != Status.CONFIRMED:
        return None
    visits = Appointment.objects.select_related("location", "practitioner", "visit_type").exclude(status__in=NO_VISIT)
    own = visits.filter(request=request).order_by("pk").last()
    return own or (visits.filter(pk=request.replaces_id).first() if request.replaces_id else None)


def kept_visit(request: AppointmentRequest, *, now: datetime) -> Appointment | None:
    """The visit for which this request asks another time, while it stands as it is."""
    if request.status == Status.CONFIRMED or not request.replaces_id:
        return None
    stands = {"status": Appointment.Status.BOOKED, "starts_at__gt": now, "needs_rebooking_since": None}
    visits = Appointment.objects.select_related("location", "practitioner", "request")
    return visits.filter(pk=request.replaces_id, **stands).first()


# -- the second level: the birth date, tried a few times, then known to the session for a while


def try_birth_date(request: AppointmentRequest, typed: date, *, now: datetime) -> bool:
    """Whether it is the patient's. Each try is counted before it is compared: many at one moment count too."""
    if rate_limits.hit_all(_tries(request), now=now) or typed != request.patient.birth_date:
        return False
    for most in _tries(request):
        rate_limits.forget(most.key)
    return True


def until_next_try(request: AppointmentRequest, *, now: datetime) -> timedelta:
    """Zero unless there were too many wrong ones."""
    return max(rate_limits.wait(most.key, limit=most.limit, now=now) for most in _tries(request))


def _tries(request: AppointmentRequest) -> list[rate_limits.Most]:
    name = f"birth date of {request.reference}"
    return [
        rate_limits.Most(name, 3, timedelta(minutes=15)),
        rate_limits.Most(f"{name} in a day", 10, timedelta(days=1)),
    ]


def remember_birth_date(session: SessionBase, request: AppointmentRequest, *, now: datetime) -> None:
    """From here this session knows it. Its id changes with its first gain of rights: once more, and a double click
    would find no session.
    """
    kept = {name: until for name, until in session.get(KNOWN, {}).items() if now.timestamp() < until}
    session[KNOWN] = kept | {_name(request): (now + KNOWN_FOR).timestamp()}
    if not kept:
        session.cycle_key()


def birth_date_known(session: SessionBase, request: AppointmentRequest, *, now: datetime) -> bool:
    return now.timestamp() < session.get(KNOWN, {}).get(_name(request), 0)


def _name(request: AppointmentRequest) -> str:
    return f"{request.reference}.{request.link_version}"
