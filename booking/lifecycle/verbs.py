"""From which status a row may go where. `undo` goes back by the history instead."""

from collections.abc import Mapping

from booking.models import Appointment, AppointmentRequest

Table = Mapping[str, frozenset[str]]
Asked, Status = AppointmentRequest.Status, Appointment.Status
REQUEST_STEPS: Table = {
    Asked.NEW: frozenset(
        {Asked.OFFERED, Asked.CONFIRMED, Asked.WAITLISTED, Asked.DECLINED, Asked.WITHDRAWN, Asked.CLOSED}
    ),
    Asked.OFFERED: frozenset(
        {Asked.CONFIRMED, Asked.NEW, Asked.WAITLISTED, Asked.DECLINED, Asked.WITHDRAWN, Asked.CLOSED}
    ),
    Asked.WAITLISTED: frozenset({Asked.OFFERED, Asked.CONFIRMED, Asked.DECLINED, Asked.WITHDRAWN, Asked.CLOSED}),
    Asked.CONFIRMED: frozenset(),
    Asked.DECLINED: frozenset({Asked.NEW}),
    Asked.WITHDRAWN: frozenset({Asked.NEW}),
    Asked.CLOSED: frozenset({Asked.NEW}),
}
APPOINTMENT_STEPS: Table = {
    Status.HELD: frozenset({Status.BOOKED, Status.RELEASED}),
    Status.BOOKED: frozenset({Status.ARRIVED, Status.NOSHOW, Status.CANCELLED}),
    Status.ARRIVED: frozenset({Status.FULFILLED, Status.LEFT, Status.BOOKED}),
    Status.NOSHOW: frozenset({Status.ARRIVED, Status.BOOKED}),
    Status.FULFILLED: frozenset({Status.ARRIVED}),
    Status.LEFT: frozenset({Status.ARRIVED}),
    Status.CANCELLED: frozenset(),
    Status.RELEASED: frozenset(),
}


def may_become(row: AppointmentRequest | Appointment, status: str) -> bool:
    steps = APPOINTMENT_STEPS if isinstance(row, Appointment) else REQUEST_STEPS
    return status in steps[row.status]
