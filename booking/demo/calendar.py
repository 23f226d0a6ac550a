"""Six weeks of calendar in bulk: two before today and four after, every appointment with its history."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count, cycle, zip_longest
from random import Random
from uuid import UUID

from django.db.models import Model

from booking.demo import people
from booking.lifecycle import PATIENT, Actor
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, Reason, RequestedTime, search_keys
from booking.models.appointment_request import Channel, YesNo
from booking.models.reference import new_reference
from booking.scheduling.availability import EPOCH, MINUTE, Span, open_blocks
from booking.scheduling.response_deadline import response_deadline
from booking.scheduling.working_hours import WorkingHours, working_hours
from clinic.country import funding
from clinic.models import AppointmentType, Practitioner
from clinic.practice_info import local_date

BEFORE, AFTER = timedelta(days=14), timedelta(days=28)
FULL = [0.85, 0.85, 0.75, 0.6, 0.45, 0.3, 0.2]  # share of each week that is booked, starting two weeks ago
USUAL = {"new-patient": 4, "follow-up": 6, "procedure": 2}  # relative frequency of each kind of appointment
REGULARS = 300
NEW, FOLLOW_UP = "new-patient", "follow-up"
RequestStatus, AppointmentStatus, Kind = AppointmentRequest.Status, Appointment.Status, Message.Kind
Plan = tuple[datetime, WorkingHours, AppointmentType]


@dataclass
class Story:
    """An unsaved appointment with everything that belongs to it. `events` are in chronological order."""

    appointment_request: AppointmentRequest
    appointment: Appointment
    events: list[Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def step(self, row: Model, verb: str, to: str, at: datetime, by: Actor, cause: Event | None = None) -> Event:
        """Set the new status and add its event, as a lifecycle transition does."""
        event = Event(
            appointment_request=self.appointment_request,
            appointment=self.appointment if row is self.appointment else None,
            cause=cause, verb=verb,
            from_status=row.status, to_status=to, at=at, actor=by.kind, by=by.user, channel=by.channel,
        )  # fmt: skip
        row.status, row.version = to, row.version + 1
        self.events.append(event)
        return event

    def mark_notified(self, kind: str, event: Event, appointment: Appointment | None = None) -> None:
        by_mail = bool(self.appointment_request.patient.email)
        self.messages.append(
            Message(
                appointment_request=self.appointment_request, appointment=appointment, event=event, kind=kind,
                attempts=int(by_mail),
                sequence=appointment.sequence if appointment else 0, due_at=event.at, sent_at=event.at,
                status=Message.Status.SENT if by_mail else Message.Status.NOTIFIED,
            )
        )  # fmt: skip


def fill(team: list[Practitioner], *, now: datetime, clerk: Actor, rng: Random, before: timedelta = BEFORE) -> int:
    """Book this team's calendars as a practice would. Returns the number of appointments."""
    regulars = [people.invent(rng, n, local_date(now)) for n in range(REGULARS)]
    for number, patient in enumerate(regulars):
        patient.chart_number = f"D{10_000 + number}"
    search_keys.remember(Patient.objects.bulk_create(regulars))
    inventor = Inventor(rng, now, clerk, list(Reason.objects.all()), cycle(regulars), count(REGULARS))
    stories = [inventor.story(*plan) for plan in sorted(plans(team, now, rng, before), key=lambda plan: plan[0])]
    save(stories)
    return len(stories)


