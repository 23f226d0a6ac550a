"""What a scenario asks the site's own code, in a process of its own: python -m tests.faults.inside codes"""

import sys
from datetime import timedelta

import django

if __name__ == "__main__":
    django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.utils import timezone  # noqa: E402

from booking import lifecycle  # noqa: E402
from booking.models import Appointment, AppointmentRequest, Message  # noqa: E402
from booking.notifications import links  # noqa: E402
from booking.scheduling.slots import Slot  # noqa: E402
from tests.builders import Clinic, make_clerk  # noqa: E402
from tests.faults.attack import open_codes  # noqa: E402

LOAD = "June "  # so the names of tests/faults/patients.py begin, and none of the demo
CLERK = "clerk-of-faults"


def codes() -> list[str]:
    """Open times, after the desk has declined what an earlier scenario asked for: it held most of them."""
    asked = AppointmentRequest.objects.filter(status=AppointmentRequest.Status.NEW, patient__name__startswith=LOAD)
    clerk = desk() if asked else None
    for appointment_request in asked:
        lifecycle.decline(appointment_request.pk, "other", "Call us.", by=clerk, now=timezone.now())
    return open_codes()


def desk() -> lifecycle.Actor:
    """The same clerk in each of our processes."""
    return lifecycle.staff(User.objects.filter(username=CLERK).first() or make_clerk(username=CLERK))


def private_link() -> list[str]:
    newest = AppointmentRequest.objects.order_by("pk").last()
    return [links.absolute(newest).partition("/visit/")[2]]


def people() -> list[str]:
    """Whose requests are stored, one line for each request."""
    return list(
        AppointmentRequest.objects.filter(patient__name__startswith=LOAD).values_list("patient__name", flat=True)
    )


def end_leases() -> list[str]:
    """As if five minutes had passed since the workers that were sending died, and an hour since a failure."""
    waiting = Message.objects.filter(status__in=(Message.Status.SENDING, Message.Status.QUEUED))
    return [str(waiting.update(due_at=timezone.now() - timedelta(seconds=1)))]


def confirm() -> list[str]:
    """What the desk does with each request that holds a time. Prints how many."""
    new, clerk = AppointmentRequest.Status.NEW, desk()
    held = Appointment.objects.filter(status=Appointment.Status.HELD, appointment_request__status=new)
    held = held.filter(patient__name__startswith=LOAD)
    for each in held:
        slot = Slot(each.starts_at, each.practitioner_id, each.location_id)
        lifecycle.confirm(each.appointment_request_id, slot, by=clerk, now=timezone.now(), why="As asked.")
    return [str(len(held))]


def small_practice() -> list[str]:
    return [Clinic().practice.name]


ASKED = {
    "small_practice": small_practice,
    "codes": codes,
    "confirm": confirm,
    "private_link": private_link,
    "people": people,
    "end_leases": end_leases,
}

if __name__ == "__main__":
    print(*ASKED[sys.argv[1]](), sep="\n")  # noqa: T201
