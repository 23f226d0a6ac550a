"""The request's lifecycle: its table of transitions, and for each verb what it must refuse."""

import uuid
from datetime import timedelta

import pytest

from booking import lifecycle
from booking.lifecycle._transition import transition
from booking.lifecycle.verbs import NEXT
from booking.models import Appointment, AppointmentRequest, Event, Message, RequestedTime
from booking.scheduling.slots import Slot
from clinic import practice_info
from clinic.models import OfficeHours
from tests.builders import (
    MONDAY,
    Clinic,
    assert_settled,
    assert_sound,
    later,
    local,
    make_appointment_type,
    make_clerk,
    make_location,
    make_practitioner,
    make_reason,
    rows,
    walk,
)

STATUSES = ["new", "offered", "confirmed", "waitlisted", "declined", "withdrawn", "closed"]
TABLE = {
    "new": {"offered", "confirmed", "waitlisted", "declined", "withdrawn", "closed"},
    "offered": {"confirmed", "new", "waitlisted", "declined", "withdrawn", "closed"},
    "waitlisted": {"offered", "confirmed", "declined", "withdrawn", "closed"},
    "declined": {"new"},
    "withdrawn": {"new"},
    "closed": {"new"},
    "confirmed": set(),
}
PAIRS = [(start, end) for start in STATUSES for end in STATUSES]
LEGAL = [(start, end) for start, end in PAIRS if end in TABLE[start]]
ILLEGAL = [pair for pair in PAIRS if pair not in LEGAL]
WAITING = {"new", "offered", "waitlisted"}  # the statuses that each verb of this module starts from


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


def appointment_of(appointment_request):
    return appointment_request.appointments.exclude(status="released").get()


# -- the table of transitions


def test_the_table_has_exactly_these_transitions():
    assert {str(start): {str(end) for end in NEXT[start]} for start in AppointmentRequest.Status} == TABLE
    assert set(STATUSES) == set(AppointmentRequest.Status.values)


def test_a_transition_outside_the_table_changes_nothing(django_assert_num_queries):
    for start, end in ILLEGAL:
        appointment_request = AppointmentRequest(pk=1, status=start)
        with django_assert_num_queries(0), pytest.raises(lifecycle.NotAllowed) as refused:
            transition(appointment_request, end, verb="try", by=lifecycle.SYSTEM, now=MONDAY)
        assert (appointment_request.status, appointment_request.version) == (start, 1), (start, end)
        assert appointment_request.get_status_display().lower() in refused.value.sentence, (start, end)


@pytest.mark.parametrize(("start", "end"), LEGAL)
def test_a_transition_in_the_table_writes_one_event(clinic, start, end):
    appointment_request = walk(clinic.appointment_request(), start)
    version, events = appointment_request.version, Event.objects.count()
    walk(appointment_request, end)
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.version) == (end, version + 1)
    assert Event.objects.count() == events + 1


VERBS = {
    "confirm": lambda appointment_request, slot, by: lifecycle.confirm(
        appointment_request.pk, slot, by=by, now=later(minutes=5)
    ),
    "decline": lambda appointment_request, slot, by: lifecycle.decline(
        appointment_request.pk, "other", "Call us.", by=by, now=later(minutes=5)
    ),
    "withdraw": lambda appointment_request, slot, by: lifecycle.withdraw(
        appointment_request.pk, by=by, now=later(minutes=5)
    ),
}
VERBS |= {
    "offer": lambda appointment_request, slot, by: lifecycle.offer(
        appointment_request.pk, [slot], later(days=1), by=by, now=later(minutes=5)
    ),
    "waitlist": lambda appointment_request, slot, by: lifecycle.waitlist(
        appointment_request.pk, by=by, now=later(minutes=5)
    ),
    "close": lambda appointment_request, slot, by: lifecycle.close(
        appointment_request.pk, "No use.", by=by, now=later(minutes=5)
    ),
    "reopen": lambda appointment_request, slot, by: lifecycle.reopen(
        appointment_request.pk, "Called back.", by=by, now=later(minutes=5)
    ),
}
ENDS = {
    "confirm": "confirmed", "decline": "declined", "withdraw": "withdrawn", "offer": "offered",
    "waitlist": "waitlisted", "close": "closed", "reopen": "new",
}  # fmt: skip
FROM = {"offer": {"new", "waitlisted"}, "waitlist": {"new", "offered"}, "reopen": {"declined", "withdrawn", "closed"}}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("start", STATUSES)
def test_each_verb_is_allowed_only_where_the_table_says(clinic, rosa, start, verb):
    appointment_request = walk(clinic.appointment_request(), start)
    version, before = appointment_request.version, rows()
    if start in FROM.get(verb, WAITING):
        VERBS[verb](appointment_request, clinic.slot(), rosa)
        appointment_request.refresh_from_db()
        assert (appointment_request.status, appointment_request.version) == (ENDS[verb], version + 1)
        assert rows()["Message"] == before["Message"] + 1
        return
    with pytest.raises(lifecycle.NotAllowed):
        VERBS[verb](appointment_request, clinic.slot(), rosa)
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.version, rows()) == (start, version, before)


