"""Other times on the patient's page: for an open request, and for an appointment, which stays until we confirm."""

import pytest
from django.test import Client

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Message
from tests.booking.lifecycle.race import ends, race
from tests.booking.patient_page.patient import give_birth_date, shown_version, url
from tests.builders import assert_settled, assert_sound, later, make_clerk
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
JANUARY = "2027-01-04"
CALL = {"call": "1", "best_time": "afternoon", "part_of_day": "morning", "never_days": ["1"]}


@pytest.fixture
def appointment_request(clinic):
    return clinic.appointment_request(clinic.slot(), clinic.slot(day=4))


@pytest.fixture
def appointment(clinic, appointment_request, by):
    return lifecycle.confirm(appointment_request.pk, clinic.slot(), by=by, now=later())


def send(client, appointment_request, name):
    """Press the button of the check page."""
    path = url(appointment_request, f"check_{name}")
    return client.post(path, {"version": shown_version(client, path)})


def wanted(appointment_request):
    return list(appointment_request.requested_times.values_list("starts_at", flat=True))


def replacing(appointment):
    return appointment.replaced_by_requests.order_by("pk").last()


# -- an open request


def test_the_times_page_starts_with_the_requested_times_and_the_held_one_is_open(known, appointment_request, clinic):
    page = known.get(url(appointment_request, "times"), {"day": "2026-12-03"})
    for said in ("Pick a time", "Thu, Dec 3, 9:00 am", "Fri, Dec 4, 9:00 am"):
        assert said in words(page)
    assert 'name="remove" value="1"><span class="visually-hidden">Take off' in markup(page)


def test_times_are_changed_in_three_steps_and_the_first_is_held(known, appointment_request, clinic):
    known.post(url(appointment_request, "times"), {"remove": "1"})
    known.post(url(appointment_request, "times"), {"add": clinic.slot(day=8).code})
    known.post(url(appointment_request, "times"), {"up": "2"})
    checked = known.post(url(appointment_request, "times"), {"go": "1"}, follow=True)
    assert "Nothing is changed yet" in words(checked)
    assert "1st choice Tuesday, December 8, 9:00 am" in words(checked)
    assert "Save these times" in words(checked)
    assert wanted(appointment_request) == [clinic.slot().starts_at, clinic.slot(day=4).starts_at]
    assert send(known, appointment_request, "times")["Location"] == url(appointment_request)
    assert wanted(appointment_request) == [clinic.slot(day=8).starts_at, clinic.slot(day=4).starts_at]
    assert Appointment.objects.get(status="held").starts_at == clinic.slot(day=8).starts_at
    saved, later_on = (known.get(url(appointment_request)) for _visit in range(2))
    assert "We saved your new times." in words(saved)
    assert '<details class="fold mt-5" open>' in markup(saved)
    assert "You changed the times." in words(saved)
    assert "We saved" not in words(later_on)
    assert Message.objects.count() == 1  # only the receipt: the patient sees the change on the page
    assert appointment_request.events.get(verb="change_times").before["times"] == [
        clinic.slot().code,
        clinic.slot(day=4).code,
    ]
    assert_sound()


@pytest.mark.parametrize("held", [True, False])
def test_in_a_rush_other_times_keep_a_hold_and_win_none(known, appointment_request, clinic, settings, held):
    settings.RUSH_AT_LEAST = 0
    if not held:
        Appointment.objects.update(status="released")
    known.post(url(appointment_request, "times"), {"remove": "1"})
    assert send(known, appointment_request, "times")["Location"] == url(appointment_request)
    assert wanted(appointment_request) == [clinic.slot(day=4).starts_at]
    assert Appointment.objects.filter(status="held").exists() == held


