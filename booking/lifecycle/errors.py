"""Why a verb was refused, with a sentence for the user."""

from collections.abc import Iterable

from django.db import IntegrityError
from django.utils.translation import gettext as _

from booking.models import Appointment, AppointmentRequest, Event, Patient
from booking.models.constraints import is_double_booking
from booking.scheduling.slots import Slot, slot_of
from clinic.templatetags.clinic_format import local_when


class NotAllowed(Exception):
    """The verb is not allowed now. `sentence` is for the user; str() contains no personal data."""

    sentence: str

    def __init__(self, sentence: str) -> None:
        super().__init__(type(self).__name__)
        self.sentence = sentence


class AlreadyHandled(NotAllowed):
    """Another person changed the row first. `event` says who, what and when."""

    def __init__(self, event: Event | None) -> None:
        super().__init__(_("Someone else just changed this. Check it again before you continue."))
        self.event = event


class BeingCalled(NotAllowed):
    """Another clerk is calling this person, or another one at the same number. `patient` says who, and until when."""

    def __init__(self, patient: Patient) -> None:
        super().__init__(_("A coworker is calling this number."))
        self.patient = patient


class PatientElsewhere(NotAllowed):
    """The patient has another appointment at that time: `appointment`. None if only the database saw it."""

    def __init__(self, appointment: Appointment | None = None) -> None:
        super().__init__(_already(appointment) if appointment else _("The patient has an appointment at this time."))
        self.appointment = appointment


class AlreadyRebooked(NotAllowed):
    """This `appointment` has been booked for one that was missed or canceled."""

    def __init__(self, appointment: Appointment) -> None:
        words = _("This appointment already has a new time: %(when)s, with %(who)s.")
        when = local_when(appointment.starts_at, appointment.location.zone)
        super().__init__(words % {"when": when, "who": appointment.practitioner})
        self.appointment = appointment


def _already(appointment: Appointment) -> str:
    when = local_when(appointment.starts_at, appointment.location.zone)
    return _("There is already an appointment at this time: %(when)s, with %(who)s.") % {
        "when": when,
        "who": appointment.practitioner,
    }


class NeedsReason(NotAllowed):
    """It is allowed with a reason, and none is given."""


class ShortNotice(NeedsReason):
    """The time is inside the notice period, and no reason is given."""

    def __init__(self) -> None:
        super().__init__(_("This is short notice for this appointment type. Enter a reason."))


class SameTime(NotAllowed):
    """The appointment is at this time already: a change that changes nothing. Nobody is told."""

    def __init__(self, appointment: Appointment) -> None:
        super().__init__(
            _("This is the time that was called off. Choose another one.")
            if appointment.needs_rebooking
            else _("The appointment is already at this time. Choose another time.")
        )


def require_another_time(appointment: Appointment | None, slots: Iterable[Slot]) -> None:
    """Raise SameTime if one of the slots is this booked appointment's own."""
    if appointment and appointment.status in Appointment.ATTENDED and slot_of(appointment) in slots:
        raise SameTime(appointment)


class ClaimedByAnother(NotAllowed):
    """Another clerk has claimed the request and must be taken over from explicitly."""

    def __init__(self, appointment_request: AppointmentRequest) -> None:
        super().__init__(
            _(
                "A coworker is working on this request. Your change was not saved. "
                "To answer it yourself, take over first."
            )
        )
        self.appointment_request = appointment_request


class TimeInUse(NotAllowed):
    """The time cannot be blocked: this appointment or held time lies in it."""

    def __init__(self, appointment: Appointment) -> None:
        super().__init__(_in_use(appointment))
        self.appointment = appointment


def _in_use(appointment: Appointment) -> str:
    when = local_when(appointment.starts_at, appointment.location.zone)
    if appointment.appointment_request is None:
        return _("A coworker is holding %s for a call. Choose another time to block.") % when
    words = (
        _("%(who)s has a held time then: %(when)s. Choose another time to block.")
        if appointment.status == Appointment.Status.HELD
        else _("%(who)s is booked then: %(when)s. Move or cancel that appointment first, or use “Provider out”.")
    )
    return words % {"who": appointment.appointment_request.patient.name, "when": when}


class SlotTaken(Exception):
    """These slots are not open (any more). Nothing was written."""

    def __init__(self, slots: list[Slot]) -> None:
        super().__init__("SlotTaken")
        self.slots = slots


def is_overlap(error: IntegrityError) -> bool:
    """Whether the database refused a double booking, rather than something else."""
    return is_double_booking(error, Appointment.NO_DOUBLE_BOOKING)


def is_elsewhere(error: IntegrityError) -> bool:
    """Whether the database refused to have the patient in two places."""
    return is_double_booking(error, Appointment.ONE_PLACE)
