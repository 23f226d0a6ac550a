"""What the desk does beside the answer: waitlist, close, reopen, claim, calls, notes, the patient's data, merging."""

from datetime import date, timedelta

import pytest

from booking import lifecycle
from booking.models import AppointmentRequest, Event, Message, Patient
from booking.notifications import links
from booking.scheduling.call_times import next_tries
from clinic.models import OfficeHours
from tests.builders import MONDAY, Clinic, assert_settled, assert_sound, later, local, make_clerk, rows, walk

SOON = later(minutes=5)
Status = AppointmentRequest.Status


@pytest.fixture
def clinic(db):
    return Clinic()


@pytest.fixture
def rosa(clinic):
    return lifecycle.desk(make_clerk(role=None))


@pytest.fixture
def dmitri(clinic):
    return lifecycle.desk(make_clerk(role=None, first_name="Dmitri"))


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()
    assert_settled()


@pytest.fixture
def asked(clinic):
    return clinic.request(clinic.slot())


def fresh(asked):
    return AppointmentRequest.objects.get(pk=asked.pk)


def statuses(asked):
    return list(asked.appointments.values_list("status", flat=True))


# -- waitlist, close, reopen


def test_on_the_waitlist_its_time_is_free_and_its_promise_pauses(clinic, rosa, asked):
    lifecycle.waitlist(asked.pk, by=rosa, now=SOON)
    asked = fresh(asked)
    assert (asked.status, asked.paused_at, statuses(asked)) == ("waitlisted", SOON, ["released"])
    assert asked.messages.get(kind="waitlisted").event.verb == "waitlist"


def test_closing_after_enough_calls_needs_no_reason(clinic, rosa, asked):
    for n in range(3):
        lifecycle.log_call(asked.pk, "no_answer", by=rosa, now=later(hours=n))
    lifecycle.close(asked.pk, by=rosa, now=later(hours=3))
    asked = fresh(asked)
    assert (asked.status, statuses(asked)) == ("closed", ["released"])
    assert asked.messages.get(kind="closed").status == "queued"


def test_closing_earlier_needs_one(clinic, rosa, asked):
    before = rows()
    for reason in ("", "  "):
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.close(asked.pk, reason, by=rosa, now=SOON)
    assert rows() == before
    lifecycle.close(asked.pk, "The number belongs to a shop.", by=rosa, now=SOON)
    assert fresh(asked).events.get(verb="close").note == "The number belongs to a shop."


def test_who_has_no_e_mail_gets_a_letter(clinic, rosa):
    asked = clinic.request(patient={"email": ""})
    lifecycle.close(asked.pk, "Nobody there.", by=rosa, now=SOON)
    assert Message.objects.get(kind="closed").status == "to_print"


@pytest.mark.parametrize("end", ["declined", "withdrawn", "closed"])
def test_an_answered_request_is_opened_again_with_a_new_promise(clinic, rosa, asked, end):
    walk(asked, end)
    lifecycle.reopen(asked.pk, "Called back.", by=rosa, now=later(days=3))
    asked = fresh(asked)
    assert (asked.status, asked.decline_code, asked.answer, asked.attempts) == ("new", "", "", 0)
    assert asked.reply_by == local(2026, 11, 27, 17)
    assert asked.messages.last().kind == "received"
    assert asked.events.get(verb="reopen").note == "Called back."


def test_opening_again_needs_a_reason(clinic, rosa):
    asked = walk(clinic.request(), "declined")
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.reopen(asked.pk, " ", by=rosa, now=SOON)


@pytest.mark.parametrize("status", ["new", "offered", "waitlisted", "confirmed"])
def test_what_is_not_answered_is_not_opened_again(clinic, rosa, status):
    asked = clinic.visit().request if status == "confirmed" else walk(clinic.request(), status)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.reopen(asked.pk, "Why not.", by=rosa, now=SOON)


# -- who has it in hand


