"""The patient has died, or it was booked for the wrong person: it ends without a message, now and later."""

from functools import partial

import pytest

from booking import lifecycle
from booking.lifecycle import holds
from booking.maintenance import integrity
from booking.models import Appointment, AppointmentRequest, Event, Message
from booking.notifications import links, messages, outbox, reminders
from tests.booking.desk.page import page_of, press
from tests.booking.desk.slot_finder.booking_form import BOOK
from tests.builders import MONDAY, Clinic, assert_settled, assert_sound, later, make_clerk, rows, taken_back, undoable
from tests.pages import words

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("reason", ["died", "wrong"])


@pytest.fixture
def clerk(clinic):
    return make_clerk()


@pytest.fixture
def by(clerk):
    return lifecycle.staff(clerk, "phone")


@pytest.fixture
def june(clinic, by):
    """A person with all there can be: under two patient rows, since she once wrote from the site."""
    return June(clinic, by)


class June:
    def __init__(self, clinic: Clinic, by: lifecycle.Actor):
        self.booked = clinic.appointment(clinic.slot(day=3), by=by)
        self.moving = lifecycle.ask_for_another_time(self.booked.pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
        self.new = clinic.appointment_request(clinic.slot(day=4))
        self.offered = clinic.appointment_request(patient={"name": "Demo, JUNE", "phone": "+17185550199"})
        slots = [clinic.slot(day=7), clinic.slot(day=8)]
        lifecycle.offer(self.offered.pk, slots, later(days=2), by=by, now=MONDAY)
        self.waitlisted = clinic.appointment_request()
        lifecycle.waitlist(self.waitlisted.pk, by=by, now=MONDAY)

    @property
    def requests(self):
        return [self.booked.appointment_request, self.moving, self.new, self.offered, self.waitlisted]

    def end(self, first, *also, reason="died", by, **how):
        return lifecycle.end_quietly(first.pk, reason, [row.pk for row in also], by=by, now=MONDAY, **how)


def states():
    appointments = Appointment.objects.order_by("pk").values_list("pk", "status", "cancel_code", "held_until")
    requests = AppointmentRequest.objects.order_by("pk")
    return list(appointments), list(requests.values_list("pk", "status", "quiet_end", "offer_until", "paused_at"))


def waiting():
    """Messages that would still reach somebody, by e-mail, phone or letter."""
    return Message.objects.filter(status__in=messages.UNDELIVERED)


# -- nothing is sent


@pytest.mark.parametrize(
    ("which", "reason"), [("new", "died"), ("offered", "wrong"), ("waitlisted", "died"), ("moving", "wrong")]
)
def test_an_open_request_ends_and_frees_its_time(june, by, reason, which):
    row = getattr(june, which)
    june.end(row, reason=reason, by=by)
    row.refresh_from_db()
    assert (row.status, row.quiet_end) == ("closed", reason)
    assert not row.appointments.filter(status="held").exists()
    assert not waiting().filter(appointment_request=row).exists()
    assert_sound()
    assert_settled()
    assert list(integrity.findings()) == []


@BOTH
def test_an_appointment_ends_and_frees_its_time(june, by, clinic, reason):
    june.end(june.booked.appointment_request, reason=reason, by=by)
    june.booked.refresh_from_db()
    assert (june.booked.status, june.booked.cancel_code) == ("cancelled", reason)
    assert not waiting().filter(appointment_request=june.booked.appointment_request).exists()
    assert clinic.appointment(clinic.slot(day=3), patient={"name": "Somebody Else"})
    assert list(integrity.findings()) == []


def test_a_request_for_another_time_ends_with_its_appointment(june, by):
    june.end(june.booked.appointment_request, by=by)
    june.moving.refresh_from_db()
    assert (june.moving.status, june.moving.quiet_end) == ("closed", "died")


def test_an_appointment_that_was_called_off_ends_with_the_request_to_rebook_it(clinic, by):
    appointment = clinic.appointment(by=by)
    to_rebook = lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=MONDAY)
    lifecycle.end_quietly(to_rebook.pk, "died", by=by, now=MONDAY)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.cancel_code) == ("cancelled", "died")
    assert not waiting().exists()


@BOTH
def test_all_that_is_ticked_ends_with_it_also_under_another_row(june, by, mailoutbox, reason):
    first, *also = june.requests
    june.end(first, *also, reason=reason, by=by)
    assert {row.status for row in AppointmentRequest.objects.all()} == {"confirmed", "closed"}
    assert {row.quiet_end for row in AppointmentRequest.objects.all()} == {reason}
    assert not Appointment.objects.filter(status__in=["held", "booked"]).exists()
    assert not waiting().exists()
    outbox.deliver_due(clock=lambda: later(hours=2))
    assert mailoutbox == []
    assert_sound()
    assert list(integrity.findings()) == []


