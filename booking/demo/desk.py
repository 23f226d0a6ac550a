"""Creates demo requests through the same verbs as everybody else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import F

from booking import lifecycle
from booking.demo import people
from booking.lifecycle import Actor, Draft
from booking.models import AppointmentRequest, Message, Reason
from booking.models.reference import new_reference
from booking.scheduling.response_deadline import response_deadline
from booking.scheduling.slots import Rules, Slot, open_times
from clinic.models import Location
from clinic.practice_info import local_date, practice_info
from procedures.models import PublishedVersion

Request = AppointmentRequest


@dataclass(frozen=True)
class Scene:
    """A demo request: the patient, `days` desk days ago at an hour (0: `hour` hours ago), and what happened then."""

    name: str
    born: date
    phone: int
    reason: str
    days: int = 0
    hour: float = 1
    times: int = 1
    person: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    office: str = ""
    from_page: bool = False
    then: Callable[["Desk", Request], None] | None = None


@dataclass(frozen=True)
class Desk:
    now: datetime
    rosa: Actor
    dmitri: Actor
    rng: Random

    def ago(self, days: int, hour: float) -> datetime:
        """That hour of the n-th desk day before today."""
        if days == 0:
            return self.now - timedelta(hours=hour)
        day = local_date(self.now)
        while days:
            day -= timedelta(days=1)
            days -= desk_is_open(day)
        return datetime.combine(day, time(int(hour), int(hour % 1 * 60)), practice_info().zone).astimezone(UTC)

    def send(self, scene: Scene) -> Request:
        at = self.ago(scene.days, scene.hour)
        draft = self.draft(scene)
        draft.times = self.choice(draft, at)[: scene.times]
        appointment_request = lifecycle.submit(draft, now=at)
        mail(self.now)
        if scene.then:
            scene.then(self, appointment_request)
        return appointment_request

    def draft(self, scene: Scene) -> Draft:
        reason = Reason.objects.select_related("appointment_type_new", "appointment_type_returning").get(
            slug=scene.reason
        )
        appointment_type = reason.appointment_type(returning=scene.answers.get("returning", False))
        number = people.phone(scene.phone)
        person = {
            "name": scene.name, "birth_date": scene.born, "phone": number, "phone_typed": people.as_typed(number),
            "email": people.email(scene.name, scene.phone), "may_leave_message": True,
        }  # fmt: skip
        answers = {
            "reason": reason, "appointment_type": appointment_type, "wants_call": not scene.times,
            "location": Location.objects.filter(slug=scene.office).first(),
            "from_version": PublishedVersion.objects.first() if scene.from_page else None,
            "reference": new_reference(self.rng.choice),
        }  # fmt: skip
        asked = dict.fromkeys(AppointmentRequest.PAPERS, "unsure")
        key = UUID(int=self.rng.getrandbits(128), version=4)
        return Draft(person | scene.person, answers | asked | scene.answers, [], key)

    def choice(self, draft: Draft, at: datetime) -> list[Slot]:
        """Three open times in the three weeks that start a week later."""
        day = local_date(at) + timedelta(days=7)
        kind, office = draft.answers["appointment_type"], draft.answers["location"]
        found = open_times(
            kind,
            Rules.public(kind, response_deadline(now=at)),
            now=at,
            first_day=day,
            last_day=day + timedelta(weeks=3),
            locations=[office.pk] if office else None,
        )
        return self.rng.sample(found, min(3, len(found)))

    def after(self, appointment_request: Request, **delta: float) -> datetime:
        """Some time after the request came, and always before now."""
        return min(appointment_request.submitted_at + timedelta(**delta), self.now - timedelta(minutes=3))


def desk_is_open(day: date) -> bool:
    closed = any(c.location_id is None and c.first_day <= day <= c.last_day for c in practice_info().closures)
    return not closed and day.weekday() in {weekday for weekday, *_ in practice_info().desk.hours}


def mail(now: datetime) -> None:
    """Mark messages that were due a while ago as sent."""
    due = Message.objects.filter(status=Message.Status.QUEUED, due_at__lt=now - timedelta(minutes=2))
    due.update(status=Message.Status.SENT, sent_at=F("due_at"), attempts=1)
