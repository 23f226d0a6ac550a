"""Why a verb said no, with the sentence for the person who asked."""

from django.db import IntegrityError
from django.utils.translation import gettext as _

from booking.models import Appointment, AppointmentRequest, Event
from booking.models.constraints import is_double_booking
from booking.scheduling.slots import Slot


class NotAllowed(Exception):
    """The verb does not go from here. `sentence` is for the person; str() holds no personal data."""

    sentence: str

    def __init__(self, sentence: str) -> None:
        super().__init__(type(self).__name__)
        self.sentence = sentence


class AlreadyHandled(NotAllowed):
    """Somebody was faster: what they did and when stands in `event`."""

    def __init__(self, event: Event | None) -> None:
        super().__init__(_("Someone else changed this a moment ago. Look again before you go on."))
        self.event = event


class ClaimedByAnother(NotAllowed):
    """A colleague has the request in hand: an explicit take-over comes first."""

    def __init__(self, appointment_request: AppointmentRequest) -> None:
        super().__init__(_("A colleague is on this request. Nothing was done. Take it over first, if you must."))
        self.appointment_request = appointment_request


class SlotTaken(Exception):
    """These slots are not open (any more). Nothing was written."""

    def __init__(self, slots: list[Slot]) -> None:
        super().__init__("SlotTaken")
        self.slots = slots


def is_overlap(error: IntegrityError) -> bool:
    """Whether the database refused a double booking, and not something else."""
    return is_double_booking(error, Appointment.NO_DOUBLE_BOOKING)
