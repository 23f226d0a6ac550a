"""What the desk does besides answering: waitlist, close, reopen, claim, calls, notes, patient details, merging."""

from datetime import date, timedelta

import pytest

from booking import lifecycle
from booking.models import AppointmentRequest, Event, Message, Patient
from booking.notifications import links
from booking.scheduling.call_times import next_tries
from clinic.models import OfficeHours
from tests.booking.desk.page import fresh
from tests.builders import MONDAY, assert_settled, assert_sound, later, local, make_clerk, rows, undoable, walk

SOON = later(minutes=5)
Status = AppointmentRequest.Status


@pytest.fixture
def dmitri(clinic):
    return lifecycle.staff(make_clerk(role=None, first_name="Dmitri"))


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()


def statuses(appointment_request):
    return list(appointment_request.appointments.values_list("status", flat=True))


# -- waitlist, close, reopen


def test_the_waitlist_frees_the_time_and_pauses_the_deadline(clinic, rosa, appointment_request):
    lifecycle.waitlist(appointment_request.pk, by=rosa, now=SOON)
    appointment_request = fresh(appointment_request)
    assert (appointment_request.status, appointment_request.paused_at, statuses(appointment_request)) == (
        "waitlisted",
        SOON,
        ["released"],
    )
    assert appointment_request.messages.get(kind="waitlisted").event.verb == "waitlist"


def test_closing_after_enough_calls_needs_no_reason(clinic, rosa, appointment_request):
    for n in range(3):
        lifecycle.log_call(appointment_request.pk, "no_answer", by=rosa, now=later(hours=n))
    lifecycle.close(appointment_request.pk, by=rosa, now=later(hours=3))
    appointment_request = fresh(appointment_request)
    assert (appointment_request.status, statuses(appointment_request)) == ("closed", ["released"])
    assert appointment_request.messages.get(kind="closed").status == "queued"


def test_closing_earlier_needs_a_reason(clinic, rosa, appointment_request):
    before = rows()
    for reason in ("", "  "):
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.close(appointment_request.pk, reason, by=rosa, now=SOON)
    assert rows() == before
    lifecycle.close(appointment_request.pk, "The number belongs to a shop.", by=rosa, now=SOON)
    assert fresh(appointment_request).events.get(verb="close").note == "The number belongs to a shop."


def test_a_patient_without_email_gets_a_letter(clinic, rosa):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    lifecycle.close(appointment_request.pk, "Nobody there.", by=rosa, now=SOON)
    assert Message.objects.get(kind="closed").status == "to_print"


@pytest.mark.parametrize("end", ["declined", "withdrawn", "closed"])
def test_reopening_an_answered_request_sets_a_new_deadline(clinic, rosa, appointment_request, end):
    walk(appointment_request, end)
    lifecycle.reopen(appointment_request.pk, "Called back.", by=rosa, now=later(days=3))
    appointment_request = fresh(appointment_request)
    assert (
        appointment_request.status,
        appointment_request.decline_code,
        appointment_request.answer,
        appointment_request.attempts,
    ) == ("new", "", "", 0)
    assert appointment_request.respond_by == local(2026, 11, 27, 17)
    assert appointment_request.messages.last().kind == "received"
    assert appointment_request.events.get(verb="reopen").note == "Called back."


def test_reopening_requires_a_reason(clinic, rosa):
    appointment_request = walk(clinic.appointment_request(), "declined")
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.reopen(appointment_request.pk, " ", by=rosa, now=SOON)


@pytest.mark.parametrize("status", ["new", "offered", "waitlisted", "confirmed"])
def test_an_unanswered_request_cannot_be_reopened(clinic, rosa, status):
    appointment_request = (
        clinic.appointment().appointment_request
        if status == "confirmed"
        else walk(clinic.appointment_request(), status)
    )
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.reopen(appointment_request.pk, "Why not.", by=rosa, now=SOON)


# -- claims


def test_a_claim_lasts_ten_minutes_and_writes_one_event(clinic, rosa, appointment_request):
    version = appointment_request.version
    for minutes in (0, 6):
        lifecycle.claim(appointment_request.pk, user=rosa.user, now=later(minutes=minutes))
    appointment_request = fresh(appointment_request)
    assert (appointment_request.claimed_by, appointment_request.claimed_until, appointment_request.version) == (
        rosa.user,
        later(minutes=16),
        version,
    )
    assert appointment_request.events.filter(verb="claim").count() == 1


