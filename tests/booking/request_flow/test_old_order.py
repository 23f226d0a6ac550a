"""A session that began when the pages stood in another order: its answers survive, and nothing is asked twice."""

import pytest

from booking.models import AppointmentRequest
from tests.booking.request_flow.walk import Walker
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
PARTS = {"birth_date_month": ["March"], "birth_date_day": ["9"], "birth_date_year": ["1951"]}
ANSWERED = {
    "emergency": {"emergency": ["no"]},
    "who": {"for_whom": ["other"], "helper_name": ["Dana Helper"], "helper_phone": ["718 555 0199"]},
    "reason": {"returning": ["no"], "reason": ["broken-bone"], "note": ["Fell in October."]},
    "you": {"name": ["June Demo"]} | PARTS,
    "contact": {"reach_by": ["phone"], "phone": ["718 555 0167"], "email": [""], "best_time": ["morning"]},
    "access": {"language": ["Spanish"], "needs_interpreter": ["yes"], "other_language": [""]},
    "cover": {"insurance": ["medicare"], "scan": ["yes"], "referral": ["unsure"]},
}


@pytest.fixture
def june(client, clinic):
    walker = Walker(client)
    walker.start()
    return walker


def put_back(june, clinic, *, answered=tuple(ANSWERED), typed=None):
    """Give the session the shape of the old pages."""
    session = june.client.session
    flow = session["flows"][june.key]
    flow["answers"] = {page: ANSWERED[page] for page in answered}
    flow["typed"] = typed or {}
    flow["times"]["codes"] = [clinic.slot().code] if "access" in answered else []
    session.save()


def test_a_request_that_was_all_answered_is_checked_and_sent_with_every_answer(june, clinic):
    put_back(june, clinic)
    page = words(june.get("check"))
    for said in ("June Demo", "Dana Helper", "718 555 0167", "Español", "Medicare", "Fell in October."):
        assert said in page
    june.send()
    sent = AppointmentRequest.objects.select_related("patient").get()
    patient = sent.patient
    assert (sent.helper_name, sent.helper_phone, sent.note) == ("Dana Helper", "+17185550199", "Fell in October.")
    assert (sent.scan, sent.referral, sent.best_time, sent.insurance) == ("yes", "unsure", "morning", "medicare")
    assert (patient.name, patient.language, patient.needs_interpreter) == ("June Demo", "Spanish", True)


def test_who_speaks_english_and_needs_nothing_is_not_asked_about_help_again(june, clinic):
    put_back(june, clinic)
    session = june.client.session
    usual = {"language": ["English"], "needs_interpreter": ["no"]}
    session["flows"][june.key]["answers"]["access"] = usual
    session.save()
    assert "Interpreter or other help No" in words(june.get("check"))


@pytest.mark.parametrize(
    ("last", "next_page", "shown"),
    [
        ("emergency", "reason", "Who is it for?"),
        ("who", "reason", 'value="other" id="id_for_whom_1" checked'),
        ("reason", "times", "Rather be called?"),
        ("you", "times", "Rather be called?"),
        ("contact", "times", "Rather be called?"),
        ("access", "needs", "checked"),
    ],
)
def test_a_half_answered_request_goes_on_where_an_answer_is_missing(june, clinic, last, next_page, shown):
    pages = list(ANSWERED)
    put_back(june, clinic, answered=pages[: pages.index(last) + 1])
    assert june.get("check")["Location"] == june.url(next_page)
    assert shown in " ".join(june.get(next_page).text.split())


def test_what_was_typed_with_a_mistake_is_still_there(june, clinic):
    put_back(june, clinic, answered=["emergency", "who", "reason"], typed={"you": {"name": ["Juni"]}})
    session = june.client.session["flows"][june.key]
    assert june.get("reason").status_code == 200
    session = june.client.session["flows"][june.key]
    assert session["typed"]["you"]["name"] == ["Juni"]
    assert session["typed"]["you"]["helper_name"] == ["Dana Helper"]
    assert "emergency" not in str(session)


def test_an_open_page_of_the_old_order_can_still_be_sent(june, clinic):
    put_back(june, clinic, answered=["emergency"])
    assert june.post("who", {"for_whom": "other", "helper_name": "Dana Helper"})["Location"] == june.url("reason")
    typed = june.client.session["flows"][june.key]["typed"]
    assert (typed["reason"], typed["you"]) == ({"for_whom": ["other"]}, {"helper_name": ["Dana Helper"]})


def test_a_danger_sign_on_an_open_page_of_the_old_order_still_stops_the_request(june, clinic):
    put_back(june, clinic, answered=[])
    assert "Call 911 now" in june.press("emergency", {"emergency": "yes"}).text
    assert "emergency" not in str(june.client.session["flows"][june.key]["answers"])


def test_a_bookmark_of_a_page_that_is_gone_leads_on(june, clinic):
    assert june.get("emergency")["Location"] == "/request/"
    put_back(june, clinic, answered=["emergency", "who"])
    for page in ("emergency", "who", "access", "cover"):
        assert june.get(page)["Location"] == june.url("reason")


def test_an_old_page_whose_session_is_gone_says_so(client, clinic, june):
    june.client.cookies.clear()
    assert june.get("who").status_code == 410
    assert june.post("cover", {"insurance": "medicare"}).status_code == 410