# -- submit


def test_only_the_first_choice_is_held(clinic):
    times = [clinic.slot(hour=9), clinic.slot(day=4), clinic.slot(day=7)]
    appointment_request = clinic.appointment_request(*times)
    held = appointment_request.appointments.get()
    assert appointment_request.status == "new"
    assert (held.status, held.starts_at, held.practitioner, held.location) == (
        "held", times[0].starts_at, clinic.practitioner, clinic.location,
    )  # fmt: skip
    wanted = [(time.rank, time.starts_at) for time in appointment_request.requested_times.all()]
    assert wanted == [(rank, slot.starts_at) for rank, slot in enumerate(times, 1)]
    assert [(e.verb, e.actor) for e in appointment_request.events.all()] == [("submit", "patient"), ("hold", "patient")]
    message = appointment_request.messages.get()
    assert (message.kind, message.status, message.due_at) == ("received", "queued", MONDAY)


def test_a_hold_lasts_until_one_desk_day_after_the_response_deadline(clinic):
    appointment_request = clinic.appointment_request(clinic.slot())
    assert appointment_request.respond_by == local(2026, 11, 24, 17)
    assert appointment_request.appointments.get().held_until == local(2026, 11, 25, 17)


def test_a_hold_never_outlasts_its_own_start(clinic):
    appointment_request = clinic.appointment_request(clinic.slot(day=25, month=11))
    assert appointment_request.appointments.get().held_until == local(2026, 11, 25, 9)


def test_a_hold_includes_the_buffers():
    clinic = Clinic(buffer_before=10, buffer_after=15)
    held = clinic.appointment_request(clinic.slot()).appointments.get()
    assert (held.blocked_from, held.starts_at, held.ends_at, held.blocked_until) == (
        local(2026, 12, 3, 8, 50), local(2026, 12, 3, 9), local(2026, 12, 3, 9, 40), local(2026, 12, 3, 9, 55),
    )  # fmt: skip


def test_a_request_for_a_call_holds_nothing(clinic):
    appointment_request = clinic.appointment_request(wants_call=True)
    assert (appointment_request.status, appointment_request.wants_call, appointment_request.appointments.count()) == (
        "new",
        True,
        0,
    )
    assert appointment_request.messages.get().kind == "received"


NOT_OPEN = {
    "never offered": {"minute": 10},
    "before opening": {"hour": 8, "minute": 20},
    "ends after closing": {"hour": 16, "minute": 40},
    "on a day off": {"day": 5},
    "past": {"day": 20, "month": 11},
    "long past": {"year": 1970, "month": 1, "day": 1},
    "before the response deadline": {"day": 24, "month": 11},
    "beyond the horizon": {"year": 2027, "month": 3, "day": 4},
    "beyond all days": {"year": 2159, "month": 3, "day": 1},
}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("when", NOT_OPEN.values(), ids=NOT_OPEN)
def test_a_request_for_a_time_that_is_not_open_saves_nothing(clinic, when, place):
    times = [clinic.slot(day=7), clinic.slot(day=8), clinic.slot(day=9)]
    times[place] = clinic.slot(**when)
    before = rows()
    with pytest.raises(lifecycle.SlotTaken) as refused:
        clinic.appointment_request(*times)
    assert refused.value.slots == [times[place]]
    assert rows() == before