def test_without_an_email_nobody_is_to_be_called_or_written_to_on_paper(clinic, by):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    lifecycle.waitlist(appointment_request.pk, by=lifecycle.staff(by.user), now=MONDAY)
    assert waiting().exists()
    lifecycle.end_quietly(appointment_request.pk, "died", by=by, now=MONDAY)
    assert not waiting().exists()


# -- nor later


@pytest.fixture
def ended(june, by):
    """June has died: her appointment ended, but nobody ticked the rest."""
    june.end(june.booked.appointment_request, by=by)
    return june


def remind(june, clinic):
    return reminders.write(now=later(days=9))


LATER = {
    "a reminder": lambda june, clinic, by: remind(june, clinic),
    "the end of an offer": lambda june, clinic, by: lifecycle.expire_offers(now=later(days=3)),
    "a freed time": lambda june, clinic, by: lifecycle.offer(
        june.waitlisted.pk, [clinic.slot(day=9)], later(days=1), by=by, now=MONDAY
    ),
    "a confirmation": lambda june, clinic, by: lifecycle.confirm(
        june.new.pk, clinic.slot(day=4), by=by, now=later(minutes=1)
    ),
    "a decline": lambda june, clinic, by: lifecycle.decline(june.new.pk, "other", "Call us.", by=by, now=MONDAY),
    "a closing letter": lambda june, clinic, by: lifecycle.close(june.new.pk, "No answer.", by=by, now=MONDAY),
    "a lost link": lambda june, clinic, by: messages.send_lost_link(
        reference=june.new.reference, birth_date=june.new.patient.birth_date, now=MONDAY
    ),
}


@pytest.mark.parametrize("email", ["june@example.org", ""])
def test_who_has_died_gets_no_message_of_any_kind_later(ended, clinic, by, mailoutbox, email):
    """What was not ticked is still there, of the same patient; it stays silent too."""
    patient = ended.booked.patient
    AppointmentRequest.objects.update(patient=patient)
    Appointment.objects.update(patient=patient)
    type(patient).objects.update(email=email)
    Message.objects.exclude(status="superseded").update(status="sent")
    for kind, happens in LATER.items():
        with taken_back():
            happens(ended, clinic, by)
            outbox.deliver_due(clock=partial(later, days=12))
            assert mailoutbox == [], kind
            assert not waiting().exists(), kind


def test_without_the_end_each_of_them_would_be_sent(june, clinic, by, mailoutbox):
    """The control."""
    for kind, happens in LATER.items():
        with taken_back():
            if kind == "a reminder":
                holds.release_expired(now=later(days=9))
            outbox.deliver_due(clock=partial(later, minutes=2))
            before = len(mailoutbox)
            happens(june, clinic, by)
            since = {"days": 9 if kind == "a reminder" else 3, "hours": 1}
            outbox.deliver_due(clock=partial(later, **since))
            assert len(mailoutbox) > before, kind


@BOTH
def test_no_link_is_sent_for_what_ended(june, by, reason):
    june.end(june.new, reason=reason, by=by)
    before = rows()
    with pytest.raises(lifecycle.NotAllowed) as refusal:
        lifecycle.resend_link(june.new.pk, by=by, now=MONDAY)
    assert "ended without a message" in refusal.value.sentence
    messages.send_lost_link(reference=june.new.reference, birth_date=june.new.patient.birth_date, now=MONDAY)
    assert rows() == before


def test_booked_for_the_wrong_person_silences_only_that_booking(june, by, mailoutbox):
    june.end(june.booked.appointment_request, reason="wrong", by=by)
    outbox.deliver_due(clock=lambda: later(minutes=2))
    told = {mail.subject[-13:-1] for mail in mailoutbox}
    assert str(june.new) in told
    assert str(june.booked.appointment_request) not in told


def test_what_is_already_being_sent_is_stopped(clinic, by, appointment_request, mailoutbox):
    message = outbox.claim(now=MONDAY)
    lifecycle.end_quietly(appointment_request.pk, "died", by=by, now=MONDAY)
    assert outbox.deliver(message, outbox.Post(), now=MONDAY) == "superseded"
    assert mailoutbox == []


def test_a_reminder_that_waits_is_stopped(clinic, by, mailoutbox):
    appointment = clinic.appointment(by=by)
    outbox.deliver_due(clock=lambda: later(minutes=2))
    assert reminders.write(now=later(days=9)) == 1
    lifecycle.end_quietly(appointment.appointment_request.pk, "died", by=by, now=later(days=9))
    outbox.deliver_due(clock=lambda: later(days=9))
    assert [mail.subject for mail in mailoutbox if "Reminder" in mail.subject] == []
    assert reminders.write(now=later(days=9, minutes=5)) == 0


