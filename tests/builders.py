"""Builders: each creates one plausible row. A test overrides only what it is about."""

import itertools
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group, User
from django.db import connection, transaction

from booking import lifecycle
from booking.lifecycle._transition import transition
from booking.lifecycle.verbs import NEXT, NON_BLOCKING
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, Reason, RequestedTime
from booking.roles import sync_roles
from booking.scheduling.slots import Slot
from clinic import practice_info
from clinic.models import AppointmentType, Location, OfficeHours, Practice, Practitioner, Schedule
from procedures.publishing import publish, sign

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 11, 23, 15, 5, tzinfo=UTC)  # Monday, November 23, 2026, 10:05 am in Brooklyn
WHY = lifecycle.Override("The patient asked for it.")  # a test may book inside the usual notice period
_count = itertools.count(1)
LOGGED = 1  # the statement that writes a page of staff into the access log


def local(year, month, day, hour=0, minute=0, zone=NEW_YORK):
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def make_location(**overrides):
    n = next(_count)
    fields = {"name": f"Office {n}", "slug": f"office-{n}", "address": "100 Example Street, Brooklyn, NY"} | overrides
    return Location.objects.create(**fields)


def make_practice(location=None, **overrides):
    """A practice whose desk is open Monday to Friday, 9 to 5."""
    location = location or make_location()
    OfficeHours.objects.bulk_create(
        OfficeHours(location=location, weekday=day, opens=540, closes=1020) for day in range(5)
    )
    fields = {
        "name": "Lantern Pier Pain & Spine (demo)",
        "neutral_name": "Lantern Pier",
        "phone": "+17185550142",
        "email": "desk@example.org",
        "default_location": location,
        "is_on": True,
    } | overrides
    practice = Practice.objects.create(pk=1, **fields)
    practice_info.forget()
    return practice


def make_appointment_type(**overrides):
    n = next(_count)
    fields = {"name": f"Consultation {n}", "slug": f"appointment-{n}", "minutes": 40, "step": 40, "notice": 24 * 60}
    return AppointmentType.objects.create(**(fields | overrides))


def make_practitioner(appointment_type=None, location=None, hours=(540, 1020), days=range(5), **overrides):
    """A practitioner who offers this appointment type at this office on weekdays."""
    n = next(_count)
    practitioner = Practitioner.objects.create(
        **({"name": f"Dr. Ada Demo{n}, MD", "slug": f"dr-{n}", "specialty": "pain medicine"} | overrides)
    )
    if appointment_type:
        offers = AppointmentType.practitioners.through
        offers.objects.create(appointmenttype=appointment_type, practitioner=practitioner)
    if location:
        Schedule.objects.bulk_create(
            Schedule(practitioner=practitioner, location=location, weekday=day, starts=hours[0], ends=hours[1])
            for day in days
        )
    return practitioner


def make_reason(appointment_type, **overrides):
    n = next(_count)
    fields = {"label": f"Back pain {n}", "slug": f"reason-{n}"}
    return Reason.objects.create(
        appointment_type_new=appointment_type, appointment_type_returning=appointment_type, **(fields | overrides)
    )


class Clinic:
    """A practice with one office, one practitioner, one appointment type of 40 minutes and one reason."""

    def __init__(self, **appointment_type):
        self.location = make_location(name="Pier Street office", slug="pier-street")
        self.practice = make_practice(self.location)
        self.appointment_type = make_appointment_type(name="New-patient consultation", **appointment_type)
        self.practitioner = make_practitioner(self.appointment_type, self.location, name="Dr. Mara Ellison, MD")
        self.reason = make_reason(self.appointment_type, label="Broken bone in the spine", slug="broken-bone")

    def slot(self, day=3, hour=9, minute=0, month=12, year=2026, practitioner=None):
        """An open time: Thursday, December 3, 2026, 9:00 am unless told otherwise."""
        practitioner = practitioner or self.practitioner
        return Slot(local(year, month, day, hour, minute), practitioner.pk, self.location.pk)

    def draft(self, *times, patient=(), flow_key=None, **answers):
        person = {
            "name": "June Demo",
            "birth_date": date(1951, 3, 9),
            "phone": "+17185550167",
            "phone_typed": "718 555 0167",
            "email": "june@example.org",
        } | dict(patient)
        draft = lifecycle.Draft(
            patient=person,
            answers={"reason": self.reason, "appointment_type": self.appointment_type} | answers,
            times=list(times),
        )
        if flow_key:
            draft.flow_key = flow_key
        return draft

    def appointment_request(self, *times, now=MONDAY, **overrides):
        """A request from the public site, sent on Monday unless told otherwise."""
        return lifecycle.submit(self.draft(*times, **overrides), now=now)

    def appointment(self, slot=None, now=MONDAY, by=None, override=WHY, **overrides):
        """An appointment booked by phone."""
        slot = slot or self.slot()
        by = by or lifecycle.staff(make_clerk(role=None), "phone")
        draft = self.draft(**overrides)
        return lifecycle.book(draft, slot, by=by, now=now, override=override).appointments.get()


