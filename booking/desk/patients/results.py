"""Search results: the people found, each with what a caller rings about. Three prepared queries.

Reads plain columns and builds the text here, as the queue does: someone is waiting on the phone.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import combinations
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.desk import labels
from booking.desk.patients.found import FoundAppointment, FoundRequest, Helper
from booking.desk.patients.last_calls import LastCall, last_calls
from booking.models import Appointment, AppointmentRequest, Message, Patient
from booking.models.names import are_alike
from booking.models.patient import age
from booking.records.one_person import grouped, leading
from booking.templatetags.desk_format import desk_date, desk_recent
from clinic.compiled_query import CompiledQuery, Param
from clinic.formatting import display_phone, phone_url
from clinic.practice_info import local_date, practice_info

MOST = 25  # patients per search
MOST_READ = 300  # their newest requests, and their newest appointments
NOBODY = 0
PATIENTS = [f"patient_{n}" for n in range(MOST)]
Status = Appointment.Status
NOT_GIVEN = [Status.HELD, Status.RELEASED]
EXPECTED = (Status.BOOKED, Status.ARRIVED)
SAID = (
    "id",
    "replaces_id",
    "reference",
    "status",
    "returned",
    "submitted_at",
    "reason__label",
    "duplicate_of_id",
    "offer_until",
)
OF_HELPER = (
    "helper_name", "helper_relation", "helper_phone", "helper_phone_extension", "may_speak_with_helper",
)  # fmt: skip


@dataclass
class Row:
    """One person."""

    url: str
    book_url: str
    name: str
    birth_date: date
    age: int
    chart_number: str
    born: str
    phone: str
    phone_url: str
    reach_by: str  # how else than by calling
    coming: list[FoundAppointment]
    is_today: bool
    open: list[FoundRequest]
    last_request: FoundRequest | None
    last_state: str
    sent: str
    last_seen: str
    no_shows: int
    access_keys: tuple[str, ...]  # of all records
    helpers: list[Helper]
    call: LastCall | None  # of the last few days
    to_tell: list[FoundRequest]  # that we have to call about
    compare: list["Row"] = field(default_factory=list)  # found too: a similar name, born on the same day

    @property
    def waits_for_us(self) -> bool:
        """Whether we have something to tell or ask them: a call, an open offer, an appointment that we called off."""
        return (
            bool(self.to_tell)
            or any(each.offer_ends for each in self.open)
            or any(each.is_called_off for each in self.coming)
        )


def rows(patients: Sequence[int], now: datetime, *, by_number: bool = False) -> list[Row]:
    """The people with these keys; those who come today first, then the best match. Three queries.

    `by_number`: of those who share a number, first the one whom we called last, then who waits for us.
    """
    given = dict.fromkeys(PATIENTS, NOBODY) | dict(zip(PATIENTS, patients, strict=False))
    requests, appointments = defaultdict(list), defaultdict(list)
    for request in (FoundRequest(*row) for row in OF_PATIENTS(**given)):
        requests[request.pk].append(request)
    for appointment in (FoundAppointment(*row) for row in GIVEN(**given)):
        appointments[appointment.patient].append(appointment)
    records = [requests[pk][0] for pk in patients if requests[pk]]  # of one who has asked for nothing, an empty one
    calls = last_calls(patients, now)
    found = [_row(person, requests, appointments, calls, now) for person in grouped(records)]
    _point_out_likeness(found)
    return sorted(found, key=_ring_back if by_number else lambda row: not row.is_today)


def _ring_back(row: Row) -> tuple[float, bool, bool]:
    """Whoever calls from this number was most likely called from here."""
    return -row.call.at.timestamp() if row.call else 0, not row.waits_for_us, not row.is_today


def _row(person: list[FoundRequest], requests: dict, appointments: dict, calls: dict, now: datetime) -> Row:
    shown, zone = leading(person), practice_info().zone
    theirs = (each for record in person for each in requests[record.pk] if each.reference)
    sent = sorted(theirs, key=lambda each: each.submitted_at)
    given = sorted((each for record in person for each in appointments[record.pk]), key=lambda each: each.starts_at)
    coming = [each for each in given if each.status in EXPECTED and _is_ahead(each, now)]
    last = next((each for each in reversed(sent) if not each.duplicate_of_id), sent[-1] if sent else None)
    seen = [each.starts_at for each in given if each.status == Status.FULFILLED]
    return Row(
        url=reverse("desk:patient", args=[shown.random_id]),
        book_url=f"{reverse('desk:book')}?person={shown.random_id}",
        name=shown.name,
        birth_date=shown.birth_date,
        age=age(shown.birth_date, local_date(now, zone)),
        chart_number=shown.chart_number,
        born=desk_date(shown.birth_date),
        phone=display_phone(shown.phone, shown.phone_extension),
        phone_url=phone_url(shown.phone, shown.phone_extension) if shown.phone else "",
        reach_by=labels.reach_by(shown.reach_by),
        coming=coming,
        is_today=any(local_date(each.starts_at, zone) == local_date(now, zone) for each in coming),
        open=[each for each in sent if each.status in AppointmentRequest.OPEN and not each.duplicate_of_id],
        last_request=last,
        last_state=_state_now(last, given) if last else "",
        sent=desk_recent(last.submitted_at, zone) if last else "",
        last_seen=desk_date(local_date(seen[-1], zone)) if seen else "",
        no_shows=sum(each.status == Status.NOSHOW for each in given),
        access_keys=tuple(f"p{record.pk}" for record in person),
        helpers=list(dict.fromkeys(_helper(each) for each in reversed(sent) if each.helper_name)),
        to_tell=[each for each in sent if each.is_to_tell],
        call=max((calls[record.pk] for record in person if record.pk in calls), default=None),
    )


def _state_now(request: FoundRequest, given: list[FoundAppointment]) -> str:
    """A confirmed request stands as its appointment does, or as the one that it moved."""
    own = (each for each in given if each.appointment_request == request.id)
    its = next(own, next((each for each in given if each.pk == request.replaces_id), None))
    if its is None or request.duplicate_of_id or request.status != AppointmentRequest.Status.CONFIRMED:
        return request.state.words
    if its.is_called_off or its.status != Status.BOOKED:
        return its.state
    return _("Moved") if its.sequence else request.state.words


def _helper(request: FoundRequest) -> Helper:
    name = ", ".join(filter(None, (request.helper_name, request.helper_relation)))
    number = request.helper_phone, request.helper_phone_extension
    url = phone_url(*number) if request.helper_phone else ""
    return Helper(name, display_phone(*number), url, request.may_speak_with_helper)


def _is_ahead(appointment: FoundAppointment, now: datetime) -> bool:
    """Later, or today: who is late, or here already, is what the call is about."""
    zone = ZoneInfo(appointment.zone)
    return local_date(appointment.starts_at, zone) >= local_date(now, zone)


def _point_out_likeness(found: list[Row]) -> None:
    for one, other in combinations(found, 2):
        if one.birth_date == other.birth_date and are_alike(one.name, other.name):
            other.compare.append(one)


def _of_patients() -> QuerySet:
    keys = [Param(name, BigIntegerField()) for name in PATIENTS]
    sent = "appointment_requests__"
    newest = F(f"{sent}submitted_at").desc(nulls_first=True)
    found = Patient.objects.filter(pk__in=keys).order_by(newest, f"-{sent}pk")
    return found.values_list(
        *(sent + name for name in SAID), "pk", "random_id", "name", "birth_date", "chart_number", "email",
        "phone_extension", "reach_by",
        Cast("phone", CharField()),  # as a PhoneNumber object it would take as long as the row
        *(sent + name for name in OF_HELPER),
        Exists(Message.objects.to_tell().filter(appointment_request=OuterRef(f"{sent}pk"))),
    )[:MOST_READ]  # fmt: skip


def _given() -> QuerySet:
    keys = [Param(name, BigIntegerField()) for name in PATIENTS]
    found = Appointment.objects.filter(patient__pk__in=keys).exclude(status__in=NOT_GIVEN).order_by("-starts_at")
    return found.values_list(
        "pk", "appointment_request_id", "patient_id", "status", "needs_rebooking_since", "sequence", "starts_at",
        "location__zone", "practitioner__short_name", "practitioner__name",
    )[:MOST_READ]  # fmt: skip


OF_PATIENTS, GIVEN = CompiledQuery(_of_patients), CompiledQuery(_given)
