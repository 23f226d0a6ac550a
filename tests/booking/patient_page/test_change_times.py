"""Other times on the patient's page: for a request that waits, and for a visit, which stays until the desk confirms."""

import pytest
from django.test import Client

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Message
from tests.booking.lifecycle.race import ends, race
from tests.booking.patient_page.patient import give_birth_date, shown_version, url, words
from tests.builders import Clinic, assert_settled, assert_sound, later, make_clerk

pytestmark = pytest.mark.django_db
CALL = {"call": "1", "best_time": "afternoon", "part_of_day": "morning", "never_days": ["1"]}


@pytest.fixture(autouse=True)
def now(at):
    at("2026-11-23 10:05")
    return at


@pytest.fixture
def clinic():
    return Clinic()


@pytest.fixture
def by():
    return lifecycle.desk(make_clerk())


@pytest.fixture
def asked(clinic):
    return clinic.request(clinic.slot(), clinic.slot(day=4))


@pytest.fixture
def visit(clinic, asked, by):
    return lifecycle.confirm(asked.pk, clinic.slot(), by=by, now=later())


@pytest.fixture
def known(client, asked):
    give_birth_date(client, asked)
    return client


def send(client, asked, name):
    """Press the button of the check page."""
    path = url(asked, f"check_{name}")
    return client.post(path, {"version": shown_version(client, path)})


def wanted(asked):
    return list(asked.requested_times.values_list("starts_at", flat=True))


def replacing(visit):
    return visit.replaced_by_requests.order_by("pk").last()


# -- a request that waits


def test_the_page_of_times_begins_with_those_asked_for_and_the_held_one_is_open(known, asked, clinic):
    page = known.get(url(asked, "times"), {"week": "2026-12-03"})
    for said in ("Which times would suit you?", "Thursday, December 3 9:00 am", "Friday, December 4 9:00 am"):
        assert said in words(page)
    assert 'name="remove" value="1"><span class="visually-hidden">Take off' in page.content.decode()


def test_times_are_changed_in_three_steps_and_the_first_is_held(known, asked, clinic):
    known.post(url(asked, "times"), {"remove": "1"})
    known.post(url(asked, "times"), {"add": clinic.slot(day=8).code})
    known.post(url(asked, "times"), {"up": "2"})
    checked = known.post(url(asked, "times"), {"go": "1"}, follow=True)
    assert "Nothing is changed yet" in words(checked)
    assert "1st choice Tuesday, December 8, 9:00 am" in words(checked)
    assert wanted(asked) == [clinic.slot().starts_at, clinic.slot(day=4).starts_at]
    assert send(known, asked, "times")["Location"] == url(asked)
    assert wanted(asked) == [clinic.slot(day=8).starts_at, clinic.slot(day=4).starts_at]
    assert Appointment.objects.get(status="held").starts_at == clinic.slot(day=8).starts_at
    assert "You changed your times." in words(known.get(url(asked)))
    assert Message.objects.count() == 1  # the receipt: who changes it sees it
    assert asked.events.get(verb="change_times").before["times"] == [clinic.slot().code, clinic.slot(day=4).code]
    assert_sound()


def test_a_call_instead_frees_the_held_time(known, asked, clinic):
    known.post(url(asked, "times"), CALL)
    assert "You ask us to call you." in words(known.get(url(asked, "check_times")))
    send(known, asked, "times")
    asked.refresh_from_db()
    assert (asked.wants_call, asked.best_time, asked.part_of_day, asked.never_days) == (
        True, "afternoon", "morning", [1],
    )  # fmt: skip
    assert wanted(asked) == []
    assert not Appointment.objects.filter(status="held").exists()