# -- it can be undone


def last(appointment_request):
    return Event.objects.get(appointment_request=appointment_request, verb="end_quietly", cause=None)


@pytest.mark.parametrize(("first", "reason"), list(enumerate(["died", "wrong", "died", "wrong", "died"])))
def test_undo_brings_back_everything(june, by, clerk, reason, first):
    before, told = states(), set(waiting().values_list("pk", flat=True))
    requests = june.requests[first:] + june.requests[:first]
    june.end(requests[0], *requests[1:], reason=reason, by=by)
    assert states() != before
    lifecycle.undo(last(requests[0]).pk, user=clerk, now=later(seconds=30))
    assert states() == before
    assert set(waiting().values_list("pk", flat=True)) == told
    assert_sound()
    assert list(integrity.findings()) == []


def test_after_undo_messages_are_sent_again(june, by, clerk, mailoutbox):
    june.end(june.new, june.waitlisted, by=by)
    lifecycle.undo(last(june.new).pk, user=clerk, now=later(seconds=30))
    outbox.deliver_due(clock=lambda: later(minutes=2))
    told = {mail.subject[-13:-1] for mail in mailoutbox}
    assert {str(june.new), str(june.waitlisted)} <= told


def test_a_lead_reopens_what_ended_by_mistake_and_it_may_be_written_to_again(june, by):
    june.end(june.new, by=by)
    back = lifecycle.reopen(june.new.pk, "It was her mother.", by=by, now=later(days=1))
    assert (back.status, back.quiet_end) == ("new", "")
    assert waiting().filter(appointment_request=back, kind="received").exists()


def test_another_clerk_does_not_undo_it(june, by):
    june.end(june.new, by=by)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(last(june.new).pk, user=make_clerk(), now=later(seconds=30))


# -- and undone long after: nobody was told, so there is no hurry


@pytest.mark.parametrize(
    ("first", "days", "reason"),
    [(0, 0.001, "died"), (0, 30, "wrong"), (2, 0.001, "wrong"), (2, 30, "died"), (4, 0.001, "died"), (4, 30, "wrong")],
)
def test_undo_is_not_too_late_days_later(june, by, clerk, reason, first, days):
    booked = june.booked.appointment_request
    requests = june.requests[first:] + june.requests[:first]
    june.end(requests[0], *requests[1:], reason=reason, by=by)
    event, now = last(requests[0]), later(days=days)
    assert undoable(requests[0].pk, user=clerk, now=now) == event
    lifecycle.undo(event.pk, user=clerk, now=now)
    june.booked.refresh_from_db()
    booked.refresh_from_db()
    assert (june.booked.status, june.booked.cancel_code, booked.status) == ("booked", "", "confirmed")
    assert not AppointmentRequest.objects.exclude(quiet_end="").exists()
    assert not AppointmentRequest.objects.filter(status="closed").exists()
    assert_sound()
    assert list(integrity.findings()) == []


def test_a_lead_undoes_a_coworkers_quiet_end_days_later_with_a_reason(june, by):
    june.end(june.booked.appointment_request, by=by)
    event, lead = last(june.booked.appointment_request), make_clerk()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo(event.pk, user=lead, now=later(days=2), others=True)
    lifecycle.undo(event.pk, user=lead, now=later(days=2), others=True, note="It was her mother.")
    june.booked.refresh_from_db()
    assert june.booked.status == "booked"


def test_undo_is_refused_in_true_words_once_the_time_has_been_booked(clinic, june, by, clerk):
    june.end(june.booked.appointment_request, by=by)
    clinic.appointment(clinic.slot(day=3), patient={"name": "Somebody Else"})
    before = states(), rows()
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.undo(last(june.booked.appointment_request).pk, user=clerk, now=later(days=1))
    assert (states(), rows()) == before


def test_undo_is_refused_once_something_else_has_been_done(june, by, clerk):
    june.end(june.new, by=by)
    event = last(june.new)
    lifecycle.reopen(june.new.pk, "It was her mother.", by=by, now=later(days=1))
    with pytest.raises(lifecycle.AlreadyHandled):
        lifecycle.undo(event.pk, user=clerk, now=later(days=2))