def test_a_practitioner_who_does_not_offer_this_type_has_no_open_time(clinic):
    other = make_practitioner(make_appointment_type(), clinic.location)
    away = make_practitioner(clinic.appointment_type, clinic.location, is_active=False)
    for crafted in [other.pk, away.pk, 2**31]:
        with pytest.raises(lifecycle.SlotTaken):
            clinic.appointment_request(Slot(clinic.slot().starts_at, crafted, clinic.location.pk))
    for crafted in [make_location().pk, 0]:
        with pytest.raises(lifecycle.SlotTaken):
            clinic.appointment_request(Slot(clinic.slot().starts_at, clinic.practitioner.pk, crafted))
    assert AppointmentRequest.objects.count() == 0


def test_a_time_on_another_types_grid_is_not_open(clinic):
    short = make_appointment_type(minutes=20, step=20)
    short.practitioners.add(clinic.practitioner)
    times = [clinic.slot(minute=20)]
    with pytest.raises(lifecycle.SlotTaken):
        clinic.appointment_request(*times)
    assert (
        clinic.appointment_request(*times, reason=make_reason(short), appointment_type=short).appointments.count() == 1
    )


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_request_for_a_time_that_was_just_taken_saves_nothing(clinic, place):
    clinic.appointment_request(clinic.slot())
    times = [clinic.slot(day=7), clinic.slot(day=8), clinic.slot(day=9)]
    times[place] = clinic.slot()
    before = rows()
    with pytest.raises(lifecycle.SlotTaken) as refused:
        clinic.appointment_request(*times)
    assert (refused.value.slots, rows()) == ([clinic.slot()], before)


def test_all_times_that_were_taken_are_named(clinic):
    clinic.appointment_request(clinic.slot())
    times = [clinic.slot(), clinic.slot(day=7), clinic.slot(day=5)]
    with pytest.raises(lifecycle.SlotTaken) as refused:
        clinic.appointment_request(*times)
    assert refused.value.slots == [times[0], times[2]]


def test_a_type_that_only_the_desk_books_is_not_open_to_the_public(clinic):
    clinic.appointment_type.is_public = False
    clinic.appointment_type.save()
    with pytest.raises(lifecycle.SlotTaken):
        clinic.appointment_request(clinic.slot())
    assert AppointmentRequest.objects.count() == 0
    assert clinic.appointment_request(wants_call=True).status == "new"  # a request for a call takes no time


def test_more_than_three_times_are_refused(clinic):
    with pytest.raises(lifecycle.NotAllowed):
        clinic.appointment_request(*[clinic.slot(day=day) for day in (3, 4, 7, 8)])
    assert AppointmentRequest.objects.count() == 0


def test_submitting_twice_creates_one_request(clinic):
    key = uuid.uuid4()
    first = clinic.appointment_request(clinic.slot(), flow_key=key)
    before = rows()
    for times in [[clinic.slot()], [clinic.slot(day=4)], [clinic.slot(minute=7)], []]:
        again = clinic.appointment_request(*times, flow_key=key, now=later(days=1), patient={"name": "Other Demo"})
        assert (again.pk, again.reference) == (first.pk, first.reference)
    assert rows() == before


def test_a_flow_key_whose_submission_failed_can_be_sent_again(clinic):
    key = uuid.uuid4()
    with pytest.raises(lifecycle.SlotTaken):
        clinic.appointment_request(clinic.slot(minute=7), flow_key=key)
    assert clinic.appointment_request(clinic.slot(), flow_key=key).appointments.count() == 1


def test_a_violation_of_another_constraint_is_not_taken_for_a_double_submit(clinic):
    reference = clinic.appointment_request().reference
    with pytest.raises(Exception, match="reference"):
        clinic.appointment_request(reference=reference)


def test_the_response_deadline_follows_the_preferred_offices_hours(clinic):
    saturday = make_location()
    saturday.office_hours.create(weekday=5, opens=600, closes=720)
    assert clinic.appointment_request(location=saturday).respond_by == local(2026, 11, 28, 12)
    assert clinic.appointment_request(location=None).respond_by == local(2026, 11, 24, 17)
    assert clinic.appointment_request(clinic.slot(), location=clinic.location).respond_by == local(2026, 11, 24, 17)


def test_the_office_of_the_chosen_time_does_not_change_the_deadline(clinic):
    saturday = make_location()
    saturday.office_hours.create(weekday=5, opens=600, closes=720)
    practitioner = make_practitioner(clinic.appointment_type, saturday)
    slot = Slot(clinic.slot().starts_at, practitioner.pk, saturday.pk)
    appointment_request = clinic.appointment_request(slot)
    assert appointment_request.respond_by == local(2026, 11, 24, 17)
    assert appointment_request.appointments.get().held_until == local(2026, 11, 25, 17)


