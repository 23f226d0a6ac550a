"""The requests beside one in the queue: urgent ones first, by the date to see them by; then by deadline and key."""

from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce

from booking.desk.queue.queries import order
from booking.models import AppointmentRequest
from booking.models.appointment_request import NO_DATE, Triage


def beside(here):
    """The request before this one and the one after it; None where there is none. One query."""
    rows = AppointmentRequest.objects.select_related("patient").filter(Q(pk=_before(here)) | Q(pk=_after(here)))
    found = {order(row) < order(here): row for row in rows}
    return found.get(True), found.get(False)


def _after(here):
    urgent, others = _halves()
    if here.triage == Triage.URGENT:
        return _first_of(urgent.filter(_beyond(here, "gt")), others)
    return _first_of(_later(others, here))


def _before(here):
    urgent, others = (rows.reverse() for rows in _halves())
    if here.triage == Triage.URGENT:
        return _first_of(urgent.filter(_beyond(here, "lt")))
    return _first_of(_sooner(others, here), urgent)


def _halves():
    waiting = AppointmentRequest.objects.waiting()
    return waiting.by_see_by(), waiting.exclude(triage=Triage.URGENT)


def _beyond(here, way):
    """Which urgent requests come after this one ("gt"), or before it ("lt")."""
    by, moment = here.see_by or NO_DATE, here.respond_by
    at_once = Q(by=by) & (Q(**{f"respond_by__{way}": moment}) | Q(respond_by=moment, **{f"pk__{way}": here.pk}))
    return Q(**{f"by__{way}": by}) | at_once


def _later(rows, here):
    return rows.filter(respond_by__gte=here.respond_by).exclude(respond_by=here.respond_by, pk__lte=here.pk)


def _sooner(rows, here):
    return rows.filter(respond_by__lte=here.respond_by).exclude(respond_by=here.respond_by, pk__gte=here.pk)


def _first_of(*halves):
    """The key of the first request of the first half that has any."""
    firsts = [Subquery(rows.values("pk")[:1]) for rows in halves]
    return Coalesce(*firsts) if len(firsts) > 1 else firsts[0]