def test_a_double_click_and_the_back_button_change_once(known, asked, clinic):
    known.post(url(asked, "times"), {"add": clinic.slot(day=8).code})
    version = asked.version
    answers = [known.post(url(asked, "check_times"), {"version": version}) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [url(asked)] * 2
    assert asked.events.filter(verb="change_times").count() == 1


def test_two_devices_the_second_is_told_and_changes_nothing(asked, clinic):
    devices = Client(), Client()
    for device, day in zip(devices, (8, 9), strict=True):
        give_birth_date(device, asked)
        device.post(url(asked, "times"), {"add": clinic.slot(day=day).code})
    answers = [device.post(url(asked, "check_times"), {"version": asked.version}) for device in devices]
    assert [answer.status_code for answer in answers] == [302, 409]
    assert "You changed your times." in words(answers[1])
    assert wanted(asked)[-1] == clinic.slot(day=8).starts_at


def test_a_time_that_was_just_taken_leads_back_with_the_closest_ones_and_keeps_the_rest(known, asked, clinic):
    known.post(url(asked, "times"), {"add": clinic.slot(day=8).code})
    clinic.visit(clinic.slot(day=8))
    answer = send(known, asked, "times")
    assert answer["Location"] == url(asked, "times")
    page = words(known.get(url(asked, "times")))
    assert "9:00 am on Tuesday, December 8 is not open any more" in page
    assert "Friday, December 4 9:00 am" in page
    assert wanted(asked) == [clinic.slot().starts_at, clinic.slot(day=4).starts_at]


def test_a_confirmed_request_keeps_its_times(known, asked, clinic, visit):
    for name in ("times", "check_times"):
        answer = known.post(url(asked, name), {"add": clinic.slot(day=8).code, "version": asked.version})
        assert answer.status_code == 409
        assert "only while your request waits" in words(answer)
    assert wanted(asked) == [clinic.slot().starts_at, clinic.slot(day=4).starts_at]


def test_on_the_list_times_are_changed_and_nothing_is_held(known, asked, clinic, by):
    lifecycle.waitlist(asked.pk, by=by, now=later())
    known.post(url(asked, "times"), {"add": clinic.slot(day=8).code})
    send(known, asked, "times")
    asked.refresh_from_db()
    assert (asked.status, len(wanted(asked))) == ("waitlisted", 3)
    assert_settled()


def test_a_clerk_who_answers_from_before_the_change_is_told(known, asked, clinic, by):
    known.post(url(asked, "times"), {"add": clinic.slot(day=8).code})
    version = asked.version
    send(known, asked, "times")
    with pytest.raises(lifecycle.AlreadyHandled) as late:
        lifecycle.confirm(asked.pk, clinic.slot(), by=by, now=later(), version=version)
    assert late.value.event.verb == "change_times"


def test_a_late_answer_lets_the_new_first_choice_be_held_all_the_same(known, asked, clinic, now):
    now("2026-11-30 09:00")
    give_birth_date(known, asked)
    known.post(url(asked, "times"), {"remove": "2"})
    known.post(url(asked, "times"), {"add": clinic.slot(day=8).code})
    known.post(url(asked, "times"), {"remove": "1"})
    send(known, asked, "times")
    assert Appointment.objects.get(status="held").starts_at == clinic.slot(day=8).starts_at


@pytest.mark.parametrize("name", ["times", "check_times", "another_time", "check_another_time"])
def test_to_look_stores_nothing_and_a_door_needs_the_birth_date(client, asked, name):
    assert client.get(url(asked, name))["Location"] == url(asked)
    assert client.post(url(asked, name), {"add": "1"}).status_code == 403
    give_birth_date(client, asked)
    session, events = dict(client.session), asked.events.count()
    client.get(url(asked, name))
    client.head(url(asked, name))
    assert (dict(client.session), asked.events.count()) == (session, events)


@pytest.mark.parametrize("code", ["", "x", "9" * 60, "27412345-1-1", "1-1-1"])
def test_a_crafted_time_is_not_taken(known, asked, code):
    known.post(url(asked, "times"), {"remove": "2"})
    known.post(url(asked, "times"), {"add": code}, follow=True)
    assert "2nd choice: none yet" in words(known.get(url(asked, "times")))


# -- a visit


def ask(client, asked, slot):
    client.post(url(asked, "another_time"), {"add": slot.code})
    client.post(url(asked, "another_time"), {"go": "1"})
    return send(client, asked, "another_time")


def test_another_time_is_asked_for_and_the_visit_stays(known, asked, clinic, visit):
    page = words(known.get(url(asked, "another_time")))
    assert "1st choice: none yet" in page
    answer = ask(known, asked, clinic.slot(day=8))
    new = replacing(visit)
    assert answer["Location"] == url(new)
    page = words(known.get(url(new)))
    for said in (
        "You asked for another time",
        "We answer by Tuesday, November 24, 5:00 pm Eastern Time",
        "You keep the visit below until we set the new time.",
        "Thursday, December 3",
        "We hold this for you until",
    ):
        assert said in page
    page = words(known.get(url(asked)))
    assert "Your visit is set" in page
    assert "You asked for another time. We are working on it" in page
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at) == ("booked", clinic.slot().starts_at)
    assert_sound()


