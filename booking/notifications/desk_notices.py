"""What the desk is told by email, at its own address: each thing once, many in one email, nobody by name.

The worker looks once a minute. An email of news goes out at once if the last one is a quarter of an hour old, or if an
answer is nearly due; whatever comes meanwhile waits for the next.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction

from booking.models import AppointmentRequest, DeskNotice, Event, Message
from booking.models.bounded_count import MOST_COUNTED
from booking.scheduling import response_deadline
from clinic.models import BusyFeed, Practice, StaffMessage
from clinic.models.practice import DeskEmail
from clinic.practice_info import local_date, practice_info

EVERY = timedelta(minutes=15)  # between two emails of news
DUE_WITHIN = 30  # desk minutes
LOOK_BACK = timedelta(days=1)  # what is older is in the morning's summary
RECENT_EVENTS = 5000  # events have no index on their time
KEPT = timedelta(days=30)
Keys = Iterator[str]


def write(*, now: datetime) -> int:
    """Note what is new, and queue the email that tells it. Returns how many notices are new."""
    if not practice_info().desk_email:
        return 0
    with transaction.atomic():
        Practice.objects.select_for_update(no_key=True).get()  # one worker at a time
        new = sum(_note(kind, find(now), now) for kind, find in FOUND.items() if practice_info().tells_desk(kind))
        _queue_news(now)
        return new + _queue_morning(now)


def forget(*, now: datetime) -> int:
    """Delete notices that nobody could be told again."""
    return DeskNotice.objects.filter(at__lt=now - KEPT).delete()[0]


def _note(kind: str, found: Keys, now: datetime) -> int:
    keys = list(found)
    known = set(DeskNotice.objects.filter(key__in=keys).values_list("key", flat=True))
    new = [DeskNotice(kind=kind, key=key, at=now) for key in keys if key not in known]
    return len(DeskNotice.objects.bulk_create(new))


def _queue_news(now: datetime) -> None:
    waiting = DeskNotice.objects.filter(email=None)
    told = StaffMessage.objects.filter(kind=StaffMessage.Kind.NEWS, notices__at__gt=now - EVERY)
    if waiting.exists() and (waiting.filter(kind=DeskEmail.DUE).exists() or not told.exists()):
        waiting.update(email=_queue(StaffMessage.Kind.NEWS, now))


def _queue_morning(now: datetime) -> int:
    """The summary of this desk day, from the minute at which the default desk opens."""
    today = local_date(now)
    is_open = practice_info().tells_desk(DeskEmail.MORNING) and response_deadline.desk_is_open(now, None)
    if not is_open or DeskNotice.objects.filter(key=f"morning {today}").exists():
        return 0
    email = _queue(StaffMessage.Kind.MORNING, now)
    DeskNotice.objects.create(kind=DeskEmail.MORNING, key=f"morning {today}", at=now, email=email)
    return 1


def _queue(kind: str, now: datetime) -> StaffMessage:
    return StaffMessage.objects.create(kind=kind, due_at=now)


# -- what there is to tell: a key for each thing


def _events(now: datetime, **such: object):
    latest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    recent = Event.objects.filter(pk__gt=latest - RECENT_EVENTS, at__gt=now - LOOK_BACK, undone=False)
    return recent.filter(actor=Event.Actor.PATIENT, **such)


def _new_requests(now: datetime) -> Keys:
    """Sent by patients; those that stand folded under another one are not counted."""
    sent = _events(now, verb="submit", appointment=None, appointment_request__same_person_as=None)
    return (f"new {pk}" for pk in sent.values_list("appointment_request", flat=True))


def _cancellations(now: datetime) -> Keys:
    canceled = _events(now, verb="cancel", appointment__isnull=False)
    return (f"canceled {pk}" for pk in canceled.values_list("pk", flat=True))


def _due(now: datetime) -> Keys:
    """Requests that need an answer within 30 desk minutes, or have needed it since yesterday."""
    soonest = AppointmentRequest.objects.waiting().filter(respond_by__gt=now - LOOK_BACK)
    for row in soonest.only("respond_by", "location_id", "wants_call")[:MOST_COUNTED]:
        if response_deadline.desk_minutes(now, row.respond_by, row.desk_id) <= DUE_WITHIN:
            yield f"due {row.pk} {int(row.respond_by.timestamp())}"


def _undelivered(now: datetime) -> Keys:
    bounced = Message.objects.filter(status=Message.Status.FAILED, due_at__gt=now - LOOK_BACK)
    return (f"undelivered {pk}" for pk in bounced.values_list("pk", flat=True)[:MOST_COUNTED])


def _busy(now: datetime) -> Keys:
    """Appointments over which a busy time of another calendar lies; one that is moved is another."""
    found = BusyFeed.objects.exclude(clashes=[]).values_list("clashes", flat=True)
    return (f"busy {pk} {starts_at}" for clashes in found for pk, starts_at in clashes)


FOUND: dict[str, Callable[[datetime], Keys]] = {
    DeskEmail.NEW: _new_requests,
    DeskEmail.CANCELED: _cancellations,
    DeskEmail.DUE: _due,
    DeskEmail.UNDELIVERED: _undelivered,
    DeskEmail.BUSY: _busy,
}
