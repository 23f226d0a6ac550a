"""Who chose not to be called is offered no call: every sentence is true for who is called and who is not."""

import pytest
from django.test import Client
from django.urls import reverse

from booking.models import AppointmentRequest
from tests.booking.patient_page.patient import give_birth_date, url
from tests.booking.request_flow.walk import HELPED, Walker
from tests.builders import make_clerk
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
WRITTEN = ["writing", "email"]
OTHER_TIMES = {"call": "1", "part_of_day": "morning", "never_days": ["0"]}
CALLS = (
    "to call you",
    "can call you",
    "Ask for a call",
    "on the phone",
    "If we call",
    "Wants a call",
    "wants a call",
    "asked for a call",
)


@pytest.fixture
def june(client, clinic):
    return Walker(client)


def not_called(reach_by):
    return {"reach_by": reach_by, "phone": "718 555 0167", "may_leave_message": "on", "email": "june@example.org"}


def asks_in_writing(june, reach_by, **instead):
    june.ready(contact=not_called(reach_by), **instead)
    june.post("times", OTHER_TIMES)


@pytest.mark.parametrize("reach_by", WRITTEN)
@pytest.mark.parametrize("helped", [{}, HELPED])
def test_the_page_of_times_offers_to_write(june, clinic, reach_by, helped):
    own = {"helper_phone": "718 555 0199"} if helped else {}
    june.ready(**helped | {"contact": not_called(reach_by) | own})
    times, form = words(june.get("times")), words(june.get("times", call=""))
    page = times + form
    assert "None of these? We can write to you" in times
    assert "Ask for other times in writing" in form
    assert not [said for said in (*CALLS, "Best time to call") if said in page]
    problem = words(june.press("times", {"go": "1"}))
    assert not [said for said in CALLS if said in problem]


def test_a_week_without_times_offers_to_write(june, clinic):
    june.ready(contact=not_called("email"))
    empty = words(june.get("times", day="2031-01-06"))
    assert "Ask us to write to you" in empty
    assert not [said for said in CALLS if said in empty]


@pytest.mark.parametrize("reach_by", WRITTEN)
def test_the_check_page_and_the_receipt_promise_no_call(june, reach_by):
    asks_in_writing(june, reach_by)
    check = words(june.get("check"))
    assert "You ask us to write to you." in check
    assert "Leave a message" not in check
    assert "We use your answers only to answer you and set up your appointment." in check
    receipt = words(june.press("check", {}))
    assert "We answer by email. We do not call." in receipt
    for page in (check, receipt):
        assert not [said for said in (*CALLS, "Best time to call", "If you miss us") if said in page]
    assert AppointmentRequest.objects.values_list("wants_call", "best_time", "part_of_day", "never_days").get() == (
        True, "any", "morning", [0],
    )  # fmt: skip


def test_who_is_called_is_offered_a_call_and_asked_when(june):
    june.ready()
    assert "Rather be called?" in words(june.get("times"))
    page, check = words(june.get("times", call="")), words(june.get("check"))
    assert "Ask for a call instead" in page
    assert "Best time to call" in page
    assert "You ask us to call you." in check
    assert "We call you, as you asked, from" in words(june.press("check", {}))


@pytest.mark.parametrize("reach_by", WRITTEN)
def test_who_changes_the_answer_later_is_asked_in_the_words_of_the_last_answer(june, reach_by):
    june.ready()
    june.post("contact", not_called(reach_by))
    assert "You ask us to write to you." in words(june.get("check"))
    june.post("contact")
    assert "You ask us to call you." in words(june.get("check"))


@pytest.mark.parametrize("reach_by", WRITTEN)
def test_the_patients_page_promises_no_call(client, clinic, reach_by):
    request = clinic.appointment_request(wants_call=True, patient={"reach_by": reach_by})
    give_birth_date(client, request)
    page = words(client.get(url(request, "page")))
    assert "You asked us to write to you." in page
    times = words(client.get(url(request, "times"))) + words(client.get(url(request, "times"), {"call": ""}))
    assert "Ask for other times in writing" in times
    client.post(url(request, "times"), OTHER_TIMES)
    check = words(client.get(url(request, "check_times")))
    assert "You ask us to write to you." in check
    assert not [said for each in (page, times, check) for said in CALLS if said in each]


@pytest.mark.parametrize("reach_by", WRITTEN)
def test_the_desk_reads_that_the_patient_wants_us_to_write(clinic, reach_by):
    request = clinic.appointment_request(wants_call=True, patient={"reach_by": reach_by, "may_leave_message": True})
    desk = Client()
    desk.force_login(make_clerk())
    page = words(desk.get(reverse("desk:request", args=[request.reference])))
    assert "Wants an email." in page
    assert "No time chosen: the patient wants an email" in page
    queue = words(desk.get(reverse("desk:queue")))
    assert "Wants an email, no time chosen" in queue
    for each in (page, queue):
        assert not [said for said in ("Wants a call", "wants a call", "leave a message") if said in each]