ANSWERS = {
    "confirm": lambda appointment_request, slot, by: lifecycle.confirm(appointment_request.pk, slot, by=by, now=SOON),
    "decline": lambda appointment_request, slot, by: lifecycle.decline(
        appointment_request.pk, "other", "Call us.", by=by, now=SOON
    ),
    "withdraw": lambda appointment_request, slot, by: lifecycle.withdraw(appointment_request.pk, by=by, now=SOON),
    "offer": lambda appointment_request, slot, by: lifecycle.offer(
        appointment_request.pk, [slot], later(days=1), by=by, now=SOON
    ),
    "waitlist": lambda appointment_request, slot, by: lifecycle.waitlist(appointment_request.pk, by=by, now=SOON),
    "close": lambda appointment_request, slot, by: lifecycle.close(appointment_request.pk, "Why.", by=by, now=SOON),
    "log_call": lambda appointment_request, slot, by: lifecycle.log_call(
        appointment_request.pk, "reached", by=by, now=SOON
    ),
    "correct_patient": lambda appointment_request, slot, by: lifecycle.correct_patient(
        appointment_request.pk, {"name": "J"}, by=by, now=SOON
    ),
}


@pytest.mark.parametrize("verb", ANSWERS)
def test_a_request_that_a_coworker_has_claimed_cannot_be_answered(clinic, rosa, dmitri, appointment_request, verb):
    lifecycle.claim(appointment_request.pk, user=rosa.user, now=MONDAY)
    before = rows()
    with pytest.raises(lifecycle.ClaimedByAnother):
        ANSWERS[verb](appointment_request, clinic.slot(day=4), dmitri)
    assert (rows(), fresh(appointment_request).status) == (before, "new")
    lifecycle.take_over(appointment_request.pk, user=dmitri.user, now=SOON)
    ANSWERS[verb](appointment_request, clinic.slot(day=4), dmitri)
    assert appointment_request.events.filter(verb="take_over", by=dmitri.user).count() == 1


def test_the_patient_is_never_blocked_by_a_claim(clinic, rosa, appointment_request):
    lifecycle.claim(appointment_request.pk, user=rosa.user, now=MONDAY)
    assert lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=SOON).status == "withdrawn"


def test_answering_ends_the_claim(clinic, rosa, appointment_request):
    lifecycle.claim(appointment_request.pk, user=rosa.user, now=MONDAY)
    lifecycle.waitlist(appointment_request.pk, by=rosa, now=SOON)
    assert (fresh(appointment_request).claimed_by, fresh(appointment_request).claimed_until) == (None, None)


def test_a_coworkers_claim_is_refused_until_it_has_expired(clinic, rosa, dmitri, appointment_request):
    lifecycle.claim(appointment_request.pk, user=rosa.user, now=MONDAY)
    with pytest.raises(lifecycle.ClaimedByAnother):
        lifecycle.claim(appointment_request.pk, user=dmitri.user, now=later(minutes=9, seconds=59))
    lifecycle.claim(appointment_request.pk, user=dmitri.user, now=later(minutes=10))
    assert fresh(appointment_request).claimed_by == dmitri.user


def test_only_ones_own_claim_can_be_released(clinic, rosa, dmitri, appointment_request):
    lifecycle.claim(appointment_request.pk, user=rosa.user, now=MONDAY)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.release_claim(appointment_request.pk, user=dmitri.user, now=SOON)
    lifecycle.release_claim(appointment_request.pk, user=rosa.user, now=SOON)
    assert fresh(appointment_request).claimed_by is None
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.release_claim(appointment_request.pk, user=rosa.user, now=SOON)


@pytest.mark.parametrize("status", ["declined", "withdrawn", "closed"])
def test_an_answered_request_cannot_be_claimed(clinic, rosa, status):
    appointment_request = walk(clinic.appointment_request(), status)
    for verb in (lifecycle.claim, lifecycle.take_over):
        with pytest.raises(lifecycle.NotAllowed):
            verb(appointment_request.pk, user=rosa.user, now=SOON)


# -- calls and notes


def test_calls_are_counted_until_the_patient_is_reached(clinic, rosa, appointment_request):
    for n, outcome in enumerate(["no_answer", "voicemail", "wrong_number"], 1):
        lifecycle.log_call(appointment_request.pk, outcome, by=rosa, now=later(hours=n))
        assert fresh(appointment_request).attempts == n
    lifecycle.log_call(appointment_request.pk, "reached", by=rosa, now=later(hours=5))
    appointment_request = fresh(appointment_request)
    assert (appointment_request.attempts, appointment_request.next_try_at) == (0, None)
    said = list(appointment_request.events.filter(verb="log_call").values_list("reason", flat=True))
    assert said == ["no_answer", "voicemail", "wrong_number", "reached"]


