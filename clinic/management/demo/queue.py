"""A queue of requests, one for every state and every trap of the desk’s day, made by the verbs at earlier times."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import F

from booking import lifecycle
from booking.lifecycle import By, Draft, holds
from booking.lifecycle._move import move
from booking.lifecycle.request import NEXT
from booking.models import Appointment, AppointmentRequest, Message, Reason
from booking.models.request import Channel
from booking.promise import hold_end, reply_promise
from booking.reference import new_reference
from booking.slots import Rules, Slot, open_times
from clinic.frame import frame
from clinic.management.demo import people
from clinic.models import Location
from procedures.models import PublishedVersion

Asked, Decline = AppointmentRequest.Status, AppointmentRequest.DeclineCode
Request = AppointmentRequest


@dataclass(frozen=True)
class Scene:
    """Who asks for what, `days` desk days ago at an hour (0: `hour` hours ago), and what happened then."""

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
    rosa: By
    dmitri: By
    rng: Random

    def ago(self, days: int, hour: float) -> datetime:
        """At that hour of the n-th day before today on which the desk was open."""
        if days == 0:
            return self.now - timedelta(hours=hour)
        day = self.now.astimezone(frame().zone).date()
        while days:
            day -= timedelta(days=1)
            days -= desk_is_open(day)
        return datetime.combine(day, time(int(hour), int(hour % 1 * 60)), frame().zone).astimezone(UTC)

    def send(self, scene: Scene) -> Request:
        at = self.ago(scene.days, scene.hour)
        draft = self.draft(scene)
        draft.times = self.choice(draft, at)[: scene.times]
        request = lifecycle.submit(draft, now=at)
        mail(self.now)
        if scene.then:
            scene.then(self, request)
        return request

    def draft(self, scene: Scene) -> Draft:
        reason = Reason.objects.select_related("visit_type_new", "visit_type_returning").get(slug=scene.reason)
        visit_type = reason.visit_type(returning=scene.answers.get("returning", False))
        number = people.phone(scene.phone)
        person = {
            "name": scene.name, "birth_date": scene.born, "phone": number, "phone_typed": people.as_typed(number),
            "email": people.email(scene.name, scene.phone), "may_leave_message": True,
        }  # fmt: skip
        answers = {
            "reason": reason, "visit_type": visit_type, "wants_call": not scene.times,
            "location": Location.objects.filter(slug=scene.office).first(),
            "from_version": PublishedVersion.objects.first() if scene.from_page else None,
            "reference": new_reference(self.rng.choice),
        }  # fmt: skip
        key = UUID(int=self.rng.getrandbits(128), version=4)
        return Draft(person | scene.person, answers | scene.answers, [], key)

    def choice(self, draft: Draft, at: datetime) -> list[Slot]:
        """Three of the open times of the three weeks that begin a week from then."""
        day = at.astimezone(frame().zone).date() + timedelta(days=7)
        kind, office = draft.answers["visit_type"], draft.answers["location"]
        found = open_times(
            kind,
            Rules.public(kind, reply_promise(now=at)),
            now=at,
            first_day=day,
            last_day=day + timedelta(weeks=3),
            locations=[office.pk] if office else None,
        )
        return self.rng.sample(found, min(3, len(found)))

    def after(self, request: Request, **delta: float) -> datetime:
        """Some time after the request came, and always before now."""
        return min(request.submitted_at + timedelta(**delta), self.now - timedelta(minutes=3))


def desk_is_open(day: date) -> bool:
    closed = any(c.location_id is None and c.first_day <= day <= c.last_day for c in frame().closures)
    return not closed and day.weekday() in {weekday for weekday, *_ in frame().desk.hours}


# -- what happened to a request; offers, waiting list and closing have no verb yet: they go by its table


def offered(desk: Desk, request: Request) -> None:
    at = desk.after(request, hours=3)
    event = move(request, Asked.OFFERED, NEXT, verb="offer", by=desk.rosa, now=at, paused_at=at)
    holds.release(holds.own_holds(request), by=desk.rosa, now=at, cause=event)
    for slot in apart(desk.choice(draft_of(request), at)):
        until = hold_end(reply_by=request.reply_by, starts_at=slot.starts_at, location_id=None)
        holds.hold(request, slot, until, by=desk.rosa, now=at, cause=event)


def refused(desk: Desk, request: Request) -> None:
    offered(desk, request)
    at = desk.after(request, hours=5)
    event = move(
        request, Asked.NEW, NEXT, verb="refuse", by=lifecycle.PATIENT, now=at, paused_at=None,
        returned=Request.Returned.REFUSED,
    )  # fmt: skip
    holds.release(holds.own_holds(request), by=lifecycle.PATIENT, now=at, cause=event)


def waitlisted(desk: Desk, request: Request) -> None:
    at = desk.after(request, hours=2)
    event = move(request, Asked.WAITLISTED, NEXT, verb="waitlist", by=desk.rosa, now=at)
    holds.release(holds.own_holds(request), by=desk.rosa, now=at, cause=event)


def closed_as_duplicate(desk: Desk, request: Request) -> None:
    kept = Request.objects.filter(patient__name=request.patient.name).exclude(pk=request.pk).first()
    at = desk.after(request, minutes=40)
    event = move(request, Asked.CLOSED, NEXT, verb="close", by=desk.dmitri, now=at, duplicate_of=kept)
    holds.release(holds.own_holds(request), by=desk.dmitri, now=at, cause=event)


def declined(desk: Desk, request: Request) -> None:
    sentence = (
        "We need a picture of your spine before we can help. Ask your own doctor to order an X-ray or an MRI, "
        "then send us a new request."
    )
    at = desk.after(request, hours=4)
    lifecycle.decline(request.pk, Decline.NEEDS_SCAN, sentence, by=desk.rosa, now=at)


def withdrawn(desk: Desk, request: Request) -> None:
    lifecycle.withdraw(request.pk, by=lifecycle.PATIENT, now=desk.after(request, hours=6))


def confirmed(desk: Desk, request: Request) -> None:
    lifecycle.confirm(request.pk, first_choice(request), by=desk.rosa, now=desk.after(request, hours=2))


def confirmed_just_now(desk: Desk, request: Request) -> None:
    at = desk.now - timedelta(seconds=20)
    lifecycle.confirm(request.pk, first_choice(request), by=desk.rosa, now=at)


def confirmed_then_cancelled(desk: Desk, request: Request) -> None:
    confirmed(desk, request)
    visit = request.appointments.get(status=Appointment.Status.BOOKED)
    code = Appointment.CancelCode.PRACTITIONER_OUT
    lifecycle.cancel(visit.pk, code, by=desk.dmitri, now=desk.after(request, hours=5))


def taken(desk: Desk, request: Request) -> None:
    """Its hold ran out, and somebody on the phone has got the time since."""
    hold = request.appointments.get()
    Appointment.objects.filter(pk=hold.pk).update(held_until=desk.after(request, hours=6))
    other = desk.draft(Scene("Harriet Demo", date(1960, 6, 2), 81, request.reason.slug))
    other.answers["visit_type"] = request.visit_type
    clerk = By(desk.rosa.actor, desk.rosa.user, Channel.PHONE)
    lifecycle.book(other, first_choice(request), by=clerk, now=desk.after(request, hours=7))


def first_choice(request: Request) -> Slot:
    wanted = request.requested_times.first()
    return Slot(wanted.starts_at, wanted.practitioner_id, wanted.location_id)


def draft_of(request: Request) -> Draft:
    return Draft({}, {"visit_type": request.visit_type, "location": request.location})


def apart(slots: list[Slot]) -> list[Slot]:
    """One time for each practitioner: held times of one may not overlap."""
    return sorted({slot.practitioner_id: slot for slot in slots}.values())


DAUGHTER = {
    "helper_name": "Anna Demo", "helper_phone": "(718) 555-0108", "helper_relation": "daughter",
    "may_speak_with_helper": True,
}  # fmt: skip
RUSSIAN, SPANISH, CANTONESE = (
    {"language": language, "needs_interpreter": True} for language in ("Russian", "Spanish", "Cantonese")
)
MEDICARE, RETURNING, NO_MAIL = {"insurance": "medicare"}, {"returning": True}, {"email": ""}
FELL = {"note": "Fell in the kitchen two weeks ago. It hurts to stand."}
MORNINGS = {"best_time": "morning", "part_of_day": "morning"}
SCENES = [
    Scene("Ирина Demo", date(1948, 3, 3), 7, "broken-bone", 2, 10.1, 3, RUSSIAN | {"needs": ["walker"]},
          DAUGHTER | MEDICARE | FELL | {"scan": "yes", "referral": "no"} | MORNINGS, from_page=True),
    Scene("Carlos Demo", date(1955, 7, 21), 19, "low-back-pain", 1, 10.5, 2, SPANISH, RETURNING | {"scan": "yes"}),
    Scene("Ruth Demo", date(1943, 1, 30), 33, "back-pain-after-a-fall", 1, 11.2, 0, {"needs": ["wheelchair"]},
          DAUGHTER | MEDICARE | {"never_days": [0, 4]} | MORNINGS),
    Scene("偉明 Demo", date(1960, 11, 5), 68, "neck-pain", 0, 2.5, 2, CANTONESE | NO_MAIL, {"insurance": "medicaid"}),
    Scene("Oluwaseun Adebayo-Fitzgerald Demo", date(1957, 2, 14), 44, "kyphoplasty-question", 0, 0.4, 3, {},
          MEDICARE | {"scan": "yes", "referral": "yes"}, from_page=True),
    Scene("Lucía Demo", date(1956, 5, 9), 52, "broken-bone", 0, 1.2, 1, SPANISH, office="harbor-avenue",
          from_page=True),
    Scene("Gwen Demo", date(1953, 8, 17), 90, "injection-wore-off", 2, 9.3, 1, {"needs": ["hearing"]}, RETURNING,
          then=taken),
    Scene("Marion Demo", date(1938, 12, 24), 2, "injection-wore-off", 1, 9.2, 1, {"needs": ["hearing"]},
          RETURNING | {"insurance": "advantage"}, then=offered),
    Scene("Józef Demo", date(1952, 4, 11), 75, "leg-pain", 1, 9.5, 2, {"language": "Polish"}, then=refused),
    Scene("Nguyễn Thị Hạnh Demo", date(1964, 9, 8), 11, "low-back-pain", 2, 13, 1, {"language": "Vietnamese"},
          MORNINGS, then=waitlisted),
    Scene("Frances Demo", date(1947, 10, 2), 26, "leg-pain", 2, 11, 1, {}, {"scan": "no"}, then=declined),
    Scene("Dolores Demo", date(1945, 6, 19), 59, "neck-pain", 1, 9.1, 0, NO_MAIL, {"scan": "no"}, then=declined),
    Scene("Peter Demo", date(1969, 3, 27), 83, "neck-pain", 2, 14, 1, {}, {"insurance": "no_fault"}, then=withdrawn),
    Scene("Ирина Demo", date(1948, 3, 3), 7, "broken-bone", 1, 12, 1, RUSSIAN, then=closed_as_duplicate),
    Scene("Abram Demo", date(1941, 2, 6), 4, "broken-bone", 2, 9.6, 2, {"needs": ["wheelchair", "transfer"]},
          MEDICARE | {"scan": "yes"}, then=confirmed),
    Scene("Nadia Demo", date(1962, 1, 12), 37, "low-back-pain", 1, 9.9, 1, NO_MAIL, office="harbor-avenue",
          then=confirmed),
    Scene("Edward Demo", date(1950, 12, 1), 21, "injection-wore-off", 1, 13.5, 1, {}, RETURNING,
          then=confirmed_just_now),
    Scene("فاطمة Demo", date(1958, 8, 30), 64, "leg-pain", 2, 12.5, 1, {"language": "Arabic"} | NO_MAIL,
          then=confirmed_then_cancelled),
]  # fmt: skip


def ask(*, now: datetime, rosa: By, dmitri: By, rng: Random) -> int:
    """Send all scenes, oldest first; answers how many there are."""
    desk = Desk(now, rosa, dmitri, rng)
    in_order = sorted(SCENES, key=lambda scene: desk.ago(scene.days, scene.hour))
    for scene in in_order:
        desk.send(scene)
    mail(now)
    return len(in_order)


def mail(now: datetime) -> None:
    """What was due a while ago has left."""
    due = Message.objects.filter(status=Message.Status.QUEUED, due_at__lt=now - timedelta(minutes=2))
    due.update(status=Message.Status.SENT, sent_at=F("due_at"), attempts=1)