@pytest.mark.parametrize("email", ["june@example.org", ""])
def test_what_was_silenced_meanwhile_is_told_after_undo(clinic, june, by, clerk, email):
    """The patient was booked again while the row was mute."""
    patient = june.booked.patient
    type(patient).objects.update(email=email)
    june.end(june.booked.appointment_request, by=by)
    since = clinic.appointment(clinic.slot(day=9), by=by, now=later(hours=1))
    AppointmentRequest.objects.filter(pk=since.appointment_request_id).update(patient=patient)
    Appointment.objects.filter(pk=since.pk).update(patient=patient)
    Message.objects.filter(appointment_request=since.appointment_request_id).update(status="superseded")
    lifecycle.undo(last(june.booked.appointment_request).pk, user=clerk, now=later(days=1))
    assert waiting().filter(appointment_request=since.appointment_request_id, kind="confirmed").exists() == bool(email)
    assert Message.objects.filter(appointment_request=since.appointment_request_id).latest("pk").status != "superseded"


def test_the_request_page_offers_undo_days_later(client, june, by, clerk):
    june.end(june.booked.appointment_request, by=by)
    Event.objects.update(at=later(days=-200))
    client.force_login(clerk)
    page = client.get(page_of(june.booked.appointment_request))
    assert f"/admin/desk/undo/{last(june.booked.appointment_request).pk}/" in page.text
    assert "Nobody was notified, so you can undo this later, too." in words(page)
    client.post(f"/admin/desk/undo/{last(june.booked.appointment_request).pk}/")
    june.booked.refresh_from_db()
    assert june.booked.status == "booked"


def test_too_late_for_an_act_that_told_nobody_does_not_say_to_call(clinic, by, clerk):
    kept, twin = clinic.appointment_request(), clinic.appointment_request()
    lifecycle.merge(twin.pk, kept.pk, "One person.", by=by, now=MONDAY)
    with pytest.raises(lifecycle.NotAllowed) as refusal:
        lifecycle.undo(twin.events.get(verb="merge").pk, user=clerk, now=later(days=1))
    assert refusal.value.sentence == "It’s too late to undo."


# -- what comes later says so


def test_a_later_booking_of_who_is_recorded_as_died_says_so(client, clinic, june, by, clerk):
    june.end(june.booked.appointment_request, by=by)
    AppointmentRequest.objects.update(patient=june.booked.patient)
    Appointment.objects.update(patient=june.booked.patient)
    lifecycle.confirm(june.new.pk, clinic.slot(day=4), by=by, now=later(minutes=1))
    client.force_login(clerk)
    page = words(client.get(page_of(june.new)))
    assert "Recorded as deceased" in page
    assert "Your appointment is confirmed: not sent: the patient has died" in page
    assert "replaced by a newer message" not in page.split("Your appointment is confirmed")[1][:60]
    answered = words(client.get("/admin/desk/", {"view": "answered"}))
    assert "not sent: the patient has died" in answered
    picker = words(client.post(BOOK, {"q": "june demo", "find": "1"}))
    assert "Recorded as deceased" in picker


def test_who_lives_is_not_recorded_as_died(client, june, by, clerk):
    june.end(june.booked.appointment_request, reason="wrong", by=by)
    client.force_login(clerk)
    page = words(client.get(page_of(june.booked.appointment_request)))
    assert "Recorded as deceased" not in page
    assert "not sent: booked for the wrong person" in page
    assert "Recorded as deceased" not in words(client.post(BOOK, {"q": "june demo", "find": "1"}))


def test_a_message_that_was_replaced_before_the_end_still_says_so(client, clinic, june, by, clerk):
    Message.objects.filter(appointment_request=june.booked.appointment_request, kind="confirmed").update(status="sent")
    Message.objects.filter(appointment_request=june.waitlisted, kind="waitlisted").update(status="sent")
    june.end(june.waitlisted, by=by)
    client.force_login(clerk)
    assert "We have your request: replaced by a newer message" in words(client.get(page_of(june.waitlisted)))


# -- what is refused


OTHERS = [
    {"name": "Jane Demo"},
    {"birth_date": "1951-09-03"},
    {"name": "Juna Demo"},
    {"name": "June"},
    {"name": "Demo"},
]


def test_another_persons_request_does_not_end_with_it(clinic, june, by):
    for stranger in [clinic.appointment_request(patient=change) for change in OTHERS]:
        before = states(), rows()
        with pytest.raises(lifecycle.NotAllowed) as refusal:
            june.end(june.new, stranger, by=by)
        assert str(stranger) in refusal.value.sentence
        assert (states(), rows()) == before, stranger.patient.name


def test_no_other_reason_is_taken(june, by):
    before = rows()
    for reason in ("", "clinic", "DIED", "patient", "x"):
        with pytest.raises(lifecycle.NotAllowed):
            june.end(june.new, reason=reason, by=by)
        assert rows() == before, reason