def test_a_claim_is_a_lease_of_ten_minutes_and_one_event(clinic, rosa, asked):
    version = asked.version
    for minutes in (0, 6):
        lifecycle.claim(asked.pk, user=rosa.user, now=later(minutes=minutes))
    asked = fresh(asked)
    assert (asked.claimed_by, asked.claimed_until, asked.version) == (rosa.user, later(minutes=16), version)
    assert asked.events.filter(verb="claim").count() == 1


ANSWERS = {
    "confirm": lambda asked, slot, by: lifecycle.confirm(asked.pk, slot, by=by, now=SOON),
    "decline": lambda asked, slot, by: lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=SOON),
    "withdraw": lambda asked, slot, by: lifecycle.withdraw(asked.pk, by=by, now=SOON),
    "offer": lambda asked, slot, by: lifecycle.offer(asked.pk, [slot], later(days=1), by=by, now=SOON),
    "waitlist": lambda asked, slot, by: lifecycle.waitlist(asked.pk, by=by, now=SOON),
    "close": lambda asked, slot, by: lifecycle.close(asked.pk, "Why.", by=by, now=SOON),
    "log_call": lambda asked, slot, by: lifecycle.log_call(asked.pk, "reached", by=by, now=SOON),
    "correct": lambda asked, slot, by: lifecycle.correct_patient(asked.pk, {"name": "J"}, by=by, now=SOON),
}


@pytest.mark.parametrize("verb", ANSWERS)
def test_what_a_colleague_has_in_hand_is_not_answered_by_the_way(clinic, rosa, dmitri, asked, verb):
    lifecycle.claim(asked.pk, user=rosa.user, now=MONDAY)
    before = rows()
    with pytest.raises(lifecycle.InHand):
        ANSWERS[verb](asked, clinic.slot(day=4), dmitri)
    assert (rows(), fresh(asked).status) == (before, "new")
    lifecycle.take_over(asked.pk, user=dmitri.user, now=SOON)
    ANSWERS[verb](asked, clinic.slot(day=4), dmitri)
    assert asked.events.filter(verb="take_over", by=dmitri.user).count() == 1


def test_the_patient_is_never_kept_out(clinic, rosa, asked):
    lifecycle.claim(asked.pk, user=rosa.user, now=MONDAY)
    assert lifecycle.withdraw(asked.pk, by=lifecycle.PATIENT, now=SOON).status == "withdrawn"


def test_who_answers_is_done_with_it(clinic, rosa, asked):
    lifecycle.claim(asked.pk, user=rosa.user, now=MONDAY)
    lifecycle.waitlist(asked.pk, by=rosa, now=SOON)
    assert (fresh(asked).claimed_by, fresh(asked).claimed_until) == (None, None)


def test_a_claim_of_a_colleague_is_refused_until_it_has_run_out(clinic, rosa, dmitri, asked):
    lifecycle.claim(asked.pk, user=rosa.user, now=MONDAY)
    with pytest.raises(lifecycle.InHand):
        lifecycle.claim(asked.pk, user=dmitri.user, now=later(minutes=9, seconds=59))
    lifecycle.claim(asked.pk, user=dmitri.user, now=later(minutes=10))
    assert fresh(asked).claimed_by == dmitri.user


def test_only_ones_own_claim_is_let_go(clinic, rosa, dmitri, asked):
    lifecycle.claim(asked.pk, user=rosa.user, now=MONDAY)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.release_claim(asked.pk, user=dmitri.user, now=SOON)
    lifecycle.release_claim(asked.pk, user=rosa.user, now=SOON)
    assert fresh(asked).claimed_by is None
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.release_claim(asked.pk, user=rosa.user, now=SOON)


@pytest.mark.parametrize("status", ["declined", "withdrawn", "closed"])
def test_what_has_its_answer_is_in_nobodys_hand(clinic, rosa, status):
    asked = walk(clinic.request(), status)
    for verb in (lifecycle.claim, lifecycle.take_over):
        with pytest.raises(lifecycle.NotAllowed):
            verb(asked.pk, user=rosa.user, now=SOON)


# -- calls and notes