def test_when_the_desk_confirms_one_visit_moves_and_both_links_show_it(known, asked, clinic, visit, by):
    ask(known, asked, clinic.slot(day=8))
    new = replacing(visit)
    lifecycle.confirm(new.pk, clinic.slot(day=8), by=by, now=later(hours=1))
    visit.refresh_from_db()
    assert (visit.starts_at, visit.sequence) == (clinic.slot(day=8).starts_at, 1)
    assert Appointment.objects.filter(status="booked").count() == 1
    for request in (asked, new):
        page = words(known.get(url(request)))
        assert "Your visit is set" in page
        assert "Tuesday, December 8" in page
    assert "Your visit got another time." in words(known.get(url(asked)))


def test_until_then_the_link_alone_says_that_the_visit_is_kept(known, asked, clinic, visit):
    ask(known, asked, clinic.slot(day=8))
    page = words(Client().get(url(replacing(visit))))
    assert "You keep the visit below" in page
    assert "Thursday, December 3" in page
    assert "December 8" not in page
    assert "Ellison" not in page


def test_what_became_of_it_never_says_that_there_is_no_appointment(known, asked, clinic, visit, by):
    ask(known, asked, clinic.slot(day=8))
    new = replacing(visit)
    lifecycle.decline(new.pk, "no_times", "Keep your visit. Call us.", by=by, now=later())
    page = words(known.get(url(new)))
    assert "The visit that you have stays as it is." in page
    assert "There is no appointment" not in page


def test_it_is_taken_back_and_the_visit_stays(known, asked, clinic, visit):
    ask(known, asked, clinic.slot(day=8))
    new = replacing(visit)
    assert "The visit that you have stays as it is." in words(known.get(url(new, "withdraw")))
    known.post(url(new, "withdraw"), {"version": new.version})
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert "stays as it is" in words(known.get(url(new)))


def test_a_double_click_and_the_back_button_ask_once(known, asked, clinic, visit):
    ask(known, asked, clinic.slot(day=8))
    again = known.post(url(asked, "check_another_time"), {"version": visit.version}, follow=True)
    assert "You asked for another time before" in words(again)
    assert visit.replaced_by_requests.count() == 1


def test_a_second_device_is_told_that_it_was_asked_before(known, asked, clinic, visit):
    other = Client()
    give_birth_date(other, asked)
    other.post(url(asked, "another_time"), {"add": clinic.slot(day=9).code})
    ask(known, asked, clinic.slot(day=8))
    late = other.post(url(asked, "check_another_time"), {"version": visit.version})
    assert late.status_code == 409
    assert "You asked for another time before" in words(late)


def test_a_visit_that_was_moved_meanwhile_is_looked_at_first(known, asked, clinic, visit, by):
    known.post(url(asked, "another_time"), {"add": clinic.slot(day=8).code})
    lifecycle.move_visit(visit.pk, clinic.slot(day=9), by=by, now=later())
    late = known.post(url(asked, "check_another_time"), {"version": visit.version})
    assert late.status_code == 409
    assert "Look again before you go on" in words(late)


def test_near_the_visit_it_is_by_phone(known, asked, clinic, visit, now):
    now("2026-12-02 09:00")
    give_birth_date(known, asked)
    assert "Ask for another time" not in words(known.get(url(asked)))
    late = known.get(url(asked, "another_time"))
    assert late.status_code == 409
    assert "too near to change it here. Call us at (718) 555-0142" in words(late)


def test_a_visit_that_is_before_our_answer_is_changed_by_phone(known, clinic, now):
    now("2026-11-27 16:00")  # Friday: we would answer by Monday evening
    visit = clinic.visit(clinic.slot(day=30, month=11))
    give_birth_date(known, visit.request)
    assert "too near to change it here" in words(known.get(url(visit.request, "another_time")))


def test_there_is_nothing_to_ask_for_without_a_visit_to_come(known, asked, clinic, by):
    assert "no visit to come" in words(known.get(url(asked, "another_time")))
    visit = lifecycle.confirm(asked.pk, clinic.slot(), by=by, now=later())
    lifecycle.cancel(visit.pk, "clinic", by=by, now=later())
    assert "no visit to come" in words(known.get(url(asked, "another_time")))


