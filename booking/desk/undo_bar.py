"""The bars that show what was just done and offer to undo it: for a minute, all day for a status change, or until
something else is done if nobody is told.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import labels
from booking.lifecycle.verbs import DAY_MARKS, NON_BLOCKING, UNDOABLE, VERBS, verb_of
from booking.models import Appointment, Event, Message
from booking.roles import may
from clinic.practice_info import local_date, practice_info


@dataclass(frozen=True)
class UndoBar:
    event: Event
    words: str
    appointment: Appointment | None
    message: Message | None
    why_not: str  # empty if it can be undone
    is_own: bool
    offered: list[Appointment]

    @property
    def can_undo(self) -> bool:
        return not self.why_not

    @property
    def canceled(self) -> int | None:
        """The appointment that was canceled, in whose place another one may be booked."""
        return self.event.appointment_id if self.event.verb == "cancel" else None

    @property
    def until(self) -> datetime | None:
        return lifecycle.undoable_until(self.event)


def act_named(request, now) -> UndoBar | None:
    """The user's own act named by `?undo=`, if any. Two queries; none without the parameter."""
    pk = key_in(request.GET, "undo")
    event = _acts().filter(pk=pk, by=request.user).first() if pk else None
    return shown(event, request.user, now) if event else None


def key_in(data, name) -> int | None:
    pk = data.get(name, "")
    return int(pk) if pk.isascii() and pk.isdigit() and len(pk) <= 18 else None


def last_of(appointment_request, events, told, user, now) -> UndoBar | None:
    """The act on this request that this user may undo now, of its events and messages. At most one query."""
    who = {"user": user, "now": now, "others": may(user, "undo_others")}
    event = lifecycle.undoable(appointment_request.pk, events, told, **who)
    if event is None:
        return None
    event.appointment_request = appointment_request
    message = next((each for each in told if each.event_id == event.pk), None)
    held = [each.appointment for each in events if each.cause_id == event.pk and each.verb == "hold"]
    return _bar(event, user, message, sorted(held, key=lambda each: each.starts_at) if event.verb == "offer" else [])


def shown(event, user, now) -> UndoBar:
    if not may(user, "undo"):
        return _done(event, user, _("Your role doesn’t include undoing it."))
    refusal = lifecycle.why_not_undo(event, user=user, now=now)
    return _done(event, user, labels.refused(refusal, user, practice_info().zone) if refusal else "")


def _acts():
    """Events, joined with the rows that the undo bar shows."""
    acts = Event.objects.filter(
        cause=None, actor=Event.Actor.DESK, verb__in=UNDOABLE, appointment_request__isnull=False
    )
    related = ("message__appointment__practitioner", "message__appointment__location")
    return acts.select_related("appointment_request__patient", "by", *related)


def _done(event, user, why_not=""):
    return _bar(event, user, getattr(event, "message", None), _offered(event), why_not)


def _bar(event, user, message, offered, why_not=""):
    appointment = message.appointment if message else None
    is_own, is_move = event.by_id == user.pk, message and message.kind == Message.Kind.RESCHEDULED
    words = VERBS["reschedule"].done if is_move else verb_of(event).done
    return UndoBar(event, words, appointment, message, why_not, is_own, offered)


def _offered(event) -> list[Appointment]:
    """The times of an offer, and no query for another act."""
    if event.verb != "offer":
        return []
    rows = Appointment.objects.filter(events__cause=event, events__verb="hold").select_related("location")
    return list(rows.order_by("starts_at", "pk"))


# -- status changes on the day page


@dataclass(frozen=True)
class MarkBar:
    """The status change that was just made, and whether it can be undone."""

    event: Event
    words: str
    can_undo: bool

    @property
    def appointment(self) -> Appointment:
        return self.event.appointment


def mark_named(request, now) -> MarkBar | None:
    """The user's own status change named by `?mark=`, if any. One query; none without the parameter."""
    pk = key_in(request.GET, "mark")
    if not pk:
        return None
    since = Event.objects.filter(appointment=OuterRef("appointment"), pk__gt=OuterRef("pk"))
    marks = (
        Event.objects.filter(verb__in=DAY_MARKS)
        .annotate(has_changed=Exists(since.exclude(verb__in=NON_BLOCKING)))
        .select_related("appointment_request__patient", "appointment__location")
    )
    event = marks.filter(pk=pk, by=request.user).first()
    return (
        MarkBar(event, verb_of(event).done, _is_fresh(event, now) and may(request.user, "revert_status"))
        if event
        else None
    )


def last_id(verb, **row) -> int | None:
    """The id of the last event of this verb, to name in a URL."""
    return Event.objects.filter(verb=verb, **row).order_by("-pk").values_list("pk", flat=True).first()


def _is_fresh(event, now) -> bool:
    """Whether the status was changed today and the appointment has not changed since."""
    zone = event.appointment.location.tz
    return local_date(event.at, zone) == local_date(now, zone) and not event.has_changed