def test_asking_for_a_call_instead_frees_the_held_time(known, appointment_request, clinic):
    known.post(url(appointment_request, "times"), CALL)
    assert "You ask us to call you." in words(known.get(url(appointment_request, "check_times")))
    send(known, appointment_request, "times")
    assert "We saved your change." in words(known.get(url(appointment_request)))
    appointment_request.refresh_from_db()
    said = [getattr(appointment_request, name) for name in ("wants_call", "best_time", "part_of_day", "never_days")]
    assert said == [True, "afternoon", "morning", [1]]
    assert wanted(appointment_request) == []
    assert not Appointment.objects.filter(status="held").exists()


def test_a_double_click_and_the_back_button_change_the_times_once(known, appointment_request, clinic):
    known.post(url(appointment_request, "times"), {"add": clinic.slot(day=8).code})
    version = appointment_request.version
    answers = [known.post(url(appointment_request, "check_times"), {"version": version}) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [url(appointment_request)] * 2
    assert appointment_request.events.filter(verb="change_times").count() == 1


def test_of_two_devices_the_second_gets_a_message_and_changes_nothing(appointment_request, clinic):
    devices = Client(), Client()
    for device, day in zip(devices, (8, 9), strict=True):
        give_birth_date(device, appointment_request)
        device.post(url(appointment_request, "times"), {"add": clinic.slot(day=day).code})
    answers = [
        device.post(url(appointment_request, "check_times"), {"version": appointment_request.version})
        for device in devices
    ]
    assert [answer.status_code for answer in answers] == [302, 409]
    assert "You changed the times." in words(answers[1])
    assert wanted(appointment_request)[-1] == clinic.slot(day=8).starts_at


def test_a_time_that_was_just_taken_leads_back_to_the_closest_ones_and_keeps_the_rest(
    known, appointment_request, clinic
):
    known.post(url(appointment_request, "times"), {"add": clinic.slot(day=8).code})
    clinic.appointment(clinic.slot(day=8))
    answer = send(known, appointment_request, "times")
    assert answer["Location"] == url(appointment_request, "times")
    page = words(known.get(url(appointment_request, "times")))
    assert "9:00 am on Tuesday, December 8 is not open any more" in page
    assert "Fri, Dec 4, 9:00 am" in page
    assert wanted(appointment_request) == [clinic.slot().starts_at, clinic.slot(day=4).starts_at]


def test_a_confirmed_request_keeps_its_times(known, appointment_request, clinic, appointment):
    for name in ("times", "check_times"):
        answer = known.post(
            url(appointment_request, name), {"add": clinic.slot(day=8).code, "version": appointment_request.version}
        )
        assert answer.status_code == 409
        assert "only while your request waits" in words(answer)
    assert wanted(appointment_request) == [clinic.slot().starts_at, clinic.slot(day=4).starts_at]


def test_on_the_waitlist_times_can_be_changed_and_nothing_is_held(known, appointment_request, clinic, by):
    lifecycle.waitlist(appointment_request.pk, by=by, now=later())
    known.post(url(appointment_request, "times"), {"add": clinic.slot(day=8).code})
    send(known, appointment_request, "times")
    appointment_request.refresh_from_db()
    assert (appointment_request.status, len(wanted(appointment_request))) == ("waitlisted", 3)
    assert_settled()


def test_a_clerk_who_answers_an_outdated_request_gets_a_message(known, appointment_request, clinic, by):
    known.post(url(appointment_request, "times"), {"add": clinic.slot(day=8).code})
    version = appointment_request.version
    send(known, appointment_request, "times")
    with pytest.raises(lifecycle.AlreadyHandled) as late:
        lifecycle.confirm(appointment_request.pk, clinic.slot(), by=by, now=later(), version=version)
    assert late.value.event.verb == "change_times"


def test_the_new_first_choice_is_held_even_if_our_answer_is_late(known, appointment_request, clinic, now):
    now("2026-11-30 09:00")
    give_birth_date(known, appointment_request)
    known.post(url(appointment_request, "times"), {"remove": "2"})
    known.post(url(appointment_request, "times"), {"add": clinic.slot(day=8).code})
    known.post(url(appointment_request, "times"), {"remove": "1"})
    send(known, appointment_request, "times")
    assert Appointment.objects.get(status="held").starts_at == clinic.slot(day=8).starts_at


@pytest.mark.parametrize("name", ["times", "check_times", "another_time", "check_another_time"])
def test_a_get_saves_nothing_and_every_page_needs_the_date_of_birth(client, appointment_request, name):
    assert client.get(url(appointment_request, name))["Location"] == url(appointment_request)
    assert client.post(url(appointment_request, name), {"add": "1"}).status_code == 403
    give_birth_date(client, appointment_request)
    session, events = dict(client.session), appointment_request.events.count()
    client.get(url(appointment_request, name))
    client.head(url(appointment_request, name))
    assert (dict(client.session), appointment_request.events.count()) == (session, events)


@pytest.mark.once
def test_a_crafted_time_is_refused(known, appointment_request):
    known.post(url(appointment_request, "times"), {"remove": "2"})
    for code in ("", "x", "9" * 60, "27412345-1-1", "1-1-1"):
        known.post(url(appointment_request, "times"), {"add": code}, follow=True)
        assert "2nd choice: none yet" in words(known.get(url(appointment_request, "times"))), code


# -- an appointment


def ask(client, appointment_request, slot):
    client.post(url(appointment_request, "another_time"), {"add": slot.code})
    client.post(url(appointment_request, "another_time"), {"go": "1"})
    return send(client, appointment_request, "another_time")


def test_a_patient_asks_for_another_time_and_the_appointment_stays(known, appointment_request, clinic, appointment):
    page = words(known.get(url(appointment_request, "another_time")))
    assert "1st choice: none yet" in page
    answer = ask(known, appointment_request, clinic.slot(day=8))
    new = replacing(appointment)
    assert answer["Location"] == url(new)
    page = words(known.get(url(new)))
    for said in (
        "You asked for another time",
        "We’ll answer by Tuesday, November 24, 5:00 pm Eastern Time",
        "You keep the appointment below until we confirm the new time.",
        "Thursday, December 3",
        "We hold this for you until",
    ):
        assert said in page
    page = words(known.get(url(appointment_request)))
    assert "Your appointment is confirmed" in page
    assert "You asked for another time. We are working on it" in page
    appointment.refresh_from_db()
    assert (appointment.status, appointment.starts_at) == ("booked", clinic.slot().starts_at)
    assert_sound()


def test_when_the_desk_confirms_the_appointment_is_rescheduled_and_both_links_show_it(
    known, appointment_request, clinic, appointment, by
):
    ask(known, appointment_request, clinic.slot(day=8))
    new = replacing(appointment)
    lifecycle.confirm(new.pk, clinic.slot(day=8), by=by, now=later(hours=1))
    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.sequence) == (clinic.slot(day=8).starts_at, 1)
    assert Appointment.objects.filter(status="booked").count() == 1
    for request in (appointment_request, new):
        page = words(known.get(url(request)))
        assert "Your appointment moved" in page
        assert "Tuesday, December 8" in page
    assert "The appointment was moved to a new time." in words(known.get(url(appointment_request)))


