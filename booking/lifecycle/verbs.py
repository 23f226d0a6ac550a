"""From which status a row may go where. `undo` goes back by the history instead."""

from collections.abc import Mapping

from booking.models import Appointment, AppointmentRequest

Table = Mapping[str, frozenset[str]]
RequestStatus, Status = AppointmentRequest.Status, Appointment.Status
REQUEST_STEPS: Table = {
    RequestStatus.NEW: frozenset(
        {
            RequestStatus.OFFERED,
            RequestStatus.CONFIRMED,
            RequestStatus.WAITLISTED,
            RequestStatus.DECLINED,
            RequestStatus.WITHDRAWN,
            RequestStatus.CLOSED,
        }
    ),
    RequestStatus.OFFERED: frozenset(
        {
            RequestStatus.CONFIRMED,
            RequestStatus.NEW,
            RequestStatus.WAITLISTED,
            RequestStatus.DECLINED,
            RequestStatus.WITHDRAWN,
            RequestStatus.CLOSED,
        }
    ),
    RequestStatus.WAITLISTED: frozenset(
        {
            RequestStatus.OFFERED,
            RequestStatus.CONFIRMED,
            RequestStatus.DECLINED,
            RequestStatus.WITHDRAWN,
            RequestStatus.CLOSED,
        }
    ),
    RequestStatus.CONFIRMED: frozenset(),
    RequestStatus.DECLINED: frozenset({RequestStatus.NEW}),
    RequestStatus.WITHDRAWN: frozenset({RequestStatus.NEW}),
    RequestStatus.CLOSED: frozenset({RequestStatus.NEW}),
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