def plans(team: list[Practitioner], now: datetime, rng: Random, before: timedelta) -> Iterator[Plan]:
    """Times that do not overlap, inside the team's hours, fewer the further ahead."""
    today = local_date(now)
    first, last = today - before, today + AFTER
    everyone = working_hours(
        AppointmentType.objects.get(slug=FOLLOW_UP),
        first_day=first,
        last_day=last,
        practitioners=[each.pk for each in team],
    )
    for hours in everyone:
        kinds = list(hours.practitioner.appointment_types.all())
        for ahead in range(-before.days, AFTER.days + 1):
            full = FULL[(BEFORE.days + ahead) // 7]
            for block in blocks(hours, today + timedelta(days=ahead)):
                for minute, kind in appointments_in(block, kinds, full, rng):
                    yield EPOCH + minute * MINUTE, hours, kind


def blocks(hours: WorkingHours, day: date) -> list[Span]:
    days = range(day.toordinal(), day.toordinal() + 1)
    return open_blocks(zone=hours.location.tz, weekly=hours.weekly, exceptions=hours.changes, days=days)


def appointments_in(
    block: Span, kinds: list[AppointmentType], full: float, rng: Random
) -> Iterator[tuple[int, AppointmentType]]:
    at, until = block
    while at < until:
        (kind,) = rng.choices(kinds, [USUAL[kind.slug] for kind in kinds])
        starts = at + kind.buffer_before
        taken = kind.buffer_before + kind.minutes + kind.buffer_after
        if starts + kind.minutes <= until and rng.random() < full:
            yield starts, kind
            at += -(-taken // 20) * 20
        else:
            at += 20


@dataclass(frozen=True)
class Inventor:
    """Invents who came to an appointment, through which channel, and what became of it."""

    rng: Random
    now: datetime
    clerk: Actor
    reasons: list[Reason]
    regulars: Iterator[Patient]
    numbers: Iterator[int]

    def story(self, starts_at: datetime, hours: WorkingHours, kind: AppointmentType) -> Story:
        requested_at = self.requested_at(starts_at, hours)
        appointment_request = self.appointment_request(requested_at, hours, kind)
        story = Story(appointment_request, appointment(appointment_request, hours, kind, starts_at))
        if appointment_request.channel == Channel.WEB:
            event = self.asked_online(story, requested_at)
        else:
            event = self.booked_by_phone(story, requested_at)
        story.mark_notified(Kind.CONFIRMED, event, story.appointment)
        self.outcome(story, event.at)
        return story

    def requested_at(self, starts_at: datetime, hours: WorkingHours) -> datetime:
        """A morning some days or weeks earlier, at least two days ago."""
        day = min(starts_at - timedelta(days=self.rng.randint(3, 24)), self.now - timedelta(days=2))
        local = day.astimezone(hours.location.tz)
        at = local.replace(hour=self.rng.randint(9, 13), minute=self.rng.randrange(60), second=0, microsecond=0)
        return at.astimezone(UTC)  # adding to local times is wrong across a clock change

    def appointment_request(
        self, requested_at: datetime, hours: WorkingHours, kind: AppointmentType
    ) -> AppointmentRequest:
        returning, rng = kind.slug != NEW, self.rng
        patient = next(self.regulars) if returning else people.invent(rng, next(self.numbers), local_date(self.now))
        return AppointmentRequest(
            reference=new_reference(rng.choice),
            flow_key=UUID(int=rng.getrandbits(128), version=4),
            patient=patient,
            status="",
            version=0,
            channel=rng.choice([Channel.WEB, Channel.WEB, Channel.PHONE]) if kind.is_public else Channel.PHONE,
            submitted_at=requested_at,
            respond_by=response_deadline(now=requested_at, location_id=hours.location.pk),
            reason=rng.choice(self.reasons),
            appointment_type=kind,
            returning=returning,
            location=hours.location,
            insurance=rng.choice([code for code, _words in funding.asked()]),
            scan=rng.choice(YesNo.values),
            referral=rng.choice(YesNo.values),
        )

    def asked_online(self, story: Story, requested_at: datetime) -> Event:
        answered_at = requested_at + timedelta(minutes=self.rng.randint(20, 180))
        sent = story.step(story.appointment_request, "submit", RequestStatus.NEW, requested_at, PATIENT)
        story.step(story.appointment, "hold", AppointmentStatus.HELD, requested_at, PATIENT, cause=sent)
        story.appointment.held_until = min(
            story.appointment_request.respond_by + timedelta(days=1), story.appointment.starts_at
        )
        story.mark_notified(Kind.RECEIVED, sent)
        confirmed = story.step(story.appointment_request, "confirm", RequestStatus.CONFIRMED, answered_at, self.clerk)
        story.step(story.appointment, "book", AppointmentStatus.BOOKED, answered_at, self.clerk, cause=confirmed)
        return confirmed

    def booked_by_phone(self, story: Story, requested_at: datetime) -> Event:
        by = Actor(self.clerk.kind, self.clerk.user, Channel.PHONE)
        event = story.step(story.appointment_request, "book", RequestStatus.CONFIRMED, requested_at, by)
        story.step(story.appointment, "book", AppointmentStatus.BOOKED, requested_at, by, cause=event)
        return event

    def outcome(self, story: Story, since: datetime) -> None:
        """What has become of the appointment by now."""
        appointment, rng = story.appointment, self.rng
        cancelled = rng.random() < 0.07
        if cancelled:
            self.cancelled(story, since)
        elif appointment.ends_at + timedelta(minutes=15) < self.now:
            self.over(story)
        elif appointment.starts_at < self.now + timedelta(minutes=5):
            self.arrived(story)

    def cancelled(self, story: Story, since: datetime) -> None:
        appointment, code = story.appointment, self.rng.choice([*Appointment.CancelCode][:3])
        until = min(appointment.starts_at - timedelta(hours=2), self.now - timedelta(minutes=5))
        event = story.step(
            appointment, "cancel", AppointmentStatus.CANCELLED, since + (until - since) * self.rng.random(), self.clerk
        )
        appointment.cancel_code = event.reason = code
        appointment.sequence = 1
        by_us = code == Appointment.CancelCode.CLINIC
        story.mark_notified(Kind.CANCELLED_BY_US if by_us else Kind.CANCELLED_BY_YOU, event, appointment)

    def over(self, story: Story) -> None:
        (end,) = self.rng.choices(["fulfil", "no_show", "mark_left"], [90, 7, 3])
        late = story.appointment.starts_at + timedelta(minutes=15)
        if end == "no_show":
            story.step(story.appointment, end, AppointmentStatus.NOSHOW, late, self.clerk)
            return
        self.arrived(story)
        to, at = (
            (AppointmentStatus.FULFILLED, story.appointment.ends_at)
            if end == "fulfil"
            else (AppointmentStatus.LEFT, late)
        )
        story.step(story.appointment, end, to, at + timedelta(minutes=self.rng.randint(0, 9)), self.clerk)

    def arrived(self, story: Story) -> None:
        at = min(story.appointment.starts_at, self.now) - timedelta(minutes=self.rng.randint(1, 15))
        story.step(story.appointment, "check_in", AppointmentStatus.ARRIVED, at, self.clerk)


def appointment(
    appointment_request: AppointmentRequest, hours: WorkingHours, kind: AppointmentType, starts_at: datetime
) -> Appointment:
    ends_at = starts_at + timedelta(minutes=kind.minutes)
    return Appointment(
        appointment_request=appointment_request,
        patient=appointment_request.patient,
        appointment_type=kind,
        practitioner=hours.practitioner,
        location=hours.location,
        starts_at=starts_at,
        ends_at=ends_at,
        blocked_from=starts_at - timedelta(minutes=kind.buffer_before),
        blocked_until=ends_at + timedelta(minutes=kind.buffer_after),
        status="",
        version=0,
    )


def save(stories: list[Story]) -> None:
    """Save each table at once. Events are saved in rounds, so that each finds its cause and the order is kept."""
    requests = [story.appointment_request for story in stories]
    appointments = [story.appointment for story in stories]
    newcomers = [
        appointment_request.patient for appointment_request in requests if appointment_request.patient.pk is None
    ]
    search_keys.remember(Patient.objects.bulk_create(newcomers))
    AppointmentRequest.objects.bulk_create(requests)
    Appointment.objects.bulk_create(appointments)
    RequestedTime.objects.bulk_create(
        RequestedTime(
            appointment_request=appointment.appointment_request, rank=1, practitioner=appointment.practitioner,
            location=appointment.location,
            starts_at=appointment.starts_at,
        )
        for appointment in appointments
        if appointment.appointment_request.channel == Channel.WEB
    )  # fmt: skip
    for together in zip_longest(*(story.events for story in stories)):
        Event.objects.bulk_create(event for event in together if event)
    Message.objects.bulk_create(message for story in stories for message in story.messages)