def test_calls_are_counted_until_somebody_is_reached(clinic, rosa, asked):
    for n, outcome in enumerate(["no_answer", "voicemail", "wrong_number"], 1):
        lifecycle.log_call(asked.pk, outcome, by=rosa, now=later(hours=n))
        assert fresh(asked).attempts == n
    lifecycle.log_call(asked.pk, "reached", by=rosa, now=later(hours=5))
    asked = fresh(asked)
    assert (asked.attempts, asked.next_try_at) == (0, None)
    said = list(asked.events.filter(verb="log_call").values_list("reason", flat=True))
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
def test_the_next_try_lies_in_the_best_time_and_the_desks_hours(clinic, rosa, best_time, hour, expected):
    asked = clinic.request(best_time=best_time)
    lifecycle.log_call(asked.pk, "no_answer", by=rosa, now=local(2026, 11, 23, hour))
    assert fresh(asked).next_try_at == expected


def test_each_next_try_lies_on_a_day_of_its_own(clinic):
    asked = clinic.request(best_time="morning")
    tries = next_tries(asked, now=local(2026, 11, 26, 10, 10))  # a Thursday
    assert tries == [local(2026, 11, 26, 11, 30), local(2026, 11, 27, 9), local(2026, 11, 30, 9)]


def test_a_desk_that_never_opens_proposes_nothing_and_the_call_is_kept(clinic, rosa, asked):
    OfficeHours.objects.all().delete()
    lifecycle.log_call(asked.pk, "no_answer", by=rosa, now=MONDAY)
    assert fresh(asked).attempts == 1


@pytest.mark.parametrize("again", [local(2026, 11, 24, 13), local(2026, 11, 24, 8)])
def test_a_next_try_outside_the_best_time_is_refused(clinic, rosa, again):
    asked = clinic.request(best_time="morning")
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.log_call(asked.pk, "no_answer", by=rosa, now=SOON, next_try_at=again)
    assert fresh(asked).attempts == 0


def test_an_outcome_that_is_none_is_refused(clinic, rosa, asked):
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.log_call(asked.pk, "shouted", by=rosa, now=SOON)


def test_calls_and_notes_stop_nobodys_answer(clinic, rosa, dmitri, asked):
    seen = asked.version
    lifecycle.log_call(asked.pk, "reached", by=rosa, now=SOON)
    lifecycle.add_note(asked.pk, "Stairs are hard.", by=dmitri, now=SOON)
    lifecycle.confirm(asked.pk, clinic.slot(), by=rosa, now=SOON, version=seen)
    assert fresh(asked).status == "confirmed"


def test_a_note_is_written_whoever_has_it_and_whatever_its_state(clinic, rosa, dmitri, asked):
    lifecycle.claim(asked.pk, user=rosa.user, now=MONDAY)
    lifecycle.add_note(asked.pk, " Stairs are hard. ", by=dmitri, now=SOON)
    lifecycle.confirm(asked.pk, clinic.slot(), by=rosa, now=SOON)
    lifecycle.add_note(asked.pk, "Brings her son.", by=dmitri, now=SOON)
    assert [note.note for note in asked.events.filter(verb="note")] == ["Stairs are hard.", "Brings her son."]


def test_a_note_does_not_take_the_undo_away(clinic, rosa, asked):
    lifecycle.waitlist(asked.pk, by=rosa, now=SOON)
    lifecycle.add_note(asked.pk, "Sad.", by=rosa, now=SOON)
    act = lifecycle.undoable(asked.pk, user=rosa.user, now=SOON)
    assert act.verb == "waitlist"
    assert lifecycle.undo(act.pk, user=rosa.user, now=SOON).status == "new"


@pytest.mark.parametrize("text", ["", " ", "x" * 601])
def test_an_empty_or_endless_note_is_refused(clinic, rosa, asked, text):
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.add_note(asked.pk, text, by=rosa, now=SOON)


# -- the patient's data, the link


def correct(asked, by, version=None, **values):
    return lifecycle.correct_patient(asked.pk, values, by=by, now=SOON, version=version)


