"""Search results: requests of the patients found, newest first, with their appointments. Two prepared queries.

Reads plain columns and builds the text here, as the queue does: someone is waiting on the phone.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.desk import labels
from booking.models import Appointment, AppointmentRequest
from booking.models.patient import age
from booking.models.reference import print_reference
from booking.templatetags.desk_format import desk_date, desk_recent, desk_when
from clinic.compiled_query import CompiledQuery, Param
from clinic.formatting import display_phone, phone_url
from clinic.practice_info import local_date, practice_info

MOST = 25  # most patients and most requests per search
REFERENCE = "REFERENCE"  # placeholder in a URL
NOBODY = 0
PATIENTS, REQUESTS = ([f"{name}_{n}" for n in range(MOST)] for name in ("patient", "request"))
REPLACED = [f"replaced_{n}" for n in range(MOST)]
Status = Appointment.Status
LOOKS = {Status.CANCELLED: "stop", Status.NOSHOW: "stop", Status.BOOKED: "new", Status.ARRIVED: "ok"}
NOT_GIVEN = [Status.HELD, Status.RELEASED]


class FoundRequest(NamedTuple):
    pk: int
    reference: str
    status: str
    returned: str
    submitted_at: datetime
    replaces_id: int | None
    reason: str
    merged_into: str | None
    name: str
    birth_date: date
    chart_number: str
    phone_extension: str
    reach_by: str
    number: str


class FoundAppointment(NamedTuple):
    pk: int
    appointment_request_id: int
    status: str
    starts_at: datetime
    practitioner: str
    location: str
    zone: str

    @property
    def when(self) -> str:
        return desk_when(self.starts_at, ZoneInfo(self.zone))

    @property
    def state(self) -> labels.State:
        return labels.State(LOOKS.get(Status(self.status), "calm"), str(Status(self.status).label))


@dataclass(frozen=True)
class Row:
    url: str
    reference: str
    name: str
    age: int
    chart_number: str
    born: str
    phone: str
    phone_url: str
    reach_by: str  # how else than by calling
    state: labels.State
    reason: str
    sent: str
    appointments: list[FoundAppointment]
    is_open: bool  # may still lead to an appointment


def rows(patients: Sequence[int], now: datetime) -> list[Row]:
    """The results; one more than are shown if there are more. Two queries."""
    appointment_requests = [FoundRequest(*row) for row in OF_PATIENTS(**_filled(PATIENTS, patients))]
    appointments = _appointments(appointment_requests[:MOST])
    zone, url = practice_info().zone, reverse("desk:request", args=[REFERENCE])
    return [_row(each, appointments[each.pk], now, zone, url) for each in appointment_requests]


def _filled(names: list[str], keys: Sequence[int]) -> dict[str, int]:
    return dict.fromkeys(names, NOBODY) | dict(zip(names, keys, strict=False))


def _appointments(appointment_requests: list[FoundRequest]) -> dict[int, list[FoundAppointment]]:
    """The appointments by request. A confirmed request to reschedule has none of its own: it gets the one it moved."""
    rescheduled = {
        each.replaces_id: each.pk for each in appointment_requests if each.replaces_id and each.status == "confirmed"
    }
    own = _filled(REQUESTS, [each.pk for each in appointment_requests])
    found: dict[int, list[FoundAppointment]] = defaultdict(list)
    for appointment in (FoundAppointment(*row) for row in GIVEN(**own, **_filled(REPLACED, list(rescheduled)))):
        found[appointment.appointment_request_id].append(appointment)
        if appointment.pk in rescheduled and appointment.status != Appointment.Status.NOSHOW:
            found[rescheduled[appointment.pk]].append(appointment)
    return found


def _row(
    appointment_request: FoundRequest, appointments: list[FoundAppointment], now: datetime, zone: ZoneInfo, url: str
) -> Row:
    state = labels.state(appointment_request.status, appointment_request.returned)
    if appointment_request.merged_into:
        state = labels.State("calm", _("Merged into %s") % print_reference(appointment_request.merged_into))
    return Row(
        url=url.replace(REFERENCE, appointment_request.reference),
        reference=print_reference(appointment_request.reference),
        name=appointment_request.name,
        age=age(appointment_request.birth_date, local_date(now, zone)),
        chart_number=appointment_request.chart_number,
        born=desk_date(appointment_request.birth_date),
        phone=display_phone(appointment_request.number, appointment_request.phone_extension),
        phone_url=phone_url(appointment_request.number, appointment_request.phone_extension)
        if appointment_request.number
        else "",
        reach_by=labels.reach_by(appointment_request.reach_by),
        state=state,
        reason=appointment_request.reason,
        sent=desk_recent(appointment_request.submitted_at, zone),
        appointments=appointments,
        is_open=appointment_request.status in AppointmentRequest.OPEN,
    )


def _of_patients() -> QuerySet:
    keys = [Param(name, BigIntegerField()) for name in PATIENTS]
    rows = AppointmentRequest.objects.filter(patient__pk__in=keys).order_by("-submitted_at", "-pk")
    return rows.values_list(
        "pk", "reference", "status", "returned", "submitted_at", "replaces_id", "reason__label",
        "duplicate_of__reference", "patient__name", "patient__birth_date", "patient__chart_number",
        "patient__phone_extension", "patient__reach_by",
        Cast("patient__phone", CharField()),  # as a PhoneNumber object it would take as long as the row
    )[: MOST + 1]  # fmt: skip


def _given() -> QuerySet:
    own, replaced = ([Param(name, BigIntegerField()) for name in names] for names in (REQUESTS, REPLACED))
    rows = Appointment.objects.filter(Q(appointment_request__pk__in=own) | Q(pk__in=replaced)).exclude(
        status__in=NOT_GIVEN
    )
    names = (
        "pk",
        "appointment_request_id",
        "status",
        "starts_at",
        "practitioner__name",
        "location__name",
        "location__zone",
    )
    return rows.order_by("starts_at").values_list(*names)


OF_PATIENTS, GIVEN = CompiledQuery(_of_patients), CompiledQuery(_given)
