"""One story per function of the lifecycle: what it needs, how to call it, and the message it writes."""

from datetime import timedelta

from booking import lifecycle
from booking.lifecycle.clerk_holds import extend_hold, release_hold
from booking.models import Message
from booking.models.appointment_request import Ready
from booking.notifications import not_you
from booking.scheduling.closure_impact import Closing
from tests.builders import Clinic, later, make_clerk


class Story:
    """A practice, a clerk, and a request in the state that a verb needs."""

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

    def near(self, **more):
        """An hour before the first time."""
        return {"by": self.by, "now": self.first.starts_at - timedelta(hours=1)} | more

    def desk(self, **more):
        return {"by": self.by, "now": later()} | more


# verb -> the message that it writes, or None. Each function sets up the state and returns how to act.
STORIES = {
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
    "end_quietly": (None, lambda s: _on(s.new(), lifecycle.end_quietly, "died", **s.desk())),
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
    "prepare": (None, lambda s: _on(s.new(), lifecycle.prepare, {"scan": "yes"}, **s.desk(by=lifecycle.PATIENT))),
    "choose_reminders": (
        None, lambda s: _on(s.new(), lifecycle.choose_reminders, wanted=False, **s.desk(by=lifecycle.PATIENT)),
    ),
    "change_times": (None, lambda s: _on(s.new(), lifecycle.change_times, [s.second], {}, **s.desk())),
    "block": (None, lambda s: lambda: lifecycle.block(s.first, s.first.starts_at + timedelta(minutes=30), **s.desk())),
    "close_time": ("needs_rebooking", lambda s: _on_appointment(s)),
    "close_days": (
        None, lambda s: lambda: lifecycle.close_days({s.first.starts_at.date(): "Thanksgiving"}, **s.desk()),
    ),
    "undo_closure": (None, lambda s: _undone(s)),
    "end_absence": (None, lambda s: _back_early(s)),
    "unblock": (None, lambda s: _blocked(s)),
    "mark_needs_rebooking": (
        "needs_rebooking", lambda s: _on(s.appointment(), lifecycle.mark_needs_rebooking, **s.desk()),
    ),
    "cancel": ("cancelled_by_us", lambda s: _on(s.appointment(), lifecycle.cancel, "clinic", **s.desk())),
    "check_in": (None, lambda s: _on(s.appointment(), lifecycle.check_in, **s.desk(now=s.first.starts_at))),
    "fulfil": (None, lambda s: _on(s.arrived(), lifecycle.fulfil, **s.desk(now=s.first.starts_at))),
    "mark_left": (None, lambda s: _on(s.arrived(), lifecycle.mark_left, **s.desk(now=s.first.starts_at))),
    "revert_status": (None, lambda s: _on(s.arrived(), lifecycle.revert_status, **s.desk(now=s.first.starts_at))),
    "no_show": (None, lambda s: _on(s.appointment(), lifecycle.no_show, **s.desk(now=s.first.starts_at))),
    "running_late": (
        "running_late",
        lambda s: (s.appointment(), _late(s))[1],
    ),
    "correct_patient": (
        None, lambda s: _on(s.new(), lifecycle.correct_patient, {"name": "Junia Demo"}, **s.desk()),
    ),
    "disown_email": (None, lambda s: _disowned(s.new())),
    "allow_email": (None, lambda s: (_disowned(one := s.new())(), _on(one, lifecycle.allow_email, **s.desk()))[1]),
    "mark_ready": (None, lambda s: _on(s.new(), lifecycle.mark_ready, Ready.SCAN, **s.desk())),
    "resend_link": ("link", lambda s: _on(s.new(), lifecycle.resend_link, **s.desk())),
    "claim": (None, lambda s: _on(s.new(), lifecycle.claim, user=s.clerk, now=later())),
    "take_over": (None, lambda s: _on(s.new(), lifecycle.take_over, user=s.clerk, now=later())),
    "release_claim": (None, lambda s: _on(_claimed(s), lifecycle.release_claim, user=s.clerk, now=later())),
    "triage": (None, lambda s: _on(s.new(), lifecycle.triage, "urgent", "Losing height.", **s.desk())),
    "start_call": (None, lambda s: _on(s.new(), lifecycle.start_call, user=s.clerk, now=later())),
    "log_call": (None, lambda s: _on(s.new(), lifecycle.log_call, "no_answer", **s.desk())),
    "mark_notified": (None, lambda s: _on(_to_call(s.declined()), lifecycle.mark_notified, **s.desk())),
    "add_note": (None, lambda s: _on(s.new(), lifecycle.add_note, "Stairs are hard.", **s.desk())),
    "pin_note": (None, lambda s: _on(_note(s), lifecycle.pin_note, **s.desk())),
    "unpin_note": (None, lambda s: _on(_note(s, pin=True), lifecycle.unpin_note, **s.desk())),
    "hold": (None, lambda s: lambda: _hold(s)),
    "extend_hold": (None, lambda s: _on(_hold(s), extend_hold, user=s.clerk, now=later())),
    "release_hold": (None, lambda s: _on(_hold(s), release_hold, user=s.clerk, now=later())),
    "undo": (None, lambda s: _on(_last_event(s.declined()), lifecycle.undo, user=s.clerk, now=later())),
}  # fmt: skip


def _on(row, verb, *args, **kwargs):
    return lambda: verb(row.pk, *args, **kwargs)


def _disowned(row):
    told = not_you.Told(row.reference, not_you.fingerprint(row.patient.email))
    return lambda: lifecycle.disown_email(told, by=lifecycle.SYSTEM, now=later())


def _two(story, verb, *args):
    other = story.clinic.appointment_request()  # without a time: both would want the same one
    return _on(story.new(), verb, other.pk, *args, **story.desk())


def _why():
    return lifecycle.Override("The patient asked for it.")


def _claimed(story):
    appointment_request = story.new()
    lifecycle.claim(appointment_request.pk, user=story.clerk, now=later())
    return appointment_request


def _late(story):
    return lambda: lifecycle.running_late(story.clinic.practitioner.pk, 20, **story.near(tell=True))


def _note(story, **how):
    appointment_request = lifecycle.add_note(story.new().pk, "Stairs are hard.", **story.desk(**how))
    return appointment_request.events.get(verb="add_note")


def _hold(story):
    return lifecycle.hold(story.second, story.clinic.appointment_type, user=story.clerk, now=later(), override=_why())


def _last_event(appointment_request):
    return appointment_request.events.get(verb="decline")


def _to_call(appointment_request):
    Message.objects.filter(appointment_request=appointment_request, kind="declined").update(status="to_call")
    return appointment_request.messages.get(kind="declined")


def _blocked(story):
    blocked = lifecycle.block(story.first, story.first.starts_at + timedelta(minutes=30), **story.desk())
    return lambda: lifecycle.unblock(blocked.pk, **story.desk())


def _closed(story, appointment):
    day = appointment.starts_at.date()
    closing = Closing(day, day, 0, 1440, practitioner_id=appointment.practitioner_id)
    by = lifecycle.staff(story.clerk, form_key="pressed")
    return lifecycle.close_time(closing, [lifecycle.Seen(appointment.pk, appointment.version)], **story.desk(by=by))


def _undone(story):
    closure = _closed(story, story.appointment())
    return lambda: lifecycle.undo_closure(closure.pk, user=story.clerk, now=later())


def _back_early(story):
    closure = _closed(story, story.appointment())
    return lambda: lifecycle.end_absence(closure.pk, now=later())


def _on_appointment(story):
    appointment = story.appointment()
    return lambda: _closed(story, appointment)
