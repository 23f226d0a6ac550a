"""The lists of the desk: what needs an answer, whom to call, what was answered."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Max, Q
from django.utils import timezone

from booking.desk import done, words
from booking.desk.door import count, desk, page, waiting
from booking.desk.due import Due, Promises
from booking.models import Appointment, AppointmentRequest, Event, Message, RequestedTime
from clinic.frame import frame

PAGE = 50
RECENT_EVENTS = 5000  # how far back “answered” looks: it never reads the whole history
ANSWERS = ("confirm", "decline", "withdraw", "book")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CALLING = {  # from which hour to which a patient said to call
    AppointmentRequest.BestTime.MORNING: (9, 12),
    AppointmentRequest.BestTime.AFTERNOON: (12, 17),
    AppointmentRequest.BestTime.ANY: (9, 17),
}


@desk("see_queue")
def queue(request):
    views = {"to-call": to_call, "answered": answered}
    name = request.GET.get("view", "")
    show = views.get(name, needs_answer)
    context = {
        "view": name if name in views else "needs-answer",
        "calls": count(calls()),
        "done": done.asked_for(request, timezone.now()),
    }
    return show(request, context)


@dataclass(frozen=True)
class Row:
    asked: AppointmentRequest
    due: Due
    age: int
    needs: str
    call_now: bool
    first: RequestedTime | None
    hold: str  # held, ended, none


def needs_answer(request, context):
    after = _position(request.GET.get("after", ""))
    found = list(_from(after)[: PAGE + 1])
    rows = _rows(found[:PAGE], timezone.now())
    following = _code(rows[-1].asked) if len(found) > PAGE else ""
    return page(request, "queue", context | {"rows": rows, "after": after, "following": following})


def to_call(request, context):
    return page(request, "to_call", context | {"rows": calls()[:PAGE]})


def answered(request, context):
    latest = Event.objects.aggregate(pk=Max("pk"))["pk"] or 0
    events = Event.objects.filter(pk__gt=latest - RECENT_EVENTS, cause=None, verb__in=ANSWERS, undone=False)
    events = events.select_related("request__patient", "request__reason", "by", "message__appointment__location")
    rows = [(event, words.who(event, request.user)) for event in events.order_by("-pk")[:PAGE]]
    return page(request, "answered", context | {"rows": rows})


def calls():
    """Who has no e-mail, or one that did not reach them: the longest waiting first."""
    rows = Message.objects.filter(status__in=[Message.Status.TO_CALL, Message.Status.FAILED])
    related = ["request__patient", "request__reason", "appointment__location", "appointment__practitioner"]
    return rows.select_related(*related).order_by("due_at", "pk")


def _from(position):
    rows = (
        waiting()
        .select_related("patient", "reason", "location")
        .prefetch_related("requested_times__location", "appointments")
    )
    if position is None:
        return rows
    reply_by, pk = position
    # The first condition says nothing new: it lets the index find the place at once.
    return rows.filter(reply_by__gte=reply_by).filter(Q(reply_by__gt=reply_by) | Q(pk__gt=pk))


def _code(asked):
    """Where the next page begins, in an address."""
    return f"{(asked.reply_by - EPOCH) // MICROSECOND}-{asked.pk}"


def _position(code):
    moment, _dash, pk = code.partition("-")
    if len(code) > 40 or not all(part.isascii() and part.isdigit() for part in (moment, pk)):
        return None
    try:
        return EPOCH + int(moment) * MICROSECOND, int(pk)
    except OverflowError:
        return None


def _rows(found, now):
    promises = Promises(now)
    return [_row(asked, promises, now) for asked in found]


def _row(asked, promises, now):
    here = now.astimezone(asked.location.tz if asked.location_id else frame().zone)
    opens, closes = CALLING[asked.best_time]
    first = next(iter(asked.requested_times.all()), None)
    return Row(
        asked=asked,
        due=promises.due(asked.reply_by, asked.location_id),
        age=asked.patient.age(here.date()),
        needs=words.needs(asked.patient),
        call_now=opens <= here.hour < closes,
        first=first,
        hold=_hold(asked, first, now),
    )


def _hold(asked, first, now):
    own = [each for each in asked.appointments.all() if first and each.starts_at == first.starts_at]
    live = [each for each in own if each.status == Appointment.Status.HELD and each.held_until > now]
    return "held" if live else "ended" if own else "none"