def test_a_visit_whose_time_we_cannot_keep_says_so_on_both_pages(known, asked, visit, by):
    new = lifecycle.strand(visit.pk, by=by, now=later())
    give_birth_date(known, new)
    for page in (words(known.get(url(asked))), words(Client().get(url(asked)))):
        assert "We cannot see you at this time after all" in page
        assert "Do not come at this time: Thursday, December 3" in page
        assert "Please arrive" not in page
        assert "Add to my calendar" not in page
    page = words(known.get(url(new)))
    assert "Change my times" in page
    assert "You keep the visit" not in page


def test_both_pages_cost_a_fixed_number_of_queries(known, asked, clinic, visit, django_assert_max_num_queries):
    ask(known, asked, clinic.slot(day=8))
    for request in (asked, replacing(visit)):
        with django_assert_max_num_queries(15):
            known.get(url(request))


@pytest.mark.django_db(transaction=True)
def test_of_four_clicks_at_one_moment_one_asks(client, asked, clinic, visit):
    give_birth_date(client, asked)
    client.post(url(asked, "another_time"), {"add": clinic.slot(day=8).code})
    cookie, path = client.cookies["sessionid"].value, url(asked, "check_another_time")

    def click(*_):
        each = Client()
        each.cookies["sessionid"] = cookie
        return each.post(path, {"version": visit.version}).status_code

    [outcomes] = race(4, click)
    assert ends(outcomes) == {"done": 4}
    assert AppointmentRequest.objects.filter(replaces=visit).count() == 1
    assert {outcome.value for outcome in outcomes} <= {302, 409}
    assert_sound()


def test_other_wishes_for_a_call_are_shown_and_written(client, clinic):
    asked = clinic.request(wants_call=True, best_time="morning")
    give_birth_date(client, asked)
    client.post(url(asked, "times"), CALL)
    path = url(asked, "check_times")
    assert "Afternoon, 12 to 5" in words(client.get(path))
    for _press in range(2):
        client.post(path, {"version": shown_version(client, path)})
    asked.refresh_from_db()
    assert (asked.best_time, asked.part_of_day, asked.never_days) == ("afternoon", "morning", [1])
    assert asked.events.filter(verb="change_times").count() == 1


def test_an_offer_that_has_run_out_asks_for_no_choice(client, clinic, now):
    asked = clinic.request(clinic.slot())
    lifecycle.offer(asked.pk, [clinic.slot(day=8)], later(days=1), by=lifecycle.desk(make_clerk()), now=later())
    now("2026-11-24 10:06")
    give_birth_date(client, asked)
    answer = client.post(url(asked, "answer"), {"version": 2}, follow=True)
    assert "Which time do you want" not in words(answer)


def test_the_pages_of_a_visit_whose_time_we_cannot_keep_do_not_say_that_the_patient_asked(known, asked, visit, by):
    new = lifecycle.strand(visit.pk, by=by, now=later())
    give_birth_date(known, new)
    old_page, new_page = known.get(url(asked)), words(known.get(url(new)))
    assert url(new) in old_page.content.decode()
    assert "You asked for another time" not in words(old_page)
    assert "We need to find another time for you" in new_page
    assert "Do not come then." in new_page
    assert "You asked" not in new_page


def test_who_cancels_reads_that_the_request_for_another_time_goes_too(known, asked, clinic, visit):
    lifecycle.ask_for_another_time(visit.pk, [clinic.slot(day=10)], {}, by=lifecycle.PATIENT, now=later())
    assert "Your request for another time is taken back too" in words(known.get(url(asked, "cancel")))


def test_on_the_waitlist_the_page_still_says_not_to_come(known, asked, visit, by):
    new = lifecycle.strand(visit.pk, by=by, now=later())
    lifecycle.waitlist(new.pk, by=by, now=later())
    assert "Do not come then." in words(Client().get(url(new)))


def test_taking_back_the_request_for_it_gives_up_the_visit(known, asked, visit, by):
    new = lifecycle.strand(visit.pk, by=by, now=later())
    give_birth_date(known, new)
    path = url(new, "withdraw")
    assert "The visit whose time we cannot keep is cancelled with it." in words(known.get(path))
    known.post(path, {"version": shown_version(known, path)})
    assert "You took back this request" in words(known.get(url(new)))
    visit.refresh_from_db()
    assert visit.status == "cancelled"
