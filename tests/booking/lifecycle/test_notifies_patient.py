"""Every verb: those that tell write exactly one message, the others none, and both are kept or rolled back together."""

import inspect

import pytest
from django.db import transaction

from booking import lifecycle
from booking.lifecycle.clerk_holds import extend_hold, release_hold
from booking.models import Event, Message
from booking.notifications import messages
from tests.builders import Clinic, later, make_clerk, rows

pytestmark = pytest.mark.django_db


class Story:
    """A practice, a clerk, and a request in whatever state a verb needs."""

    def __init__(self):
        self.clinic, self.clerk = Clinic(), make_clerk()
        self.by = lifecycle.staff(self.clerk)
        self.first, self.second = self.clinic.slot(), self.clinic.slot(day=4)

    def new(self):
        return self.clinic.appointment_request(self.first)

    def offered(self):
        appointment_request = self.new()
        lifecycle.offer(appointment_request.pk, [self.second], later(days=1), by=self.by, now=later())
        return appointment_request

    def declined(self):
        appointment_request = self.new()
        lifecycle.decline(appointment_request.pk, "other", "Call us.", by=self.by, now=later())
        return appointment_request

    def appointment(self, slot=None):
        return self.clinic.appointment(slot or self.first)

    def arrived(self):
        return lifecycle.check_in(self.appointment().pk, by=self.by, now=self.first.starts_at)

    def desk(self, **more):
        return {"by": self.by, "now": later()} | more


# verb -> what it tells; None: nothing. Each makes its state, and answers how to act.
NOTIFIES = {
    "submit": ("received", lambda s: lambda: s.new()),
    "book": ("confirmed", lambda s: lambda: s.appointment()),
    "confirm": ("confirmed", lambda s: _on(s.new(), lifecycle.confirm, s.first, **s.desk())),
    "offer": ("offered", lambda s: _on(s.new(), lifecycle.offer, [s.second], later(days=1), **s.desk())),
    "accept_offer": ("confirmed", lambda s: _on(s.offered(), lifecycle.accept_offer, s.second, **s.desk())),
    "refuse_offer": (None, lambda s: _on(s.offered(), lifecycle.refuse_offer, **s.desk())),
    "extend_offer": (None, lambda s: _on(s.offered(), lifecycle.extend_offer, later(days=2), **s.desk())),
    "expire_offers": (
        "offer_expired", lambda s: (s.offered(), lambda: lifecycle.expire_offers(now=later(days=1)))[1],
    ),
    "waitlist": ("waitlisted", lambda s: _on(s.new(), lifecycle.waitlist, **s.desk())),
    "decline": ("declined", lambda s: _on(s.new(), lifecycle.decline, "other", "Call us.", **s.desk())),
    "withdraw": ("withdrawn", lambda s: _on(s.new(), lifecycle.withdraw, **s.desk(by=lifecycle.PATIENT))),
    "close": ("closed", lambda s: _on(s.new(), lifecycle.close, "Moved away.", **s.desk())),
    "reopen": ("received", lambda s: _on(s.declined(), lifecycle.reopen, "A mistake.", **s.desk())),
    "merge": (None, lambda s: _two(s, lifecycle.merge, "One person.")),
    "not_the_same": (None, lambda s: _two(s, lifecycle.not_the_same)),
    "reschedule": (
        "rescheduled", lambda s: _on(s.appointment(), lifecycle.reschedule, s.second, **s.desk(override=_why())),
    ),
    "ask_for_another_time": (
        "received",
        lambda s: _on(s.appointment(), lifecycle.ask_for_another_time, [s.second], {}, **s.desk(by=lifecycle.PATIENT)),
    ),
    "change_times": (None, lambda s: _on(s.new(), lifecycle.change_times, [s.second], {}, **s.desk())),
    "needs_rebooking": ("needs_rebooking", lambda s: _on(s.appointment(), lifecycle.mark_needs_rebooking, **s.desk())),
    "cancel": ("cancelled_by_us", lambda s: _on(s.appointment(), lifecycle.cancel, "clinic", **s.desk())),
    "check_in": (None, lambda s: _on(s.appointment(), lifecycle.check_in, **s.desk(now=s.first.starts_at))),
    "fulfil": (None, lambda s: _on(s.arrived(), lifecycle.fulfil, **s.desk(now=s.first.starts_at))),
    "mark_left": (None, lambda s: _on(s.arrived(), lifecycle.mark_left, **s.desk(now=s.first.starts_at))),
    "revert_status": (None, lambda s: _on(s.arrived(), lifecycle.revert_status, **s.desk(now=s.first.starts_at))),
    "no_show": (None, lambda s: _on(s.appointment(), lifecycle.no_show, **s.desk(now=s.first.starts_at))),
    "correct_patient": (
        None, lambda s: _on(s.new(), lifecycle.correct_patient, {"name": "Junia Demo"}, **s.desk()),
    ),
    "resend_link": ("link", lambda s: _on(s.new(), lifecycle.resend_link, **s.desk())),
    "claim": (None, lambda s: _on(s.new(), lifecycle.claim, user=s.clerk, now=later())),
    "take_over": (None, lambda s: _on(s.new(), lifecycle.take_over, user=s.clerk, now=later())),
    "release_claim": (None, lambda s: _on(_claimed(s), lifecycle.release_claim, user=s.clerk, now=later())),
    "log_call": (None, lambda s: _on(s.new(), lifecycle.log_call, "no_answer", **s.desk())),
    "mark_notified": (None, lambda s: _on(_to_call(s.declined()), lifecycle.mark_notified, **s.desk())),
    "add_note": (None, lambda s: _on(s.new(), lifecycle.add_note, "Stairs are hard.", **s.desk())),
    "hold": (None, lambda s: lambda: _hold(s)),
    "extend_hold": (None, lambda s: _on(_hold(s), extend_hold, user=s.clerk, now=later())),
    "release_hold": (None, lambda s: _on(_hold(s), release_hold, user=s.clerk, now=later())),
    "undo": (None, lambda s: _on(_last_event(s.declined()), lifecycle.undo, user=s.clerk, now=later())),
}  # fmt: skip
NOT_VERBS = {"desk", "lock_all_diaries", "undoable"}
everywhere = pytest.mark.parametrize(("verb", "kind", "prepare"), [(verb, *rest) for verb, rest in NOTIFIES.items()])


