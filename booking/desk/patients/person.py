"""All that the desk knows of one person, from every request and record. A bounded number of queries."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from uuid import UUID

from django.db.models import BigIntegerField

from booking.desk import labels
from booking.desk.patients import same_person
from booking.desk.queue.calls import HELD
from booking.desk.requests import duplicates
from booking.lifecycle.call_log import Outcome
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient
from booking.models.appointment_request import has_died
from booking.records.one_person import grouped, leading
from clinic.compiled_query import Among, CompiledQuery
from clinic.practice_info import local_date

A_YEAR = timedelta(days=365)
MOST_RECORDS, MOST_EVENTS, MOST_ALIKE = 200, 200, 5
Status = Appointment.Status
LOGGED = ("log_call", "add_note", "not_the_same")


@dataclass
class Past:
    """An appointment that is over; `called`: the last call about it since, in words; `rebooked`: one was booked."""

    appointment: Appointment
    called: str
    rebooked: bool

    @property
    def is_missed(self):
        return self.appointment.status in Appointment.MISSED


@dataclass
class Person:
    """`patient`: the record that the desk knows longest. `records`: all of them."""

    patient: Patient
    records: list[Patient]
    now: object

    @property
    def _keys(self):
        return [each.pk for each in self.records]

    @cached_property
    def requests(self):
        """Newest first. One query."""
        return list(REQUESTS(records=self._keys))

    @cached_property
    def appointments(self):
        """By time. One query."""
        return list(APPOINTMENTS(records=self._keys))

    @property
    def requests_with_appointments(self):
        """A request’s state is that of its appointment, if it has one, or of the one that it moved."""
        own = {each.appointment_request_id: each for each in self.appointments}
        by_key = {each.pk: each for each in self.appointments}
        return [(each, own.get(each.pk) or by_key.get(each.replaces_id)) for each in self.requests]

    @cached_property
    def events(self):
        """Calls and notes, newest first. One query."""
        return list(EVENTS(requests=[each.pk for each in self.requests]))

    @cached_property
    def coming(self):
        return [
            each for each in self.appointments if each.status in (Status.BOOKED, Status.ARRIVED) and self._ahead(each)
        ]

    @property
    def past(self):
        """Newest first."""
        again = {each.replaces_id for each in self.requests if each.status == AppointmentRequest.Status.CONFIRMED}
        over = [each for each in reversed(self.appointments) if each not in self.coming]
        return [Past(each, self._called(each), each.pk in again) for each in over]

    @property
    def no_shows(self):
        """In the last twelve months."""
        since = self.now - A_YEAR
        return sum(each.status == Status.NOSHOW and each.starts_at > since for each in self.appointments)

    @property
    def seen(self):
        return [each for each in self.appointments if each.status == Status.FULFILLED]

    @property
    def open(self):
        return [each for each in self.requests if each.status in AppointmentRequest.OPEN]

    @cached_property
    def to_tell(self):
        """What the desk must tell them, if they call: no email did. One query."""
        rows = Message.objects.to_tell().filter(appointment_request__patient__in=self._keys)
        return list(rows.select_related("appointment_request").order_by("pk"))

    @cached_property
    def offers(self):
        """The open offers, each with the times we hold for them. One query, if there are any."""
        offered = [each for each in self.open if each.status == AppointmentRequest.Status.OFFERED]
        rows = HELD(requests=[each.pk for each in offered], now=self.now) if offered else ()
        held = defaultdict(list)
        for time in rows:
            held[time.appointment_request_id].append(time)
        return [(each, held[each.pk]) for each in offered if held[each.pk]]

    @property
    def about(self):
        """The request to which a call or a note is added: an open one, else that of a coming appointment; None without
        any.
        """
        due = sorted(self.open, key=lambda each: each.respond_by)
        coming = [each.appointment_request for each in self.coming]
        return next(iter([*due, *coming, *self.requests]), None)

    def request_named(self, reference):
        return next((each for each in self.requests if each.reference == reference), self.about)

    @property
    def newest(self):
        """The newest request of the record that the page shows; else of the person. None: they never asked."""
        own = (each for each in self.requests if each.patient_id == self.patient.pk)
        return next(own, next(iter(self.requests), None))

    @property
    def remarks(self):
        """Calls, pinned notes, other notes."""
        calls = [_remark(event) for event in self.events if event.verb == "log_call"]
        notes = [_remark(event) for event in self.events if event.verb == "add_note"]
        notes.sort(key=lambda remark: not remark.event.pinned)
        return {"calls": calls, "notes": notes}

    @cached_property
    def elsewhere(self):
        """Coming appointments under a record that may be the same person’s. One query."""
        rows = same_person.standing([self.patient], self.now)
        found = same_person.of(self.patient, rows)
        return [each for each in found if each.starts_at and each.appointment_request.patient not in self.records]

    @cached_property
    def alike(self):
        """Other records that may be of the same person, each with the reason. One query."""
        strangers = [event.reason for event in self.events if event.verb == "not_the_same"]
        rows = duplicates.perhaps_the_same(self.patient).exclude(pk__in=self._keys)
        rows = rows.exclude(appointment_requests__reference__in=strangers).order_by("-pk")[: duplicates.MOST_READ]
        people = grouped(row for row in rows if duplicates.why_same(self.patient, row))[:MOST_ALIKE]
        return [(leading(person), duplicates.why_same(self.patient, leading(person))) for person in people]

    @property
    def shown(self):
        """Every record, request and appointment of the person, and who may be the same."""
        others = [*(each.appointment_request for each in self.elsewhere), *(patient for patient, _why in self.alike)]
        return [*self.records, *self.requests, *self.appointments, *others]

    def _ahead(self, appointment):
        zone = appointment.location.tz
        return local_date(appointment.starts_at, zone) >= local_date(self.now, zone)

    def _called(self, appointment):
        """How the last call after a missed appointment ended."""
        since = (event for event in self.events if event.verb == "log_call" and event.at >= appointment.starts_at)
        its = (event for event in since if event.appointment_request_id == appointment.appointment_request_id)
        last = next(its, None)
        return str(Outcome(last.reason).label) if last else ""


def _remark(event):
    return labels.Remark(
        event, labels.name(event.by), event.appointment_request, labels.CODES.get(event.reason, event.reason)
    )


def _requests():
    rows = AppointmentRequest.objects.filter(Among("patient", "records", BigIntegerField()))
    return rows.select_related("reason", "location", "patient", "duplicate_of").order_by("-submitted_at", "-pk")


def _appointments():
    records = Among("patient", "records", BigIntegerField())
    rows = Appointment.objects.filter(records, status__in=Appointment.ON_CALENDAR)
    related = ("appointment_request__reason", "appointment_type", "practitioner", "location")
    return rows.select_related(*related).order_by("starts_at", "pk")


def _events():
    rows = Event.objects.filter(Among("appointment_request", "requests", BigIntegerField()), verb__in=LOGGED)
    return rows.select_related("by", "appointment_request").order_by("-pk")[:MOST_EVENTS]


REQUESTS, APPOINTMENTS, EVENTS = map(CompiledQuery, (_requests, _appointments, _events))


def find(random_id: UUID, now) -> Person | None:
    """One query, for everybody born on that day."""
    there = Patient.objects.filter(erased_at=None)
    born = there.filter(random_id=random_id).values("birth_date")
    rows = list(there.filter(birth_date__in=born).annotate(has_died=has_died("pk")).order_by("pk"))
    person = next((group for group in grouped(rows) if any(row.random_id == random_id for row in group)), None)
    return Person(leading(person), person, now) if person else None
