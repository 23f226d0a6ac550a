"""What must be in place for an appointment, who sees to it, and how soon a clinician wants the patient seen."""

from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from booking.desk import labels
from booking.models import AppointmentRequest
from booking.models.appointment_request import Triage, YesNo
from booking.templatetags.desk_format import desk_day
from clinic.models import AppointmentType


class Paper(NamedTuple):
    """What must be in place for an appointment. `look`: amber only if it is missing."""

    name: str
    label: str
    look: str
    words: str
    owner: str  # who sees to it

    @property
    def mark(self) -> str:
        """What a press says of it."""
        return self.name if self.look else f"no_{self.name}"


def papers(scan: str | None, referral: str | None, *, imaging_first: bool = False) -> list[Paper]:
    """The scan and the referral; None: this appointment type needs none. `imaging_first`: a clinician asked for it."""
    patient = _("patient")
    named = [
        ("scan", _("Imaging first:"), scan, _("front desk")) if imaging_first else ("scan", _("Scan:"), scan, patient),
        ("referral", _("Referral:"), referral, patient),
    ]
    return [
        Paper(name, label, "" if answer == YesNo.YES else "unsure", str(labels.ready(answer)), owner)
        for name, label, answer, owner in named
        if answer is not None
    ]


def needed(asked: AppointmentRequest, wanted: AppointmentType) -> tuple[str | None, str | None]:
    """What was said about the scan and the referral; None for one that this type does not need."""
    needs_scan = wanted.needs_scan or asked.triage == Triage.IMAGING
    return asked.scan if needs_scan else None, asked.referral if wanted.needs_referral else None


def papers_for(asked: AppointmentRequest, wanted: AppointmentType) -> list[Paper]:
    return papers(*needed(asked, wanted), imaging_first=asked.triage == Triage.IMAGING)


def papers_of(appointment_request: AppointmentRequest) -> list[Paper]:
    return papers_for(appointment_request, appointment_request.appointment_type)


def in_place(appointment_request: AppointmentRequest) -> int:
    return sum(not paper.look for paper in papers_of(appointment_request))


def triaged(mark: str, see_by: date | None) -> str:
    """“Urgent: see by Fri, Dec 11”."""
    label = str(Triage(mark).label) if mark else ""
    return _("%(mark)s: see by %(day)s") % {"mark": label, "day": desk_day(see_by)} if see_by else label
