"""The request flow, from the start page to the receipt, as domain.md tells it."""

import re
import uuid
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking import lifecycle
from booking.flow import FORMS
from booking.models import Appointment, AppointmentRequest, Message, Patient
from booking.questions import QUESTIONS
from procedures.models import Procedure
from procedures.publishing import publish
from tests.booking.walk import ANSWERS, ASK_FOR_A_CALL, Walker
from tests.builders import Clinic, make_clerk, make_reason, make_visit_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(at):
    at("2026-11-23 10:05")
    return Clinic()


@pytest.fixture
def june(client, clinic):
    return Walker(client)


def test_a_request_goes_from_the_first_page_to_the_receipt(june, clinic):
    june.ready(clinic.slot(), clinic.slot(hour=9, minute=40))
    receipt = june.client.get(june.send()["Location"])
    asked = AppointmentRequest.objects.get()
    assert str(asked) in receipt.text
    assert "Tuesday, November\u00a024, 5:00\u00a0pm" in receipt.text  # the promise
    assert "Wednesday, November\u00a025, 5:00\u00a0pm" in receipt.text  # until when the first choice is held
    assert asked.patient.name == "June Demo"
    assert asked.patient.phone_typed == "718 555 0167"
    assert asked.patient.phone == "+17185550167"
    assert [wanted.rank for wanted in asked.requested_times.all()] == [1, 2]
    assert asked.appointments.get().status == Appointment.Status.HELD


def test_every_page_of_the_flow_can_be_opened_in_order(june):
    june.start()
    for step in ANSWERS:
        assert june.get(step).status_code == 200, step
        june.post(step, ASK_FOR_A_CALL if step == "times" else None)
    assert "Send my request" in june.get("check").text


def test_asking_for_a_call_keeps_the_wishes_and_holds_nothing(june):
    june.ready().send()
    asked = AppointmentRequest.objects.get()
    assert (asked.wants_call, asked.never_days, asked.best_time) == (True, [0], "morning")
    assert not asked.appointments.exists()


def test_a_second_click_on_send_is_the_same_request_with_the_same_receipt(june, clinic):
    june.ready(clinic.slot())
    assert june.send()["Location"] == june.send()["Location"]
    assert AppointmentRequest.objects.count() == Patient.objects.count() == Message.objects.count() == 1


def test_a_second_click_after_a_restart_without_the_session_gets_the_receipt(june, clinic):
    june.ready(clinic.slot()).send()
    elsewhere = Walker(Client())
    elsewhere.key = june.key
    assert elsewhere.send()["Location"] == june.url("sent")
    assert AppointmentRequest.objects.count() == 1


def test_the_receipt_survives_a_refresh(june, clinic):
    address = june.ready(clinic.slot()).send()["Location"]
    assert june.client.get(address).text == june.client.get(address).text


def test_a_bookmark_of_the_receipt_opens_elsewhere_without_the_private_link(june, clinic):
    address = june.ready(clinic.slot()).send()["Location"]
    mine, elsewhere = june.client.get(address).text, Client().get(address).text
    assert str(AppointmentRequest.objects.get()) in elsewhere
    assert "Open my request page" in mine
    assert "Open my request page" not in elsewhere
    assert "June" not in elsewhere


def test_back_after_sending_leads_to_the_receipt(june, clinic):
    june.ready(clinic.slot()).send()
    assert june.get("you")["Location"] == june.url("sent")
    assert june.post("you")["Location"] == june.url("sent")


def test_back_shows_what_was_typed(june):
    june.until("contact")
    page = june.get("you").text
    assert 'value="June Demo"' in page
    assert 'value="March"' in page


def test_two_tabs_are_two_requests(client, clinic):
    june, carl = Walker(client), Walker(client)
    june.ready(clinic.slot())
    carl.ready(clinic.slot(hour=11), you=ANSWERS["you"] | {"name": "Carl Demo"})
    june.send()
    carl.send()
    assert set(Patient.objects.values_list("name", flat=True)) == {"June Demo", "Carl Demo"}


def test_only_the_newest_flows_are_kept(client, clinic):
    first = Walker(client)
    first.start()
    for _n in range(5):
        Walker(client).start()
    assert first.get("emergency").status_code == 410
    assert len(client.session["flows"]) == 5


def test_a_session_that_ran_out_says_so_and_carries_over_what_was_typed(june, clinic):
    june.until("you")
    june.client.cookies.clear()
    gone = june.post("you")
    assert gone.status_code == 410
    assert "24 hours" in gone.text
    again = Walker(june.client)
    again.start(carried="you", **ANSWERS["you"])
    for step in ("emergency", "who", "visit"):
        again.post(step)
    assert 'value="June Demo"' in again.get("you").text


