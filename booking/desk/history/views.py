"""The history of the desk, for leads and managers: by clerk, by day, by patient. For a clerk, what they did."""

from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.desk import labels
from booking.desk.day.views import parse
from booking.desk.decorators import desk_view, page
from booking.desk.history.sentences import sentence
from booking.desk.patients import person as people
from booking.desk.undo_bar import key_in
from booking.desk.unknown_filters import is_unknown
from booking.models import AppointmentRequest, Event, Patient
from booking.models.reference import parse_reference
from clinic.models import AccessLog, ScheduleException
from clinic.practice_info import practice_info

PAGE = 50
PATIENTS, SYSTEM = "patients", "system"
NOT_CLERKS = {PATIENTS: (_("Patients"), Event.Actor.PATIENT), SYSTEM: (_("System"), Event.Actor.WORKER)}


@desk_view("see_history")
def history(request):
    """Newest first. Of one patient: all days; otherwise one day, today unless told otherwise."""
    sent, of = request.GET, _request_of(request.GET)
    day = parse(sent.get("day") or None) or parse(None)
    since, until = practice_info().bounds(day, day)
    clerks = [*((name, label) for name, (label, _actor) in NOT_CLERKS.items()), *_clerks()]
    is_lost = is_unknown(sent, {"by": [name for name, _label in clerks]})
    by = "" if is_lost else sent.get("by", "")
    events = _events(by)
    if of is None:
        events = events.filter(at__gte=since, at__lt=until)
    else:
        events = events.filter(appointment_request__patient__in=_records(of))
    context = {
        "day": day,
        "of": of,
        "is_unknown": is_lost or bool(sent.get("of")) and of is None,
        "by": by,
        "clerks": clerks,
        "downloads": _downloads(since, until) if of is None else [],
        "time_off": _time_off(since, until, by) if of is None else [],
    }
    return _listed(request, events, context)


@desk_view("see_queue")
def mine(request):
    """What the user did on one day: whether something was saved, and on whose request."""
    day = parse(request.GET.get("day") or None) or parse(None)
    since, until = practice_info().bounds(day, day)
    mine = str(request.user.pk)
    events = _events(mine).filter(at__gte=since, at__lt=until)
    return _listed(request, events, {"day": day, "is_mine": True, "time_off": _time_off(since, until, mine)})


def _listed(request, events, context):
    if before := key_in(request.GET, "before"):
        events = events.filter(pk__lt=before)
    rows = list(events[: PAGE + 1])
    listed = {"rows": [(event, sentence(event)) for event in rows[:PAGE]], "older": _older(request, rows)}
    return page(request, "history/history", context | listed, shows=rows[:PAGE])


def _events(by: str) -> QuerySet[Event]:
    """What people and the system did; what followed from it is on the request's own page."""
    rows = Event.objects.filter(cause=None, appointment_request__isnull=False).order_by("-pk")
    rows = rows.select_related("appointment_request__patient", "appointment__location", "by")
    if by in NOT_CLERKS:
        return rows.filter(actor=NOT_CLERKS[by][1])
    return rows.filter(by=int(by)) if by else rows


def _time_off(since, until, by: str) -> QuerySet[ScheduleException]:
    """What was blocked or closed, and is still: it belongs to no patient."""
    rows = ScheduleException.objects.filter(made_at__gte=since, made_at__lt=until, made_by__isnull=False)
    rows = rows.select_related("practitioner", "location", "made_by").order_by("-made_at")
    return rows.none() if by in NOT_CLERKS else rows.filter(made_by=int(by)) if by else rows


def _request_of(sent) -> AppointmentRequest | None:
    """Of any request of the patient: names and dates of birth stay out of addresses."""
    symbols = parse_reference(sent.get("of", ""))
    rows = AppointmentRequest.objects.select_related("patient")
    return rows.filter(reference=symbols).first() if symbols else None


def _records(of: AppointmentRequest) -> list[Patient]:
    """Every record of the patient: the website makes a new one with each request. One query."""
    person = people.find(of.patient.random_id, timezone.now())
    return person.records if person else [of.patient]


def _clerks() -> list[tuple[str, str]]:
    return [(str(user.pk), labels.name(user)) for user in User.objects.filter(is_staff=True).order_by("first_name")]


def _older(request, rows: list[Event]) -> str:
    if len(rows) <= PAGE:
        return ""
    kept = {name: request.GET[name] for name in ("by", "day", "of") if request.GET.get(name)}
    return "?" + urlencode(kept | {"before": rows[PAGE - 1].pk})


def _downloads(since, until) -> QuerySet[AccessLog]:
    """Who took the day sheets away as a file."""
    rows = AccessLog.objects.filter(at__gte=since, at__lt=until, kind=AccessLog.Kind.EXPORT, screen="desk:sheet_file")
    return rows.select_related("user")