@pytest.mark.parametrize(
    ("best_time", "hour", "expected"),
    [
        ("any", 10, local(2026, 11, 23, 11)),
        ("any", 16, local(2026, 11, 24, 9)),
        ("any", 3, local(2026, 11, 23, 9)),
        ("morning", 9, local(2026, 11, 23, 10)),
        ("morning", 12, local(2026, 11, 24, 9)),
        ("afternoon", 9, local(2026, 11, 23, 12)),
        ("afternoon", 16, local(2026, 11, 24, 12)),
    ],
)
def test_the_next_try_is_at_the_best_time_and_during_desk_hours(clinic, rosa, best_time, hour, expected):
    appointment_request = clinic.appointment_request(best_time=best_time)
    lifecycle.log_call(appointment_request.pk, "no_answer", by=rosa, now=local(2026, 11, 23, hour))
    assert fresh(appointment_request).next_try_at == expected


def test_each_proposed_next_try_is_on_another_day(clinic):
    appointment_request = clinic.appointment_request(best_time="morning")
    tries = next_tries(appointment_request, now=local(2026, 11, 26, 10, 10))  # a Thursday
    assert tries == [local(2026, 11, 26, 11, 30), local(2026, 11, 27, 9), local(2026, 11, 30, 9)]


def test_if_the_desk_never_opens_no_next_try_is_proposed_and_the_call_is_logged(clinic, rosa, appointment_request):
    OfficeHours.objects.all().delete()
    lifecycle.log_call(appointment_request.pk, "no_answer", by=rosa, now=MONDAY)
    assert fresh(appointment_request).attempts == 1


@pytest.mark.parametrize("again", [local(2026, 11, 24, 13), local(2026, 11, 24, 8)])
def test_a_next_try_outside_the_best_time_is_refused(clinic, rosa, again):
    appointment_request = clinic.appointment_request(best_time="morning")
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.log_call(appointment_request.pk, "no_answer", by=rosa, now=SOON, next_try_at=again)
    assert fresh(appointment_request).attempts == 0


def test_an_unknown_outcome_is_refused(clinic, rosa, appointment_request):
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.log_call(appointment_request.pk, "shouted", by=rosa, now=SOON)


def test_calls_and_notes_do_not_block_an_answer(clinic, rosa, dmitri, appointment_request):
    seen = appointment_request.version
    lifecycle.log_call(appointment_request.pk, "reached", by=rosa, now=SOON)
    lifecycle.add_note(appointment_request.pk, "Stairs are hard.", by=dmitri, now=SOON)
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=SOON, version=seen)
    assert fresh(appointment_request).status == "confirmed"


def test_a_note_can_be_added_whatever_the_claim_and_status(clinic, rosa, dmitri, appointment_request):
    lifecycle.claim(appointment_request.pk, user=rosa.user, now=MONDAY)
    lifecycle.add_note(appointment_request.pk, " Stairs are hard. ", by=dmitri, now=SOON)
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=SOON)
    lifecycle.add_note(appointment_request.pk, "Brings her son.", by=dmitri, now=SOON)
    assert [note.note for note in appointment_request.events.filter(verb="add_note")] == [
        "Stairs are hard.",
        "Brings her son.",
    ]


def test_a_note_does_not_prevent_undo(clinic, rosa, appointment_request):
    lifecycle.waitlist(appointment_request.pk, by=rosa, now=SOON)
    lifecycle.add_note(appointment_request.pk, "Sad.", by=rosa, now=SOON)
    act = undoable(appointment_request.pk, user=rosa.user, now=SOON)
    assert act.verb == "waitlist"
    assert lifecycle.undo(act.pk, user=rosa.user, now=SOON).status == "new"


@pytest.mark.parametrize("text", ["", " ", "x" * 601])
def test_an_empty_or_very_long_note_is_refused(clinic, rosa, appointment_request, text):
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.add_note(appointment_request.pk, text, by=rosa, now=SOON)


# -- patient details, the link


def correct(appointment_request, by, version=None, **values):
    return lifecycle.correct_patient(appointment_request.pk, values, by=by, now=SOON, version=version)


