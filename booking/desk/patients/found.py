"""What a search reads of a person, as plain columns: requests, with the patient and the helper, and appointments."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from booking.desk import labels
from booking.models import Appointment, AppointmentRequest
from booking.models.reference import print_reference
from booking.templatetags.desk_format import desk_recent, desk_time
from clinic.models.practice import desk_name
from clinic.practice_info import practice_info

Status = Appointment.Status


class FoundRequest(NamedTuple):
    id: int | None  # None: of one who has asked for nothing
    replaces_id: int | None
    reference: str
    status: str
    returned: str
    submitted_at: datetime
    reason: str
    duplicate_of_id: int | None
    offer_until: datetime | None
    pk: int
    random_id: UUID
    name: str
    birth_date: date
    chart_number: str
    email: str
    phone_extension: str
    reach_by: str
    phone: str
    helper_name: str
    helper_relation: str
    helper_phone: str
    helper_phone_extension: str
    may_speak_with_helper: bool
    is_to_tell: bool  # it is on the list of calls

    @property
    def number(self) -> str:
        return print_reference(self.reference)

    @property
    def state(self) -> labels.State:
        if self.duplicate_of_id:
            return labels.State("calm", _("Merged into another"))
        return labels.state(self.status, self.returned)

    @property
    def offer_ends(self) -> str:
        """When the open offer does; empty without one."""
        until = self.offer_until if self.status == AppointmentRequest.Status.OFFERED else None
        return desk_recent(until, practice_info().zone) if until else ""


class Helper(NamedTuple):
    """Who calls for the patient."""

    name: str
    phone: str
    phone_url: str
    may_speak: bool


class FoundAppointment(NamedTuple):
    pk: int
    appointment_request: int
    patient: int
    status: str
    needs_rebooking_since: datetime | None
    sequence: int
    starts_at: datetime
    zone: str
    short_name: str
    provider_name: str

    @property
    def provider(self) -> str:
        return desk_name(self.short_name, self.provider_name)

    @property
    def when(self) -> str:
        return desk_time(self.starts_at, ZoneInfo(self.zone))

    @property
    def is_called_off(self) -> bool:
        return self.status == Status.BOOKED and self.needs_rebooking_since is not None

    @property
    def state(self) -> str:
        return _("Called off") if self.is_called_off else str(Status(self.status).label)