def test_a_step_cannot_be_reached_before_the_ones_before_it(june):
    june.until("visit")
    for step in ("you", "times", "check"):
        assert june.get(step)["Location"] == june.url("visit")
    assert june.send()["Location"] == june.url("visit")
    assert not AppointmentRequest.objects.exists()


def test_an_unknown_step_is_not_found(june):
    june.start()
    assert june.get("admin").status_code == 404


def test_an_unknown_flow_says_that_the_answers_are_gone(client, clinic):
    assert client.get(f"/request/{uuid.uuid4()}/you/").status_code == 410
    assert client.get(f"/request/{uuid.uuid4()}/sent/").status_code == 404


def test_an_emergency_stops_the_request_and_stores_nothing(june):
    june.start()
    page = june.post("emergency", {"emergency": "yes"})
    assert "Call 911 now" in page.text
    assert june.client.session["flows"][june.key]["answers"] == {}


def test_a_change_from_the_check_page_comes_back_to_it(june, clinic):
    june.ready(clinic.slot())
    response = june.post("you", ANSWERS["you"] | {"name": "June Q. Demo"})
    assert response["Location"] == june.url("check")
    assert "June Q. Demo" in june.get("check").text


def test_another_kind_of_visit_needs_times_of_its_own(june, clinic):
    longer = make_visit_type(minutes=60, step=60)
    make_reason(longer, slug="longer")
    june.ready(clinic.slot())
    response = june.post("visit", ANSWERS["visit"] | {"reason": "longer"})
    assert response["Location"] == june.url("times")


def test_a_time_taken_before_sending_keeps_all_answers_and_shows_the_closest_times(june, clinic):
    june.ready(clinic.slot(), clinic.slot(hour=11))
    clinic.visit(clinic.slot())
    page = june.client.get(june.send()["Location"]).text
    assert "9:00\u00a0am on Thursday, December\u00a03 is not open any more" in page
    assert page.count('name="swap"') == 2
    assert not AppointmentRequest.objects.filter(channel="web").exists()
    june.post("times", {"swap": clinic.slot(hour=9, minute=40).code})
    assert june.send()["Location"] == june.url("sent")
    asked = AppointmentRequest.objects.get(channel="web")
    assert [wanted.starts_at for wanted in asked.requested_times.all()] == [
        clinic.slot(hour=9, minute=40).starts_at, clinic.slot(hour=11).starts_at,
    ]  # fmt: skip


def test_one_may_go_on_without_the_time_that_was_taken(june, clinic):
    june.ready(clinic.slot(), clinic.slot(hour=11))
    clinic.visit(clinic.slot())
    june.send()
    june.post("times", {"go": "1"})
    june.send()
    assert AppointmentRequest.objects.get(channel="web").appointments.get().starts_at == clinic.slot(hour=11).starts_at


def test_above_the_cap_the_receipt_says_that_nothing_is_held(june, clinic):
    type(clinic.practice).objects.update(hold_cap=0)
    page = june.client.get(june.ready(clinic.slot()).send()["Location"]).text
    assert "could not hold your first choice" in page


def test_the_page_a_patient_came_from_presets_the_reason(client, clinic):
    version = _published("kyphoplasty")
    clinic.reason.procedure = version.procedure
    clinic.reason.save()
    make_reason(clinic.visit_type, slug="other")
    assert f'value="{version.public_id}"' in client.get("/request/", {"from": version.public_id}).text
    june = Walker(client)
    june.start(**{"from": version.public_id})
    for step in ("emergency", "who"):
        june.post(step)
    assert re.search(r'value="broken-bone" id="id_reason_." checked', june.get("visit").text)
    for step in ("visit", "you", "contact", "access"):
        june.post(step)
    june.post("times", ASK_FOR_A_CALL)
    june.post("cover")
    june.send()
    assert AppointmentRequest.objects.get().from_version == version


def _published(slug):
    procedure = Procedure.objects.create(
        slug=slug, name="Balloon kyphoplasty", summary="A.", risks_summary="B.",
        reviewed_by="Dr. Mara Ellison, MD (demo)", reviewed_on=date(2026, 11, 1),
    )  # fmt: skip
    return publish(procedure, by=None, now=timezone.now())


@pytest.mark.parametrize("page", ["x" * 5000, "\u202e", "1 OR 1=1", ""])
def test_an_unknown_page_to_come_from_is_no_obstacle(client, clinic, page):
    june = Walker(client)
    assert june.start(**{"from": page}).status_code == 302
    assert client.session["flows"][june.key]["from"] is None