def test_no_time_before_the_response_deadline_can_be_requested():
    clinic = Clinic(notice=0)
    with pytest.raises(lifecycle.SlotTaken):
        clinic.appointment_request(clinic.slot(day=24, month=11, hour=16, minute=20))
    clinic.location.office_hours.filter(weekday=1).update(closes=8 * 60, opens=7 * 60)  # the deadline is Tuesday, 8:00
    with pytest.raises(lifecycle.SlotTaken):
        clinic.appointment_request(clinic.slot(day=24, month=11, hour=9, minute=40), now=later(seconds=1))


def test_a_request_from_the_site_is_recorded_as_such(clinic, rosa):
    assert clinic.appointment_request().channel == "web"
    assert clinic.appointment(by=rosa).appointment_request.channel == "phone"
    counter = lifecycle.staff(rosa.user, "walk_in")
    assert clinic.appointment(clinic.slot(day=4), by=counter).appointment_request.channel == "walk_in"


# -- an expired hold


def test_a_request_outlives_its_hold(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot())
    over = local(2026, 11, 25, 17)
    other = clinic.appointment_request(clinic.slot(), now=over)
    held = appointment_request.appointments.get()
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.version, held.status) == ("new", 1, "released")
    expired = held.events.last()
    assert (expired.verb, expired.actor, expired.appointment_request, expired.cause) == (
        "expire",
        "worker",
        appointment_request,
        None,
    )
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=over)
    lifecycle.withdraw(other.pk, by=lifecycle.PATIENT, now=over)
    appointment = lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=over)
    assert (appointment.status, appointment.pk) == ("booked", appointment_of(appointment_request).pk)
    assert_settled()


def test_confirming_holds_an_expired_time_again(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot())
    appointment = lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=later(days=4))
    assert sorted(appointment_request.appointments.values_list("status", flat=True)) == ["booked", "released"]
    assert appointment.pk == appointment_of(appointment_request).pk
    assert_settled()


# -- confirm


@pytest.mark.parametrize("choice", [0, 1, 2])
def test_any_choice_can_be_confirmed(clinic, rosa, choice):
    times = [clinic.slot(), clinic.slot(day=4), clinic.slot(day=7)]
    appointment_request = clinic.appointment_request(*times)
    appointment = lifecycle.confirm(appointment_request.pk, times[choice], by=rosa, now=later(minutes=5), version=1)
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment.status, appointment.starts_at) == (
        "confirmed",
        "booked",
        times[choice].starts_at,
    )
    assert_settled()
    act = appointment_request.events.get(verb="confirm")
    assert (act.actor, act.by, act.cause) == ("desk", rosa.user, None)
    happened = {(event.verb, event.appointment.starts_at) for event in act.effects.all()}
    given_up = {("release", times[0].starts_at)} if choice else set()
    assert happened == {("book", appointment.starts_at)} | given_up
    message = Message.objects.get(event=act)
    assert (message.kind, message.status, message.appointment, message.due_at) == (
        "confirmed", "queued", appointment, later(minutes=6),
    )  # fmt: skip
    assert appointment_request.messages.get(kind="received").status == "superseded"


def test_the_hold_becomes_the_appointment(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot())
    held = appointment_request.appointments.get()
    assert lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=later(minutes=5)).pk == held.pk


def test_if_the_type_got_longer_a_new_appointment_replaces_the_hold(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot())
    clinic.appointment_type.minutes = 60
    clinic.appointment_type.save()
    appointment = lifecycle.confirm(appointment_request.pk, clinic.slot(), by=rosa, now=later(minutes=5))
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=60)
    assert_settled()


def test_the_desk_may_give_any_open_time(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot())
    soon = clinic.slot(day=23, month=11, hour=10, minute=20)  # in 15 minutes: before the deadline, on short notice
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.confirm(appointment_request.pk, soon, by=rosa, now=MONDAY)
    appointment = lifecycle.confirm(appointment_request.pk, soon, by=rosa, now=MONDAY, why="In pain.")
    assert appointment.starts_at == soon.starts_at
    assert appointment_request.events.get(verb="confirm").note == "In pain."