def test_until_then_the_link_alone_says_that_the_appointment_stays(known, appointment_request, clinic, appointment):
    ask(known, appointment_request, clinic.slot(day=8))
    page = words(Client().get(url(replacing(appointment))))
    assert "You keep the appointment below" in page
    assert "Thursday, December 3" in page
    assert "December 8" not in page
    assert "Ellison" not in page


def test_after_our_answer_the_page_never_says_that_there_is_no_appointment(
    known, appointment_request, clinic, appointment, by
):
    ask(known, appointment_request, clinic.slot(day=8))
    new = replacing(appointment)
    lifecycle.decline(new.pk, "no_times", "Keep your appointment. Call us.", by=by, now=later())
    page = words(known.get(url(new)))
    assert "The appointment that you have stays as it is" in page
    assert "There is no appointment" not in page


def test_the_request_can_be_canceled_and_the_appointment_stays(known, appointment_request, clinic, appointment):
    ask(known, appointment_request, clinic.slot(day=8))
    new = replacing(appointment)
    assert "The appointment that you have stays as it is" in words(known.get(url(new, "withdraw")))
    known.post(url(new, "withdraw"), {"version": new.version})
    appointment.refresh_from_db()
    assert appointment.status == "booked"
    assert "stays as it is" in words(known.get(url(new)))