def test_corrected_details_are_saved_and_the_history_keeps_the_old_ones(clinic, rosa, appointment_request):
    correct(
        appointment_request,
        rosa,
        name="Juno Demo",
        birth_date=date(1951, 3, 10),
        phone="+17185550199",
        needs=["walker"],
    )
    patient = Patient.objects.get()
    assert (patient.name, patient.birth_date, str(patient.phone)) == ("Juno Demo", date(1951, 3, 10), "+17185550199")
    event = appointment_request.events.get(verb="correct_patient")
    assert event.before == {"name": "June Demo", "birth_date": "1951-03-09", "phone": "+17185550167", "needs": []}
    assert fresh(appointment_request).version == appointment_request.version + 1


def test_a_new_email_address_invalidates_every_link_sent_to_the_old_one(clinic, rosa, appointment_request):
    answers = {"reason": clinic.reason, "appointment_type": clinic.appointment_type}
    draft = lifecycle.Draft({}, answers, known=appointment_request.patient_id)
    other = lifecycle.book(draft, clinic.slot(day=4), by=rosa, now=SOON)
    old = [links.secret(appointment_request), links.secret(other)]
    correct(appointment_request, rosa, email="juno@example.org")
    assert [links.opened(secret, now=SOON) for secret in old] == [None, None]
    assert links.opened(links.secret(fresh(appointment_request)), now=SOON) == appointment_request


def test_the_same_address_in_other_letter_case_invalidates_nothing(clinic, rosa, appointment_request):
    correct(appointment_request, rosa, email="June@Example.org", name="Juno Demo")
    assert links.opened(links.secret(appointment_request), now=SOON) == appointment_request
    assert Patient.objects.get().email == "June@Example.org"


def test_without_a_change_no_event_is_written(clinic, rosa, appointment_request):
    correct(appointment_request, rosa, name="June Demo", email="june@example.org")
    assert (fresh(appointment_request).version, appointment_request.events.filter(verb="correct_patient").count()) == (
        appointment_request.version,
        0,
    )


def test_other_columns_cannot_be_corrected(clinic, rosa, appointment_request):
    with pytest.raises(lifecycle.AlreadyHandled):
        correct(appointment_request, rosa, version=99, name="Juno Demo")
    correct(appointment_request, rosa, id=77, link_version=5)
    assert Patient.objects.get().pk == appointment_request.patient_id


def test_the_link_is_sent_again_to_the_address_on_file(clinic, rosa, appointment_request):
    message = lifecycle.resend_link(appointment_request.pk, by=rosa, now=SOON)
    assert (message.kind, message.status) == ("link", "queued")
    assert appointment_request.events.get(verb="resend_link").by == rosa.user


def test_without_an_address_no_link_is_sent(clinic, rosa):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.resend_link(appointment_request.pk, by=rosa, now=SOON)
    assert not Event.objects.filter(verb="resend_link").exists()


def test_links_to_one_address_are_limited(clinic, rosa, appointment_request):
    for _ in range(3):
        lifecycle.resend_link(appointment_request.pk, by=rosa, now=SOON)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.resend_link(appointment_request.pk, by=rosa, now=SOON)
    assert Message.objects.filter(kind="link").count() == 3


# -- two requests from one person


def test_a_duplicate_is_closed_and_its_link_leads_to_the_kept_request(clinic, rosa, appointment_request):
    twin = clinic.appointment_request(clinic.slot(day=4))
    lifecycle.merge(twin.pk, appointment_request.pk, "Sent twice.", by=rosa, now=SOON)
    twin = fresh(twin)
    assert (twin.status, twin.duplicate_of, statuses(twin)) == ("closed", appointment_request, ["released"])
    assert twin.reference != appointment_request.reference
    assert links.opened(links.secret(twin), now=SOON) == appointment_request
    assert not twin.messages.exclude(kind="received").exists()
    event = twin.events.get(verb="merge")
    assert (event.reason, event.note) == (appointment_request.reference, "Sent twice.")


def test_a_merge_requires_a_reason_and_two_unmerged_requests(clinic, rosa, appointment_request):
    twin, third = clinic.appointment_request(), clinic.appointment_request()
    for pair, reason in [((twin, appointment_request), " "), ((appointment_request, appointment_request), "One.")]:
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.merge(pair[0].pk, pair[1].pk, reason, by=rosa, now=SOON)
    lifecycle.merge(twin.pk, appointment_request.pk, "Twice.", by=rosa, now=SOON)
    for one, other in [(third, twin), (appointment_request, third)]:
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.merge(one.pk, other.pk, "Thrice.", by=rosa, now=SOON)
    assert fresh(appointment_request).status == fresh(third).status == "new"