@pytest.mark.parametrize("state", ["declined", "withdrawn", "closed", "cancelled", "fulfilled", "started"])
def test_what_has_ended_is_not_ended_again(clinic, by, state):
    if state in ("declined", "withdrawn", "closed"):
        row = clinic.appointment_request()
        AppointmentRequest.objects.filter(pk=row.pk).update(status=state, decline_code="other")
    else:
        appointment = clinic.appointment(by=by)
        row = appointment.appointment_request
        if state != "started":
            Appointment.objects.filter(pk=appointment.pk).update(status=state, cancel_code="ill")
    now = clinic.slot().starts_at if state == "started" else MONDAY
    with pytest.raises(lifecycle.NotAllowed) as refusal:
        lifecycle.end_quietly(row.pk, "died", by=by, now=now)
    assert "has already ended" in refusal.value.sentence


def test_a_colleague_who_was_faster_is_named(june, by):
    lifecycle.decline(june.new.pk, "other", "Call us.", by=by, now=MONDAY)
    with pytest.raises(lifecycle.AlreadyHandled):
        june.end(june.new, by=by, version=june.new.version)


# -- the desk's pages


def test_the_page_offers_the_end_with_all_that_the_same_person_has(client, june, clerk):
    client.force_login(clerk)
    for row in (june.new, june.offered, june.waitlisted, june.booked):
        is_booked = row == june.booked
        page = client.get(f"/admin/desk/appointments/{row.pk}/cancel/" if is_booked else page_of(row))
        own = row.appointment_request if is_booked else row
        for other in june.requests:
            assert (f'name="also" value="{other}"' in page.text.replace("\n", " ")) == (other != own)
        assert "The patient has died" in words(page)
        assert "Booked for the wrong person" in words(page)
        assert ("Appointment Thu, Dec 3, 9:00 AM with Dr. Mara Ellison, MD" in words(page)) == (not is_booked)
        assert "checked" not in page.text.split('name="also"')[1][:200]


def test_another_persons_requests_are_not_offered(client, clinic, june, clerk):
    client.force_login(clerk)
    stranger = clinic.appointment_request(patient={"name": "June Other"})
    assert str(stranger) not in client.get(page_of(june.new)).text.split('name="quiet"')[1]


def test_pressing_the_button_ends_it_and_the_bar_takes_it_back(client, june, clerk):
    client.force_login(clerk)
    also = [str(june.waitlisted), str(june.booked.appointment_request)]
    page = words(press(client, "end_quietly", june.new, follow=True, quiet="died", also=also))
    assert "Ended without a message: June Demo" in page
    assert "Nobody was notified, so you can undo this later, too." in page
    assert set(AppointmentRequest.objects.exclude(quiet_end="").values_list("pk", flat=True)) == {
        june.new.pk, june.waitlisted.pk, june.booked.appointment_request_id, june.moving.pk,
    }  # fmt: skip
    shown = words(client.get(page_of(june.new)))
    assert "The patient has died No message is sent about it." in shown
    assert "Ended without a message (The patient has died)" in shown
    client.post(f"/admin/desk/undo/{last(june.new).pk}/")
    assert not AppointmentRequest.objects.exclude(quiet_end="").exists()


@pytest.mark.once
def test_a_form_with_mistakes_ends_nothing(client, june, clerk):
    client.force_login(clerk)
    for posted in ({}, {"quiet": "x"}, {"quiet": "died", "also": "nonsense"}):
        assert press(client, "end_quietly", june.new, **posted).status_code == 400, posted
        assert not AppointmentRequest.objects.exclude(quiet_end="").exists(), posted
    assert press(client, "end_quietly", june.new, quiet="wrong").status_code == 302


def test_the_ordinary_cancellation_does_not_offer_these_reasons(client, june, clerk):
    client.force_login(clerk)
    address = f"/admin/desk/appointments/{june.booked.pk}/cancel/"
    ordinary = client.get(address).text.split("<details")[0]
    assert "Booked by mistake" in ordinary
    assert "died" not in ordinary
    assert client.post(address, {"version": june.booked.version, "code": "died"}).status_code == 400


@BOTH
def test_the_private_page_says_no_reason(client, june, by, reason):
    first, *also = june.requests
    june.end(first, *also, reason=reason, by=by)
    for row in june.requests:
        row.refresh_from_db()
        page = words(client.get(f"/visit/{links.secret(row)}/"))
        assert "Is that a surprise to you? Call us" in page
        assert not any(word in page for word in ("died", "wrong", "sorry", "could not reach", "You canceled"))
