"""How many of a day’s appointments are to come, here, late and seen, and who missed one and was not called."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.desk.day.rows import Row
from booking.models import Appointment

Status = Appointment.Status


def summary(found: list[Row]) -> list[tuple[str, int]]:
    """“9 to come, 2 checked in, 1 late, 5 seen”."""
    looks = [(row.appointment.status, row.look) for row in found]
    expected = sum(status != Status.CANCELLED for status, _look in looks)
    counted = {
        ngettext("appointment", "appointments", expected): expected,
        _("to come"): looks.count((Status.BOOKED, "")),
        _("checked in"): looks.count((Status.ARRIVED, "here")),
        _("late"): looks.count((Status.BOOKED, "behind")),
        _("called off"): looks.count((Status.BOOKED, "called")),
    }
    return [*((label, number) for label, number in counted.items() if number), *finished(found)]


def finished(found: list[Row]) -> list[tuple[str, int]]:
    """“5 seen, 1 no-show”."""
    statuses = [row.appointment.status for row in found]
    counted = {
        _("seen"): statuses.count(Status.FULFILLED),
        _("left without being seen"): statuses.count(Status.LEFT),
        _("no-show"): statuses.count(Status.NOSHOW),
        _("canceled"): statuses.count(Status.CANCELLED),
    }
    return [(label, number) for label, number in counted.items() if number]


def not_called(found: list[Row]) -> list[Row]:
    """Those who missed an appointment, whom nobody has called or booked again."""
    missed = (row for row in found if row.appointment.status in Appointment.MISSED)
    return [row for row in missed if not row.appointment.is_called and not row.appointment.is_rebooked]