def _on(row, verb, *args, **kwargs):
    return lambda: verb(row.pk, *args, **kwargs)


def _two(story, verb, *args):
    other = story.clinic.appointment_request()  # without a time: both would want the same one
    return _on(story.new(), verb, other.pk, *args, **story.desk())


def _why():
    return lifecycle.Override("The patient asked for it.")


def _claimed(story):
    appointment_request = story.new()
    lifecycle.claim(appointment_request.pk, user=story.clerk, now=later())
    return appointment_request


def _hold(story):
    return lifecycle.hold(story.second, story.clinic.appointment_type, user=story.clerk, now=later(), override=_why())


def _last_event(appointment_request):
    return appointment_request.events.get(verb="decline")


def _to_call(appointment_request):
    Message.objects.filter(appointment_request=appointment_request, kind="declined").update(status="to_call")
    return appointment_request.messages.get(kind="declined")


def test_no_verb_is_left_out():
    verbs = {name for name in lifecycle.__all__ if inspect.isfunction(getattr(lifecycle, name))}
    assert verbs - NOT_VERBS == set(NOTIFIES)


@everywhere
def test_a_verb_tells_once_or_not_at_all(verb, kind, prepare):
    act = prepare(Story())
    before = set(Message.objects.values_list("pk", flat=True))
    act()
    notified = Message.objects.exclude(pk__in=before)
    assert list(notified.values_list("kind", flat=True)) == ([kind] if kind else [])


@everywhere
def test_verb_and_message_are_rolled_back_together(verb, kind, prepare):
    act = prepare(Story())
    before = rows()
    with transaction.atomic():
        act()
        transaction.set_rollback(True)
    assert rows() == before


@everywhere
def test_when_the_message_cannot_be_written_nothing_has_happened(verb, kind, prepare, monkeypatch):
    act = prepare(Story())
    before, events = rows(), list(Event.objects.values_list("pk", "to_status"))

    def broken(*_, **__):
        raise ZeroDivisionError

    for write in ("create", "get_or_create"):
        monkeypatch.setattr(messages.Message.objects, write, broken)
    if kind is None:
        act()
        return
    with pytest.raises(ZeroDivisionError):
        act()
    assert rows() == before
    assert list(Event.objects.values_list("pk", "to_status")) == events


def test_a_time_that_opens_for_the_list_is_told_in_other_words():
    story = Story()
    appointment_request = story.new()
    lifecycle.waitlist(appointment_request.pk, by=story.by, now=later())
    lifecycle.offer(appointment_request.pk, [story.second], later(days=1), by=story.by, now=later())
    assert appointment_request.messages.filter(status="queued").get().kind == "opening"


def test_what_the_patient_cancelled_is_told_in_other_words():
    story = Story()
    lifecycle.cancel(story.appointment().pk, "ill", by=story.by, now=later())
    assert Message.objects.filter(status="queued").get().kind == "cancelled_by_you"