HOSTILE = [
    "",
    " ",
    "x" * 5000,
    "😀",
    "\u202eevil",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "%00",
    "\ufeff",
    "-1",
    "9" * 400,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("step", [step for step in ANSWERS if step != "emergency"])
def test_no_text_in_any_field_breaks_a_page(june, step, text):
    june.until(step)
    response = june.post(
        step, dict.fromkeys([*ANSWERS[step], "add", "go", "call"] if step == "times" else ANSWERS[step], text)
    )
    assert response.status_code in (200, 302)
    assert "<script>alert" not in response.text


@pytest.mark.parametrize("name", ["Éloïse O’Brien-Łukasz", "王小明", "محمد علي", "Οδυσσέας", "Ng", "Anh 😀 Demo"])
def test_names_in_any_script_arrive_as_typed(june, name):
    june.ready(you=ANSWERS["you"] | {"name": name}).send()
    assert Patient.objects.get().name == name


def test_a_long_note_is_an_error_and_never_cut(june):
    june.until("visit")
    page = june.post("visit", ANSWERS["visit"] | {"note": "x" * 201})
    assert "201" in page.text
    assert "x" * 201 in page.text


def test_an_error_keeps_what_was_typed_and_says_so_in_the_title(june):
    june.until("contact")
    page = june.post("contact", ANSWERS["contact"] | {"phone": "0167"}).text
    assert "<title>Error: " in page
    assert "area code" in page
    assert 'value="june@example.org"' in page


def test_lone_surrogates_and_nul_are_refused_with_a_page(june):
    june.until("you")
    for name in ("June%00Demo", "June%ED%A0%80Demo"):
        body = f"name={name}&birth_date_month=3&birth_date_day=9&birth_date_year=1951"
        response = june.client.post(june.url("you"), body, content_type="application/x-www-form-urlencoded")
        assert response.status_code in (200, 302, 400)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        pytest.param("application/json", "{}", 415, id="json"),
        pytest.param("application/x-www-form-urlencoded; charset=utf-16", "a=b", 415, id="utf-16"),
        pytest.param("application/x-www-form-urlencoded", "name=" + "x" * 1_000_000, 413, id="one-megabyte"),
        pytest.param("multipart/form-data; boundary=x", "broken", 200, id="broken-multipart"),
    ],
)
def test_a_body_of_the_wrong_kind_gets_our_own_page(june, content_type, body, status):
    june.until("you")
    response = june.client.post(june.url("you"), body, content_type=content_type)
    assert response.status_code == status
    assert "(718)" in response.text


def test_no_address_title_or_redirect_names_a_person_or_a_reason(june, clinic):
    june.ready(clinic.slot())
    for step in (*ANSWERS, "check"):
        page = june.get(step)
        title = page.text.split("<title>")[1].split("</title>")[0]
        assert not {"June", "Broken", "bone"} & set(title.split())
    assert "June" not in june.send()["Location"]


def test_pages_of_the_flow_are_never_kept_by_a_cache(june):
    june.start()
    assert "no-store" in june.get("emergency")["Cache-Control"]


def test_get_changes_nothing(june, clinic):
    june.ready(clinic.slot())
    before = dict(june.client.session["flows"])
    for step in (*ANSWERS, "check"):
        june.get(step)
    assert june.client.session["flows"] == before
    assert not AppointmentRequest.objects.exists()


def test_the_forms_ask_what_the_question_table_lists_and_nothing_else(june):
    asked = {name for form in FORMS.values() for name in form.base_fields} | {"doctor", "office", "times"}
    assert asked == {question.field for question in QUESTIONS}


def test_each_step_costs_a_handful_of_queries(june, clinic):
    june.ready(clinic.slot())
    for step in (*ANSWERS, "check"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            june.get(step)
        assert len(queries) <= 6 + 3, (step, len(queries))  # 3: the frame of the page, kept 10 s by a running server


def test_a_reason_that_was_switched_off_meanwhile_is_asked_again(june, clinic):
    june.ready(clinic.slot())
    type(clinic.reason).objects.update(is_active=False)
    assert june.send()["Location"] == june.url("visit")


def test_the_desk_sees_and_confirms_what_was_sent(june, clinic):
    june.ready(clinic.slot()).send()
    asked = AppointmentRequest.objects.get()
    visit = lifecycle.confirm(asked.pk, clinic.slot(), by=lifecycle.desk(make_clerk()), now=asked.submitted_at)
    assert visit.status == Appointment.Status.BOOKED