def test_a_double_click_and_the_back_button_ask_once(known, appointment_request, clinic, appointment):
    ask(known, appointment_request, clinic.slot(day=8))
    again = known.post(url(appointment_request, "check_another_time"), {"version": appointment.version}, follow=True)
    assert "You asked for another time before" in words(again)
    assert appointment.replaced_by_requests.count() == 1


def test_a_second_device_reads_that_the_patient_has_already_asked(known, appointment_request, clinic, appointment):
    other = Client()
    give_birth_date(other, appointment_request)
    other.post(url(appointment_request, "another_time"), {"add": clinic.slot(day=9).code})
    ask(known, appointment_request, clinic.slot(day=8))
    late = other.post(url(appointment_request, "check_another_time"), {"version": appointment.version})
    assert late.status_code == 409
    assert "You asked for another time before" in words(late)


def test_after_a_reschedule_the_patient_sees_the_new_time_before_asking(
    known, appointment_request, clinic, appointment, by
):
    known.post(url(appointment_request, "another_time"), {"add": clinic.slot(day=8).code})
    lifecycle.reschedule(appointment.pk, clinic.slot(day=9), by=by, now=later())
    late = known.post(url(appointment_request, "check_another_time"), {"version": appointment.version})
    assert late.status_code == 409
    assert "Check it again before you continue" in words(late)


def test_shortly_before_the_appointment_the_patient_must_call(known, appointment_request, clinic, appointment, now):
    now("2026-12-02 09:01")
    give_birth_date(known, appointment_request)
    assert "Ask for another time" not in words(known.get(url(appointment_request)))
    late = known.get(url(appointment_request, "another_time"))
    assert late.status_code == 409
    assert "too near to change it here. Call us at (718) 555-0142" in words(late)


def test_an_appointment_before_the_response_deadline_can_only_be_changed_by_phone(known, clinic, now):
    now("2026-11-27 16:00")  # Friday: the response deadline would be Monday evening
    appointment = clinic.appointment(clinic.slot(day=30, month=11))
    give_birth_date(known, appointment.appointment_request)
    assert "too near to change it here" in words(known.get(url(appointment.appointment_request, "another_time")))


def test_without_a_future_appointment_no_other_time_can_be_requested(known, appointment_request, clinic, by):
    assert "no appointment to come" in words(known.get(url(appointment_request, "another_time")))
    appointment = lifecycle.confirm(appointment_request.pk, clinic.slot(), by=by, now=later())
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=later())
    assert "no appointment to come" in words(known.get(url(appointment_request, "another_time")))


def test_an_appointment_that_needs_rebooking_says_so_on_both_pages(known, appointment_request, appointment, by):
    new = lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=later())
    give_birth_date(known, new)
    for page in (words(known.get(url(appointment_request))), words(Client().get(url(appointment_request)))):
        assert "We cannot see you at this time after all" in page
        assert "Do not come at this time: Thursday, December 3" in page
        assert "Please arrive" not in page
        assert "Add to my calendar" not in page
    page = words(known.get(url(new)))
    assert "Change my times" in page
    assert "You keep the appointment" not in page


def test_both_pages_cost_a_fixed_number_of_queries(
    known, appointment_request, clinic, appointment, django_assert_max_num_queries
):
    ask(known, appointment_request, clinic.slot(day=8))
    for request in (appointment_request, replacing(appointment)):
        with django_assert_max_num_queries(15):
            known.get(url(request))


