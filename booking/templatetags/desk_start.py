"""What the first page of the staff site says of the desk."""

from typing import NamedTuple

from django import template
from django.utils import timezone

from booking.desk import visits
from booking.desk.door import count, waiting
from booking.models import Appointment
from booking.roles import verbs_of
from clinic.frame import frame

register = template.Library()


class Start(NamedTuple):
    may: set[str]
    waiting: str = ""
    late: str = ""
    today: str = ""


@register.simple_tag
def desk_start(user) -> Start:
    """The numbers that this person may see; none for who has nothing to do at the desk. Three queries at most."""
    start, now = Start(verbs_of(user)), timezone.now()
    if "see_queue" in start.may:
        start = start._replace(waiting=count(waiting()), late=count(waiting().filter(reply_by__lte=now)))
    if "see_day" in start.may:
        today = now.astimezone(frame().zone).date()
        seen = visits.between(today, today).exclude(status=Appointment.Status.CANCELLED)
        start = start._replace(today=count(seen))
    return start
