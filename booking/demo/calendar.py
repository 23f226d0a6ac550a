"""Six weeks of diary around today, in bulk: two weeks that were, four that come, every visit with its history."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count, cycle, zip_longest
from random import Random
from uuid import UUID

from django.db.models import Model

from booking.demo import people
from booking.lifecycle import PATIENT, By
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, Reason, RequestedTime, search_keys
from booking.models.reference import new_reference
from booking.models.request import Channel, YesNo
from booking.scheduling.availability import EPOCH, MINUTE, Span, open_blocks
from booking.scheduling.response_deadline import reply_promise
from booking.scheduling.working_hours import Roster, rosters
from clinic.models import Practitioner, VisitType
from clinic.practice_info import frame

BEFORE, AFTER = timedelta(days=14), timedelta(days=28)
FULL = [0.85, 0.85, 0.75, 0.6, 0.45, 0.3, 0.2]  # how much of a week is booked, the week two weeks ago first
USUAL = {"new-patient": 4, "follow-up": 6, "procedure": 2}  # how often a visit is of which kind
REGULARS = 300
NEW, FOLLOW_UP = "new-patient", "follow-up"
Asked, Visit, Kind = AppointmentRequest.Status, Appointment.Status, Message.Kind
Plan = tuple[datetime, Roster, VisitType]


@dataclass
class Story:
    """One visit and all that belongs to it, not yet saved. `events` are in the order in which they happened."""

    request: AppointmentRequest
    visit: Appointment
    events: list[Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def step(self, row: Model, verb: str, to: str, at: datetime, by: By, cause: Event | None = None) -> Event:
        """As lifecycle.move: the new status, and its event."""
        event = Event(
            request=self.request, appointment=self.visit if row is self.visit else None, cause=cause, verb=verb,
            from_status=row.status, to_status=to, at=at, actor=by.actor, by=by.user, channel=by.channel,
        )  # fmt: skip
        row.status, row.version = to, row.version + 1
        self.events.append(event)
        return event

    def tell(self, kind: str, event: Event, visit: Appointment | None = None) -> None:
        by_mail = bool(self.request.patient.email)
        self.messages.append(
            Message(
                request=self.request, appointment=visit, event=event, kind=kind, attempts=int(by_mail),
                sequence=visit.sequence if visit else 0, due_at=event.at, sent_at=event.at,
                status=Message.Status.SENT if by_mail else Message.Status.TOLD,
            )
        )  # fmt: skip


def fill(team: list[Practitioner], *, now: datetime, clerk: By, rng: Random, before: timedelta = BEFORE) -> int:
    """Book the diaries of this team as a practice would; answers the number of visits."""
    regulars = [people.invent(rng, n, now.date()) for n in range(REGULARS)]
    for number, patient in enumerate(regulars):
        patient.chart_number = f"D{10_000 + number}"
    search_keys.remember(Patient.objects.bulk_create(regulars))
    inventor = Inventor(rng, now, clerk, list(Reason.objects.all()), cycle(regulars), count(REGULARS))
    stories = [inventor.story(*plan) for plan in sorted(plans(team, now, rng, before), key=lambda plan: plan[0])]
    save(stories)
    return len(stories)


def plans(team: list[Practitioner], now: datetime, rng: Random, before: timedelta) -> Iterator[Plan]:
    """Times that do not overlap, inside the hours of the team, fewer the further ahead."""
    today = now.astimezone(frame().zone).date()
    first, last = today - before, today + AFTER
    everyone = rosters(
        VisitType.objects.get(slug=FOLLOW_UP), first_day=first, last_day=last, practitioners=[each.pk for each in team]
    )
    for roster in everyone:
        kinds = list(roster.practitioner.visit_types.all())
        for ahead in range(-before.days, AFTER.days + 1):
            full = FULL[(BEFORE.days + ahead) // 7]
            for block in blocks(roster, today + timedelta(days=ahead)):
                for minute, kind in visits_in(block, kinds, full, rng):
                    yield EPOCH + minute * MINUTE, roster, kind


def blocks(roster: Roster, day: date) -> list[Span]:
    days = range(day.toordinal(), day.toordinal() + 1)
    return open_blocks(zone=roster.location.tz, weekly=roster.weekly, exceptions=roster.changes, days=days)


def visits_in(block: Span, kinds: list[VisitType], full: float, rng: Random) -> Iterator[tuple[int, VisitType]]:
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
    """Makes up who came to a visit, through which door, and what became of it."""

    rng: Random
    now: datetime
    clerk: By
    reasons: list[Reason]
    regulars: Iterator[Patient]
    numbers: Iterator[int]

    def story(self, starts_at: datetime, roster: Roster, kind: VisitType) -> Story:
        asked_at = self.asked_at(starts_at, roster)
        request = self.request(asked_at, roster, kind)
        story = Story(request, appointment(request, roster, kind, starts_at))
        if request.channel == Channel.WEB:
            event = self.asked_online(story, asked_at)
        else:
            event = self.booked_by_phone(story, asked_at)
        story.tell(Kind.CONFIRMED, event, story.visit)
        self.outcome(story, event.at)
        return story

    def asked_at(self, starts_at: datetime, roster: Roster) -> datetime:
        """A morning some days or weeks before, at least two days ago."""
        day = min(starts_at - timedelta(days=self.rng.randint(3, 24)), self.now - timedelta(days=2))
        local = day.astimezone(roster.location.tz)
        at = local.replace(hour=self.rng.randint(9, 13), minute=self.rng.randrange(60), second=0, microsecond=0)
        return at.astimezone(UTC)  # sums of local times go wrong over the night in which the clocks change

    def request(self, asked_at: datetime, roster: Roster, kind: VisitType) -> AppointmentRequest:
        returning, rng = kind.slug != NEW, self.rng
        patient = next(self.regulars) if returning else people.invent(rng, next(self.numbers), self.now.date())
        return AppointmentRequest(
            reference=new_reference(rng.choice),
            flow_key=UUID(int=rng.getrandbits(128), version=4),
            patient=patient,
            status="",
            version=0,
            channel=rng.choice([Channel.WEB, Channel.WEB, Channel.PHONE]) if kind.is_public else Channel.PHONE,
            submitted_at=asked_at,
            reply_by=reply_promise(now=asked_at, location_id=roster.location.pk),
            reason=rng.choice(self.reasons),
            visit_type=kind,
            returning=returning,
            location=roster.location,
            insurance=rng.choice(AppointmentRequest.Insurance.values),
            scan=rng.choice(YesNo.values),
            referral=rng.choice(YesNo.values),
        )

    def asked_online(self, story: Story, asked_at: datetime) -> Event:
        answered_at = asked_at + timedelta(minutes=self.rng.randint(20, 180))
        sent = story.step(story.request, "submit", Asked.NEW, asked_at, PATIENT)
        story.step(story.visit, "hold", Visit.HELD, asked_at, PATIENT, cause=sent)
        story.visit.held_until = min(story.request.reply_by + timedelta(days=1), story.visit.starts_at)
        story.tell(Kind.RECEIVED, sent)
        confirmed = story.step(story.request, "confirm", Asked.CONFIRMED, answered_at, self.clerk)
        story.step(story.visit, "book", Visit.BOOKED, answered_at, self.clerk, cause=confirmed)
        return confirmed

    def booked_by_phone(self, story: Story, asked_at: datetime) -> Event:
        by = By(self.clerk.actor, self.clerk.user, Channel.PHONE)
        event = story.step(story.request, "book", Asked.CONFIRMED, asked_at, by)
        story.step(story.visit, "book", Visit.BOOKED, asked_at, by, cause=event)
        return event

    def outcome(self, story: Story, since: datetime) -> None:
        """What has become of the visit by now."""
        visit, rng = story.visit, self.rng
        cancelled = rng.random() < 0.07
        if cancelled:
            self.cancelled(story, since)
        elif visit.ends_at + timedelta(minutes=15) < self.now:
            self.over(story)
        elif visit.starts_at < self.now + timedelta(minutes=5):
            self.arrived(story)

    def cancelled(self, story: Story, since: datetime) -> None:
        visit, code = story.visit, self.rng.choice([*Appointment.CancelCode][:3])
        until = min(visit.starts_at - timedelta(hours=2), self.now - timedelta(minutes=5))
        event = story.step(visit, "cancel", Visit.CANCELLED, since + (until - since) * self.rng.random(), self.clerk)
        visit.cancel_code = event.reason = code
        visit.sequence = 1
        by_us = code == Appointment.CancelCode.CLINIC
        story.tell(Kind.CANCELLED_BY_US if by_us else Kind.CANCELLED_BY_YOU, event, visit)

    def over(self, story: Story) -> None:
        (end,) = self.rng.choices(["fulfil", "no_show", "leave"], [90, 7, 3])
        late = story.visit.starts_at + timedelta(minutes=15)
        if end == "no_show":
            story.step(story.visit, end, Visit.NOSHOW, late, self.clerk)
            return
        self.arrived(story)
        to, at = (Visit.FULFILLED, story.visit.ends_at) if end == "fulfil" else (Visit.LEFT, late)
        story.step(story.visit, end, to, at + timedelta(minutes=self.rng.randint(0, 9)), self.clerk)

    def arrived(self, story: Story) -> None:
        at = min(story.visit.starts_at, self.now) - timedelta(minutes=self.rng.randint(1, 15))
        story.step(story.visit, "check_in", Visit.ARRIVED, at, self.clerk)


def appointment(request: AppointmentRequest, roster: Roster, kind: VisitType, starts_at: datetime) -> Appointment:
    ends_at = starts_at + timedelta(minutes=kind.minutes)
    return Appointment(
        request=request,
        visit_type=kind,
        practitioner=roster.practitioner,
        location=roster.location,
        starts_at=starts_at,
        ends_at=ends_at,
        blocked_from=starts_at - timedelta(minutes=kind.buffer_before),
        blocked_until=ends_at + timedelta(minutes=kind.buffer_after),
        status="",
        version=0,
    )


def save(stories: list[Story]) -> None:
    """Every table at once; events in rounds, so that each finds the one that caused it, and the order is kept."""
    requests = [story.request for story in stories]
    visits = [story.visit for story in stories]
    newcomers = [request.patient for request in requests if request.patient.pk is None]
    search_keys.remember(Patient.objects.bulk_create(newcomers))
    AppointmentRequest.objects.bulk_create(requests)
    Appointment.objects.bulk_create(visits)
    RequestedTime.objects.bulk_create(
        RequestedTime(
            request=visit.request, rank=1, practitioner=visit.practitioner, location=visit.location,
            starts_at=visit.starts_at,
        )
        for visit in visits
        if visit.request.channel == Channel.WEB
    )  # fmt: skip
    for together in zip_longest(*(story.events for story in stories)):
        Event.objects.bulk_create(event for event in together if event)
    Message.objects.bulk_create(message for story in stories for message in story.messages)