def test_a_merge_can_be_undone(clinic, rosa, appointment_request):
    twin = clinic.appointment_request(clinic.slot(day=4))
    lifecycle.merge(twin.pk, appointment_request.pk, "Sent twice.", by=rosa, now=SOON)
    lifecycle.undo(twin.events.get(verb="merge").pk, user=rosa.user, now=SOON)
    twin = fresh(twin)
    assert (twin.status, twin.duplicate_of, statuses(twin)) == ("new", None, ["held"])
    assert links.opened(links.secret(twin), now=SOON) == twin


def test_two_people_are_remembered_as_two(clinic, rosa, appointment_request):
    other = clinic.appointment_request()
    lifecycle.not_the_same(appointment_request.pk, other.pk, by=rosa, now=SOON)
    assert appointment_request.events.get(verb="not_the_same").reason == other.reference


# -- undoing each of them, as if it had never happened


@pytest.mark.parametrize("verb", ["offer", "waitlist", "close"])
@pytest.mark.parametrize("since", ["new", "offered", "waitlisted"])
def test_each_answer_can_be_undone_completely(clinic, rosa, appointment_request, since, verb):
    if since == verb.replace("offer", "offered").replace("waitlist", "waitlisted"):
        return
    if since == "offered":
        lifecycle.offer(appointment_request.pk, [clinic.slot(day=7)], later(days=1), by=rosa, now=MONDAY)
    elif since == "waitlisted":
        lifecycle.waitlist(appointment_request.pk, by=rosa, now=MONDAY)
    Message.objects.update(status="sent")
    before, held = values(appointment_request), statuses(appointment_request)
    ANSWERS[verb](appointment_request, clinic.slot(day=4), rosa)
    lifecycle.undo(appointment_request.events.get(verb=verb).pk, user=rosa.user, now=SOON + timedelta(seconds=60))
    assert values(appointment_request) == before
    assert statuses(appointment_request)[: len(held)] == held
    assert set(statuses(appointment_request)[len(held) :]) <= {"released"}


def values(appointment_request):
    row = AppointmentRequest.objects.filter(pk=appointment_request.pk).values().get()
    return {name: value for name, value in row.items() if name != "version"}


def test_a_refusal_recorded_by_the_desk_can_be_undone(clinic, rosa, appointment_request):
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=7)], later(days=1), by=rosa, now=MONDAY)
    before = values(appointment_request)
    lifecycle.refuse_offer(appointment_request.pk, by=rosa, now=later(hours=4))
    assert values(appointment_request) != before
    lifecycle.undo(appointment_request.events.get(verb="refuse_offer").pk, user=rosa.user, now=later(hours=4))
    assert (values(appointment_request), statuses(appointment_request)[-1]) == (before, "held")
    assert appointment_request.messages.last().status == "queued"


def test_an_acceptance_by_phone_can_be_undone(clinic, rosa, appointment_request):
    times = [clinic.slot(day=7), clinic.slot(day=8)]
    lifecycle.offer(appointment_request.pk, times, later(days=1), by=rosa, now=MONDAY)
    lifecycle.accept_offer(appointment_request.pk, times[0], by=rosa, now=SOON)
    lifecycle.undo(appointment_request.events.get(verb="accept_offer").pk, user=rosa.user, now=SOON)
    assert (fresh(appointment_request).status, statuses(appointment_request)) == (
        "offered",
        ["released", "held", "held"],
    )


def test_what_the_patient_or_the_worker_did_cannot_be_undone(clinic, rosa, appointment_request):
    lifecycle.offer(appointment_request.pk, [clinic.slot(day=7)], later(days=1), by=rosa, now=MONDAY)
    lifecycle.expire_offers(now=later(days=1))
    assert undoable(appointment_request.pk, user=rosa.user, now=later(days=1)) is None


def test_reopening_can_be_undone(clinic, rosa, appointment_request):
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=rosa, now=MONDAY)
    before = values(appointment_request)
    lifecycle.reopen(appointment_request.pk, "Called back.", by=rosa, now=SOON)
    lifecycle.undo(appointment_request.events.get(verb="reopen").pk, user=rosa.user, now=SOON)
    assert values(appointment_request) == before