def test_a_requests_own_hold_does_not_block_it(rosa, clinic):
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()
    appointment_request = clinic.appointment_request(clinic.slot())
    appointment = lifecycle.confirm(appointment_request.pk, clinic.slot(minute=20), by=rosa, now=later(minutes=5))
    assert appointment.starts_at == local(2026, 12, 3, 9, 20)
    assert_settled()


def test_buffers_keep_neighboring_appointments_apart():
    clinic = Clinic(step=10, buffer_after=10)
    rosa = lifecycle.staff(make_clerk(role=None))
    clinic.appointment(clinic.slot())
    appointment_request = clinic.appointment_request()
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.confirm(appointment_request.pk, clinic.slot(minute=40), by=rosa, now=MONDAY)
    assert lifecycle.confirm(appointment_request.pk, clinic.slot(minute=50), by=rosa, now=MONDAY).status == "booked"


@pytest.mark.parametrize("when", [{"minute": 10}, {"day": 5}, {"day": 20, "month": 11}, {"year": 2028}])
def test_a_crafted_time_is_not_confirmed(clinic, rosa, when):
    appointment_request = clinic.appointment_request(clinic.slot())
    before = rows()
    with pytest.raises(lifecycle.SlotTaken) as refused:
        lifecycle.confirm(appointment_request.pk, clinic.slot(**when), by=rosa, now=later(minutes=5))
    assert refused.value.slots == [clinic.slot(**when)]
    appointment_request.refresh_from_db()
    assert (
        appointment_request.status,
        appointment_request.version,
        appointment_request.appointments.get().status,
        rows(),
    ) == ("new", 1, "held", before)


def test_confirming_a_taken_time_leaves_the_request_unchanged(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot(), clinic.slot(day=4))
    clinic.appointment(clinic.slot(day=4))
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.confirm(appointment_request.pk, clinic.slot(day=4), by=rosa, now=later(minutes=5))
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.version, appointment_request.appointments.get().status) == (
        "new",
        1,
        "held",
    )
    assert appointment_request.messages.get().status == "queued"


def test_the_loser_of_a_race_learns_who_was_faster(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot(), clinic.slot(day=4))
    jim = lifecycle.staff(make_clerk(role=None, first_name="Jim"))
    lifecycle.confirm(appointment_request.pk, clinic.slot(day=4), by=rosa, now=later(minutes=5), version=1)
    before = rows()
    for act in [
        lambda: lifecycle.confirm(appointment_request.pk, clinic.slot(), by=jim, now=later(minutes=6), version=1),
        lambda: lifecycle.decline(appointment_request.pk, "other", "Call us.", by=jim, now=later(minutes=6), version=1),
        lambda: lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=later(minutes=6), version=1),
    ]:
        with pytest.raises(lifecycle.AlreadyHandled) as late:
            act()
        event = late.value.event
        assert (event.verb, event.by.first_name, event.at) == ("confirm", "Rosa", later(minutes=5))
        assert str(late.value) == "AlreadyHandled"
    assert rows() == before


# -- decline, withdraw


def test_declining_frees_the_time_and_gives_the_reason(clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot())
    lifecycle.decline(
        appointment_request.pk, "needs_scan", "Ask your doctor for an X-ray first.", by=rosa, now=later(minutes=5)
    )
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.decline_code, appointment_request.answer) == (
        "declined", "needs_scan", "Ask your doctor for an X-ray first.",
    )  # fmt: skip
    act = appointment_request.events.get(verb="decline")
    assert (act.reason, [effect.verb for effect in act.effects.all()]) == ("needs_scan", ["release"])
    assert act.message.kind == "declined"
    assert clinic.appointment(clinic.slot()).status == "booked"


@pytest.mark.parametrize(("code", "sentence"), [("", "Call us."), ("made_up", "Call us."), ("other", "  ")])
def test_a_decline_requires_a_reason_and_a_next_step(clinic, rosa, code, sentence):
    appointment_request = clinic.appointment_request(clinic.slot())
    before = rows()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.decline(appointment_request.pk, code, sentence, by=rosa, now=MONDAY)
    assert rows() == before


def test_withdrawing_frees_the_time(clinic):
    appointment_request = clinic.appointment_request(clinic.slot())
    lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=later(minutes=5), version=1)
    appointment_request.refresh_from_db()
    assert (appointment_request.status, appointment_request.appointments.get().status) == ("withdrawn", "released")
    message = appointment_request.messages.get(kind="withdrawn")
    assert (message.status, message.due_at) == ("queued", later(minutes=5))  # no delay: patients have no undo
    assert clinic.appointment_request(clinic.slot()).appointments.get().status == "held"