def test_corrected_data_are_written_and_the_history_keeps_what_stood_there(clinic, rosa, asked):
    correct(asked, rosa, name="Juno Demo", birth_date=date(1951, 3, 10), phone="+17185550199", needs=["walker"])
    patient = Patient.objects.get()
    assert (patient.name, patient.birth_date, str(patient.phone)) == ("Juno Demo", date(1951, 3, 10), "+17185550199")
    event = asked.events.get(verb="correct")
    assert event.before == {"name": "June Demo", "birth_date": "1951-03-09", "phone": "+17185550167", "needs": []}
    assert fresh(asked).version == asked.version + 1


def test_a_new_address_voids_every_link_that_went_to_the_old_one(clinic, rosa, asked):
    other = lifecycle.book(
        lifecycle.Draft({}, {"reason": clinic.reason, "visit_type": clinic.visit_type}, known=asked.patient_id),
        clinic.slot(day=4), by=rosa, now=SOON,
    )  # fmt: skip
    old = [links.secret(asked), links.secret(other)]
    correct(asked, rosa, email="juno@example.org")
    assert [links.opened(secret, now=SOON) for secret in old] == [None, None]
    assert links.opened(links.secret(fresh(asked)), now=SOON) == asked


def test_another_spelling_of_the_address_voids_nothing(clinic, rosa, asked):
    correct(asked, rosa, email="June@Example.org", name="Juno Demo")
    assert links.opened(links.secret(asked), now=SOON) == asked
    assert Patient.objects.get().email == "June@Example.org"


def test_nothing_changed_is_no_event(clinic, rosa, asked):
    correct(asked, rosa, name="June Demo", email="june@example.org")
    assert (fresh(asked).version, asked.events.filter(verb="correct").count()) == (asked.version, 0)


def test_other_columns_are_not_corrected(clinic, rosa, asked):
    with pytest.raises(lifecycle.AlreadyHandled):
        correct(asked, rosa, version=99, name="Juno Demo")
    correct(asked, rosa, id=77, link_version=5)
    assert Patient.objects.get().pk == asked.patient_id


def test_a_link_goes_again_to_the_address_on_file(clinic, rosa, asked):
    message = lifecycle.resend_link(asked.pk, by=rosa, now=SOON)
    assert (message.kind, message.status) == ("link", "queued")
    assert asked.events.get(verb="resend_link").by == rosa.user


def test_without_an_address_no_link_goes(clinic, rosa):
    asked = clinic.request(patient={"email": ""})
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.resend_link(asked.pk, by=rosa, now=SOON)
    assert not Event.objects.filter(verb="resend_link").exists()


def test_a_mailbox_is_not_flooded(clinic, rosa, asked):
    for _ in range(3):
        lifecycle.resend_link(asked.pk, by=rosa, now=SOON)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.resend_link(asked.pk, by=rosa, now=SOON)
    assert Message.objects.filter(kind="link").count() == 3


# -- two requests of one person


def test_a_duplicate_is_closed_and_its_link_leads_to_the_kept_one(clinic, rosa, asked):
    twin = clinic.request(clinic.slot(day=4))
    lifecycle.merge(twin.pk, asked.pk, "Sent twice.", by=rosa, now=SOON)
    twin = fresh(twin)
    assert (twin.status, twin.duplicate_of, statuses(twin)) == ("closed", asked, ["released"])
    assert twin.reference != asked.reference
    assert links.opened(links.secret(twin), now=SOON) == asked
    assert not twin.messages.exclude(kind="received").exists()
    event = twin.events.get(verb="merge")
    assert (event.reason, event.note) == (asked.reference, "Sent twice.")


def test_a_merge_needs_a_reason_two_requests_and_no_chain(clinic, rosa, asked):
    twin, third = clinic.request(), clinic.request()
    for pair, reason in [((twin, asked), " "), ((asked, asked), "One.")]:
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.merge(pair[0].pk, pair[1].pk, reason, by=rosa, now=SOON)
    lifecycle.merge(twin.pk, asked.pk, "Twice.", by=rosa, now=SOON)
    for one, other in [(third, twin), (asked, third)]:
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.merge(one.pk, other.pk, "Thrice.", by=rosa, now=SOON)
    assert fresh(asked).status == fresh(third).status == "new"