def make_clerk(role="Front desk", **overrides):
    n = next(_count)
    user = User.objects.create(**({"username": f"rosa{n}", "first_name": "Rosa", "is_staff": True} | overrides))
    if role:
        User.groups.through.objects.create(user=user, group=group(role))
    return user


def group(role):
    """A role's group. The fixtures create all roles, but a test with committed rows empties the tables afterwards."""
    found = Group.objects.filter(name=role).first()
    if not found:
        sync_roles()
    return found or Group.objects.get(name=role)


def later(**delta):
    return MONDAY + timedelta(**delta)


@contextmanager
def taken_back():
    """Roll back what is done in this block, so that the next case finds the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# -- what must hold after every verb, and how to reach any status

WRITTEN = (Patient, AppointmentRequest, RequestedTime, Appointment, Event, Message)
NEEDED = {  # by constraints
    "declined": {"decline_code": "other"},
    "cancelled": {"cancel_code": "clinic"},
    "offered": {"offer_until": MONDAY + timedelta(days=3), "paused_at": MONDAY},
}
OVERLAPS = """
    SELECT a.id, b.id FROM booking_appointment a JOIN booking_appointment b
    ON a.practitioner_id = b.practitioner_id AND a.id < b.id
    AND a.blocked_from < b.blocked_until AND b.blocked_from < a.blocked_until
    WHERE a.status IN ('held', 'booked', 'arrived', 'fulfilled') AND NOT a.overbooked
    AND b.status IN ('held', 'booked', 'arrived', 'fulfilled') AND NOT b.overbooked
"""


IN_TWO_PLACES = """
    SELECT a.id, b.id FROM booking_appointment a JOIN booking_appointment b
    ON a.patient_id = b.patient_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
    WHERE a.status IN ('booked', 'arrived', 'fulfilled') AND NOT a.in_two_places
    AND b.status IN ('booked', 'arrived', 'fulfilled') AND NOT b.in_two_places
"""


def rows():
    """The number of rows of each kind: a refused verb must not change them."""
    return {model.__name__: model.objects.count() for model in WRITTEN}


def overlaps(sql=OVERLAPS):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def assert_sound():
    """Each row has the status of its last event, one event per version; nothing overlaps; at most one message waits."""
    for appointment_request in AppointmentRequest.objects.all():
        assert_history(appointment_request, appointment_request.events.filter(appointment=None))
        waiting = appointment_request.messages.filter(status="queued").exclude(kind="link")
        assert waiting.count() <= 1, "more than one message waits"
    for appointment in Appointment.objects.all():
        assert_history(appointment, appointment.events.all())
        assert appointment.patient == getattr(appointment.appointment_request, "patient", None)
    assert overlaps() == overlaps(IN_TWO_PLACES) == []


def assert_history(row, events):
    steps = [(event.from_status, event.to_status) for event in events.order_by("pk")]
    assert [was for was, _ in steps] == ["", *(to for _, to in steps[:-1])], steps
    assert steps[-1][1] == row.status, steps
    assert len(steps) - events.filter(verb__in=NON_BLOCKING).count() == row.version, steps


def assert_settled():
    """Only an open request may hold time, and only a confirmed one has an appointment, exactly one."""
    for appointment_request in AppointmentRequest.objects.all():
        statuses = list(appointment_request.appointments.values_list("status", flat=True))
        assert "held" not in statuses or appointment_request.status in ("new", "offered"), (
            appointment_request.status,
            statuses,
        )
        given = [status for status in statuses if status not in ("held", "released")]
        moved_another = appointment_request.status == "confirmed" and appointment_request.replaces_id and not given
        assert moved_another or len(given) == (appointment_request.status == "confirmed"), (
            appointment_request.status,
            statuses,
        )


def walk(row, status, *, now=MONDAY, by=lifecycle.SYSTEM):
    """Bring a row to a status by transitions of its own table, with one event each."""
    for step in shortest_way(NEXT, row.status, status):
        transition(row, step, verb="walk", by=by, now=now, **NEEDED.get(step, {}))
    return row


def shortest_way(table, start, goal):
    ways = [[start]]
    for way in ways:  # grows during the loop
        if way[-1] == goal:
            return way[1:]
        ways += [[*way, to] for to in sorted(table[way[-1]]) if to not in way]
    raise LookupError(goal)


def check_and_publish(procedure, *, by=None, now=MONDAY):
    """Sign the current text as reviewed and publish it."""
    who, due = procedure.reviewed_by or "Dr. Demo, MD", procedure.next_review_on
    sign(procedure, reviewer=who, on=now.date(), next_on=due, is_demo=True)  # our pages have gaps that a practice fills
    return publish(procedure, by=by, now=now, is_demo=True)


def undoable(pk, **who):
    """The act that the page of this request offers to undo: it has read the events and the messages."""
    events, told = (rows.objects.filter(appointment_request=pk).order_by("pk") for rows in (Event, Message))
    return lifecycle.undoable(pk, list(events), list(told), **who)