def test_withdrawing_a_second_time_is_refused(clinic):
    appointment_request = clinic.appointment_request()
    lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=MONDAY)
    with pytest.raises(lifecycle.NotAllowed, match="NotAllowed"):
        lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=MONDAY)


# -- book by phone


def test_booking_by_phone_creates_a_confirmed_request(clinic, rosa):
    phone = lifecycle.staff(rosa.user, "phone")
    appointment_request = lifecycle.book(clinic.draft(), clinic.slot(), by=phone, now=MONDAY)
    appointment = appointment_request.appointments.get()
    assert (appointment_request.status, appointment_request.channel, appointment.status) == (
        "confirmed",
        "phone",
        "booked",
    )
    act, effect = appointment_request.events.all()
    assert [(e.verb, e.from_status, e.to_status) for e in (act, effect)] == [
        ("book", "", "confirmed"), ("book", "", "booked"),
    ]  # fmt: skip
    assert effect.cause == act
    assert act.message.kind == "confirmed"
    assert_settled()


def test_booking_twice_with_one_flow_key_makes_one_appointment(clinic, rosa):
    draft = clinic.draft()
    first = lifecycle.book(draft, clinic.slot(), by=rosa, now=MONDAY)
    assert lifecycle.book(draft, clinic.slot(day=4), by=rosa, now=MONDAY) == first
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("when", [{}, {"minute": 10}, {"day": 5}, {"day": 20, "month": 11}])
def test_booking_a_time_that_is_not_open_saves_nothing(clinic, rosa, when):
    clinic.appointment(clinic.slot())
    before = rows()
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.book(clinic.draft(), clinic.slot(**when), by=rosa, now=MONDAY)
    assert rows() == before


def test_the_desk_may_book_a_type_that_is_not_public(clinic, rosa):
    clinic.appointment_type.is_public = False
    clinic.appointment_type.save()
    assert lifecycle.book(clinic.draft(), clinic.slot(), by=rosa, now=MONDAY).status == "confirmed"


@pytest.mark.parametrize(
    ("email", "channel", "status"),
    [
        ("june@example.org", "phone", "queued"),
        ("", "phone", "notified"),
        ("", "walk_in", "notified"),
        ("", "", "to_call"),
    ],
)
def test_email_and_channel_decide_whether_a_booked_patient_is_to_be_called(clinic, rosa, email, channel, status):
    by = lifecycle.staff(rosa.user, channel)
    appointment_request = lifecycle.book(clinic.draft(patient={"email": email}), clinic.slot(), by=by, now=MONDAY)
    assert appointment_request.messages.get().status == status


# -- number of queries


def test_submitting_takes_few_queries(clinic, django_assert_max_num_queries):
    draft = clinic.draft(clinic.slot(), clinic.slot(day=4), clinic.slot(day=7))
    clinic.appointment_request()  # the practice is read once for all
    with django_assert_max_num_queries(21):
        lifecycle.submit(draft, now=MONDAY)
    assert RequestedTime.objects.count() == 3


def test_confirming_and_booking_take_few_queries(clinic, rosa, django_assert_max_num_queries):
    appointment_request = clinic.appointment_request(clinic.slot(), clinic.slot(day=4))
    with django_assert_max_num_queries(22):
        lifecycle.confirm(appointment_request.pk, clinic.slot(day=4), by=rosa, now=MONDAY)
    with django_assert_max_num_queries(21):
        lifecycle.book(clinic.draft(), clinic.slot(), by=rosa, now=MONDAY)


def test_a_time_chosen_twice_counts_once(clinic):
    appointment_request = clinic.appointment_request(clinic.slot(), clinic.slot(), clinic.slot(hour=11))
    assert [wanted.rank for wanted in appointment_request.requested_times.all()] == [1, 2]


def test_a_request_for_a_call_gets_the_default_desks_deadline_whatever_office_is_preferred(clinic):
    harbor = make_location(name="Harbor Avenue office", slug="harbor")
    OfficeHours.objects.create(location=harbor, weekday=1, opens=540, closes=720)
    practice_info.forget()
    assert clinic.appointment_request(location=harbor).respond_by == local(2026, 11, 24, 12)
    assert clinic.appointment_request(location=harbor, wants_call=True).respond_by == local(2026, 11, 24, 17)
