"""The bar that says which visit has just been marked and, on the same day, takes the mark back."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from booking.desk.done import key_in
from booking.models import Appointment, Event
from booking.roles import may

MARKS = {
    "check_in": _("arrived"),
    "fulfil": _("seen"),
    "leave": _("left without being seen"),
    "no_show": _("no-show"),
}


@dataclass(frozen=True)
class Marked:
    event: Event
    words: str
    can_undo: bool

    @property
    def visit(self) -> Appointment:
        return self.event.appointment


def asked_for(request, now) -> Marked | None:
    """The own mark that the address names by `?marked=`; anything else is nothing. Two queries, without a name none."""
    pk = key_in(request, "marked")
    if not pk:
        return None
    marks = Event.objects.filter(verb__in=MARKS).select_related("request__patient", "appointment__location")
    event = marks.filter(pk=pk, by=request.user).first()
    return Marked(event, MARKS[event.verb], _is_fresh(event, now) and may(request.user, "step_back")) if event else None


def last(visit, verb, user) -> int | None:
    """The key of the mark to name in an address."""
    return (
        Event.objects.filter(appointment=visit.pk, verb=verb, by=user)
        .order_by("-pk")
        .values_list("pk", flat=True)
        .first()
    )


def _is_fresh(event, now) -> bool:
    """Made today, and nothing has happened to the visit since."""
    zone = event.appointment.location.tz
    is_today = event.at.astimezone(zone).date() == now.astimezone(zone).date()
    return is_today and not Event.objects.filter(appointment=event.appointment_id, pk__gt=event.pk).exists()
