"""The desk's lists: open requests, patients to call, recent answers; and the number of new requests."""

import uuid

from django.contrib.auth import get_user_model
from django.db.models import BigIntegerField, CharField, DateTimeField, IntegerField, Subquery
from django.http import JsonResponse
from django.utils import timezone

from booking.desk import labels, undo_bar
from booking.desk.day import no_shows
from booking.desk.decorators import desk_view, page
from booking.desk.queue import calls, queries
from booking.desk.queue import rows as queue_rows
from booking.desk.queue.new_requests import Since
from booking.desk.queue.new_times import new_times
from booking.desk.unknown_filters import is_unknown
from booking.lifecycle.call_log import Outcome
from booking.models import Event
from booking.models.appointment_request import silence
from booking.roles import may
from booking.scheduling import rush
from clinic import rate_limits
from clinic.accounts.sessions import polling
from clinic.compiled_query import CompiledQuery, Param
from clinic.models import RateLimitCounter

RECENT_EVENTS = 5000  # how far back “answered” goes, to bound the query
ANSWERED_VIEW = "answered"
NO_SHOWS = 5  # shown under the calls
ANSWERS = ("confirm", "decline", "withdraw", "book")


@desk_view("see_queue")
def show(request):
    name, look = request.GET.get("view", ""), queries.Look(request.user.pk, timezone.now())
    if name == "to-call":
        return to_call(request, look.now)
    seen = queries.window()
    counts = queries.counts(seen, look)
    here = {"user": request.user.pk, "now": look.now, "rush": rate_limits.stored_key(rush.KEY)}
    latest, sent = next(BESIDE(**here))
    context = {
        "view": name if name in (ANSWERED_VIEW, *queries.VIEWS) else "all" if name else queries.NEEDS_ANSWER,
        "is_unknown": is_unknown(request.GET, {"view": [ANSWERED_VIEW, *queries.VIEWS]}),
        "views": [(view, label, counts[view]) for view, (label, _belongs) in queries.VIEWS.items()],
        "waiting": counts[queries.NEEDS_ANSWER],
        "latest": latest or 0,
        "rush": sent if sent and rush.is_rush(sent, now=look.now) else 0,
        "undo_bar": undo_bar.act_named(request, look.now),
    }
    return answered(request, context) if name == ANSWERED_VIEW else waiting(request, context, seen, look)


def waiting(request, context, seen, look):
    view, after = context["view"], queries.place_of(request.GET.get("after", ""))
    if after:
        seen = queries.window(after)
    chosen = seen.of(view, look)
    here = chosen[: queries.PAGE]
    rows = queue_rows.rows(here, look)
    context |= {
        "focused": _next_after(context["undo_bar"], here),
        "label": queries.VIEWS[view][0],
        "rows": rows,
        "new_times": new_times(rows, look.now) if view == queries.NEEDS_NEW_TIME and rows else None,
        "late": sum(row.due.level == "late" for row in rows),
        "near": sum(row.due.level == "near" for row in rows),
        "after": after,
        "following": _following(chosen, here, seen),
        "since": Since(context["latest"], look.now).code,
    }
    return page(request, "queue/queue", context, shows=rows)


def _next_after(bar, here):
    """The row after the request that was just answered: the focus goes there. None without an act."""
    if bar is None or not here:
        return None
    acted = queries.order(bar.event.appointment_request)
    return next((row.pk for row in here if queries.order(row) > acted), here[0].pk)


def _following(chosen, here, seen):
    """Where the next page starts: after the last row, or after everything in the window."""
    last = here[-1] if len(chosen) > len(here) else seen.rows[-1] if seen.is_full else None
    return last.place if last else ""


@polling
@desk_view("see_queue")
def new_requests(request):
    """How many requests came since the page was rendered, as numbers and text, for the polling script; and the counts
    of the views as they are now.
    """
    since = Since.parse(request.GET.get("since", ""))
    if since is None:
        return JsonResponse({"count": 0, "words": ""}, status=400)
    number, look = since.new_requests(), queries.Look(request.user.pk, timezone.now())
    counts = queries.counts(queries.window(), look)
    words = since.in_words(number) if number else ""
    return JsonResponse({"count": number, "words": words, "counts": counts})


def to_call(request, now):
    lost = is_unknown(request.GET, {"only": calls.VIEWS})
    found, only = calls.calls(now), "" if lost else request.GET.get("only", "")
    shown = [each for each in found if calls.VIEWS[only][1](each)]
    context = {
        "view": "to-call",
        "undo_bar": undo_bar.act_named(request, now),
        "rows": calls.of_page(shown[: queries.PAGE], request.user, now),
        "more": len(shown) > queries.PAGE,
        "only": only,
        "is_unknown": lost,
        "parts": [(name, label, sum(map(belongs, found))) for name, (label, belongs) in calls.VIEWS.items()],
        "key": uuid.uuid4(),
        "outcomes": [outcome for outcome in Outcome.choices if outcome[0] != Outcome.REACHED],
        "missed": no_shows.waiting(request.user, now, NO_SHOWS)
        if only in ("", "now") and may(request.user, "log_call")
        else [],
        "ends": Outcome.choices,
    }
    named = {
        name: undo_bar.key_in(request.GET, key) for name, key in {"asks_again": "again", "focused": "next"}.items()
    }
    shows = [*(call.message for call in context["rows"]), *context["missed"]]
    return page(request, "queue/to_call", context | named, shows=shows)


def answered(request, context):
    events = ANSWERED(since=context["latest"] - RECENT_EVENTS)
    latest_first = sorted(events, key=lambda event: event.at, reverse=True)
    rows = [(event, labels.who(event, request.user)) for event in latest_first]
    return page(request, "queue/answered", context | {"rows": rows}, shows=[event for event, _who in rows])


def _answered():
    events = Event.objects.filter(pk__gt=Param("since", BigIntegerField()), verb__in=ANSWERS, cause=None, undone=False)
    events = events.select_related(
        "appointment_request__patient", "appointment_request__reason", "by", "message__appointment__location"
    )
    events = events.filter(appointment_request__patient__erased_at=None)
    return events.annotate(silence=silence("appointment_request__")).order_by("-pk")[: queries.PAGE]


def _beside():
    """The latest event and the number of requests in this hour: one query on the clerk's row."""
    latest = Subquery(Event.objects.order_by("-pk").values("pk")[:1])
    in_hour = RateLimitCounter.objects.filter(key=Param("rush", CharField()), until__gt=Param("now", DateTimeField()))
    user = get_user_model().objects.filter(pk=Param("user", IntegerField()))
    return user.values_list(latest, Subquery(in_hour.values("n")[:1]))


ANSWERED = CompiledQuery(_answered)
BESIDE = CompiledQuery(_beside)
