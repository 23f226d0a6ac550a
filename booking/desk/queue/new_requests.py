"""Requests that came in since a page of the queue was rendered."""

from datetime import UTC, datetime
from typing import NamedTuple

from django.utils.translation import ngettext

from booking.models import AppointmentRequest, Event
from booking.models.bounded_count import MOST_COUNTED
from booking.templatetags.desk_format import desk_clock
from clinic.practice_info import practice_info

NEW = AppointmentRequest.Status.NEW
LATEST = 2**33  # seconds: the year 2242


class Since(NamedTuple):
    """The last event that the page knew, and when it was rendered."""

    event: int
    at: datetime

    @classmethod
    def parse(cls, code: str) -> "Since | None":
        event, _dash, seconds = code.partition("-")
        if len(code) > 36 or not all(part.isascii() and part.isdigit() for part in (event, seconds)):
            return None
        if int(seconds) > LATEST or int(event) >= 2**63:
            return None
        return cls(int(event), datetime.fromtimestamp(int(seconds), UTC))

    @property
    def code(self) -> str:
        """This event and time as text for a URL."""
        return f"{self.event}-{int(self.at.timestamp())}"

    def new_requests(self) -> int:
        """Requests that are new or came back from the patient and still need an answer. One query, bounded."""
        came = Event.objects.filter(pk__gt=self.event, appointment=None, to_status=NEW, appointment_request__status=NEW)
        came = came.filter(appointment_request__same_person_as=None).exclude(from_status=NEW).exclude(verb="undo")
        return came.order_by().values("appointment_request").distinct()[:MOST_COUNTED].count()

    def in_words(self, number: int) -> str:
        """“2 new since 10:31 AM. Show them”."""
        words = ngettext("%(number)d new since %(time)s. Show it", "%(number)d new since %(time)s. Show them", number)
        return words % {"number": number, "time": desk_clock(self.at, practice_info().zone)}