def test_a_merge_is_undone(clinic, rosa, asked):
    twin = clinic.request(clinic.slot(day=4))
    lifecycle.merge(twin.pk, asked.pk, "Sent twice.", by=rosa, now=SOON)
    lifecycle.undo(twin.events.get(verb="merge").pk, user=rosa.user, now=SOON)
    twin = fresh(twin)
    assert (twin.status, twin.duplicate_of, statuses(twin)) == ("new", None, ["held"])
    assert links.opened(links.secret(twin), now=SOON) == twin


def test_two_people_are_remembered_as_two(clinic, rosa, asked):
    other = clinic.request()
    lifecycle.not_the_same(asked.pk, other.pk, by=rosa, now=SOON)
    assert asked.events.get(verb="not_same").reason == other.reference


# -- undo of each, as if it had not been


@pytest.mark.parametrize("verb", ["offer", "waitlist", "close"])
@pytest.mark.parametrize("since", ["new", "offered", "waitlisted"])
def test_each_new_answer_is_taken_back_whole(clinic, rosa, asked, since, verb):
    if since == verb.replace("offer", "offered").replace("waitlist", "waitlisted"):
        return
    if since == "offered":
        lifecycle.offer(asked.pk, [clinic.slot(day=7)], later(days=1), by=rosa, now=MONDAY)
    elif since == "waitlisted":
        lifecycle.waitlist(asked.pk, by=rosa, now=MONDAY)
    Message.objects.update(status="sent")
    before, held = values(asked), statuses(asked)
    ANSWERS[verb](asked, clinic.slot(day=4), rosa)
    lifecycle.undo(asked.events.get(verb=verb).pk, user=rosa.user, now=SOON + timedelta(seconds=60))
    assert values(asked) == before
    assert statuses(asked)[: len(held)] == held
    assert set(statuses(asked)[len(held) :]) <= {"released"}


def values(asked):
    row = AppointmentRequest.objects.filter(pk=asked.pk).values().get()
    return {name: value for name, value in row.items() if name != "version"}


def test_a_refusal_noted_by_the_desk_is_taken_back(clinic, rosa, asked):
    lifecycle.offer(asked.pk, [clinic.slot(day=7)], later(days=1), by=rosa, now=MONDAY)
    before = values(asked)
    lifecycle.refuse_offer(asked.pk, by=rosa, now=later(hours=4))
    assert values(asked) != before
    lifecycle.undo(asked.events.get(verb="refuse_offer").pk, user=rosa.user, now=later(hours=4))
    assert (values(asked), statuses(asked)[-1]) == (before, "held")
    assert asked.messages.last().status == "queued"


def test_an_acceptance_by_phone_is_taken_back(clinic, rosa, asked):
    times = [clinic.slot(day=7), clinic.slot(day=8)]
    lifecycle.offer(asked.pk, times, later(days=1), by=rosa, now=MONDAY)
    lifecycle.accept_offer(asked.pk, times[0], by=rosa, now=SOON)
    lifecycle.undo(asked.events.get(verb="accept").pk, user=rosa.user, now=SOON)
    assert (fresh(asked).status, statuses(asked)) == ("offered", ["released", "held", "held"])


def test_what_the_patient_or_the_clock_did_is_not_undone(clinic, rosa, asked):
    lifecycle.offer(asked.pk, [clinic.slot(day=7)], later(days=1), by=rosa, now=MONDAY)
    lifecycle.expire_offers(now=later(days=1))
    assert lifecycle.undoable(asked.pk, user=rosa.user, now=later(days=1)) is None


def test_opening_again_is_taken_back(clinic, rosa, asked):
    lifecycle.decline(asked.pk, "other", "Call us.", by=rosa, now=MONDAY)
    before = values(asked)
    lifecycle.reopen(asked.pk, "Called back.", by=rosa, now=SOON)
    lifecycle.undo(asked.events.get(verb="reopen").pk, user=rosa.user, now=SOON)
    assert values(asked) == before