@pytest.mark.django_db(transaction=True)
def test_of_four_simultaneous_clicks_one_asks(client, appointment_request, clinic, appointment):
    give_birth_date(client, appointment_request)
    client.post(url(appointment_request, "another_time"), {"add": clinic.slot(day=8).code})
    cookie, path = client.cookies["sessionid"].value, url(appointment_request, "check_another_time")

    def click(*_):
        each = Client()
        each.cookies["sessionid"] = cookie
        return each.post(path, {"version": appointment.version}).status_code

    [outcomes] = race(4, click)
    assert ends(outcomes) == {"done": 4}
    assert AppointmentRequest.objects.filter(replaces=appointment).count() == 1
    assert {outcome.value for outcome in outcomes} <= {302, 409}
    assert_sound()


def test_other_call_preferences_are_shown_and_saved(client, clinic):
    appointment_request = clinic.appointment_request(wants_call=True, best_time="morning", wanted_week=JANUARY)
    give_birth_date(client, appointment_request)
    assert "The week of January 4" in words(client.get(url(appointment_request, "times"), {"call": ""}))
    client.post(url(appointment_request, "times"), CALL | {"wanted_week": JANUARY})
    path = url(appointment_request, "check_times")
    assert "Afternoon, 12 to 5" in words(client.get(path))
    for _press in range(2):
        client.post(path, {"version": shown_version(client, path)})
    appointment_request.refresh_from_db()
    assert (appointment_request.best_time, appointment_request.part_of_day, appointment_request.never_days) == (
        "afternoon",
        "morning",
        [1],
    )
    assert str(appointment_request.wanted_week) == JANUARY
    assert appointment_request.events.filter(verb="change_times").count() == 1


def test_an_expired_offer_no_longer_asks_for_a_choice(client, clinic, now):
    appointment_request = clinic.appointment_request(clinic.slot())
    lifecycle.offer(
        appointment_request.pk, [clinic.slot(day=8)], later(days=1), by=lifecycle.staff(make_clerk()), now=later()
    )
    now("2026-11-24 10:06")
    give_birth_date(client, appointment_request)
    answer = client.post(url(appointment_request, "answer"), {"version": 2}, follow=True)
    assert "Which time do you want" not in words(answer)


def test_the_pages_of_an_appointment_that_needs_rebooking_do_not_say_that_the_patient_asked(
    known, appointment_request, appointment, by
):
    new = lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=later())
    give_birth_date(known, new)
    old_page, new_page = known.get(url(appointment_request)), words(known.get(url(new)))
    assert url(new) in old_page.content.decode()
    assert "You asked for another time" not in words(old_page)
    assert "We need to find another time for you" in new_page
    assert "Do not come then." in new_page
    assert "You asked" not in new_page


def test_canceling_says_that_the_request_for_another_time_ends_too(known, appointment_request, clinic, appointment):
    lifecycle.ask_for_another_time(appointment.pk, [clinic.slot(day=10)], {}, by=lifecycle.PATIENT, now=later())
    assert "Your request for another time is canceled too" in words(known.get(url(appointment_request, "cancel")))


def test_on_the_waitlist_the_page_still_says_not_to_come(known, appointment_request, appointment, by):
    new = lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=later())
    lifecycle.waitlist(new.pk, by=by, now=later())
    assert "Do not come then." in words(Client().get(url(new)))


def test_canceling_the_request_to_rebook_gives_up_the_appointment(known, appointment_request, appointment, by):
    new = lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=later())
    give_birth_date(known, new)
    path = url(new, "withdraw")
    assert "The appointment whose time we cannot keep is canceled with it." in words(known.get(path))
    known.post(path, {"version": shown_version(known, path)})
    assert "You canceled this request" in words(known.get(url(new)))
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"
