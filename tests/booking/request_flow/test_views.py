"""The request flow, from the start page to the receipt."""

import re
import uuid
from datetime import date
from itertools import product

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Message, Patient
from booking.patient_page.prepare import PrepareForm
from booking.request_flow import questions
from booking.request_flow.flow import FORMS
from booking.request_flow.questions import AFTER_SENDING, QUESTIONS
from clinic import practice_info
from clinic.web.danger_signs import DANGER_SIGNS
from procedures.models import Procedure
from tests.booking.request_flow.walk import ANSWERS, ASK_FOR_A_CALL, Walker
from tests.builders import check_and_publish, make_appointment_type, make_clerk, make_reason
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
EVERY_ANSWER = ANSWERS | {
    "reason": {"for_whom": "other", "returning": "yes", "reason": "broken-bone", "note": "Fell in October."},
    "times": {
        "call": "1", "best_time": "afternoon", "part_of_day": "morning", "wanted_week": "2026-11-30",
        "never_days": ["0"],
    },
    "you": ANSWERS["you"] | {
        "helper_name": "Anna Demo", "helper_relation": "daughter", "may_speak_with_helper": "on",
    },
    "contact": ANSWERS["contact"] | {"helper_phone": "718 555 0133", "reach_by": "writing"},
    "needs": {
        "wants_help": "yes", "language": "other", "other_language": "Polish", "needs_interpreter": "yes",
        "needs": ["walker"], "insurance": "medicare",
    },
}  # fmt: skip


@pytest.fixture
def june(client, clinic):
    return Walker(client)


def test_a_request_goes_from_the_first_page_to_the_receipt(june, clinic):
    june.ready(clinic.slot(), clinic.slot(hour=9, minute=40))
    receipt = june.client.get(june.send()["Location"])
    appointment_request = AppointmentRequest.objects.get()
    assert str(appointment_request) in receipt.text
    assert "Tuesday, November\u00a024, 5:00\u00a0pm" in receipt.text  # the response deadline
    assert "Wednesday, November\u00a025, 5:00\u00a0pm" in receipt.text  # when the hold of the first choice ends
    assert appointment_request.patient.name == "June Demo"
    assert appointment_request.patient.phone_typed == "718 555 0167"
    assert appointment_request.patient.phone == "+17185550167"
    assert [wanted.rank for wanted in appointment_request.requested_times.all()] == [1, 2]
    assert appointment_request.appointments.get().status == Appointment.Status.HELD


def test_every_page_of_the_flow_can_be_opened_in_order(june):
    june.start()
    for step in ANSWERS:
        assert june.get(step).status_code == 200, step
        june.post(step, ASK_FOR_A_CALL if step == "times" else None)
    assert "Send my request" in june.get("check").text


def test_asking_for_a_call_keeps_the_preferences_and_holds_nothing(june):
    june.ready().send()
    appointment_request = AppointmentRequest.objects.get()
    assert (appointment_request.wants_call, appointment_request.never_days, appointment_request.best_time) == (
        True,
        [0],
        "morning",
    )
    assert not appointment_request.appointments.exists()


def test_a_second_click_on_send_leads_to_the_same_request_and_receipt(june, clinic):
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


def test_in_another_browser_a_bookmarked_receipt_opens_without_the_private_link(june, clinic):
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
    assert first.get("reason").status_code == 410
    assert len(client.session["flows"]) == 5


def test_an_expired_session_says_so_and_carries_over_what_was_typed(june, clinic):
    june.until("you")
    june.client.cookies.clear()
    gone = june.post("you")
    assert gone.status_code == 410
    assert "24 hours" in gone.text
    again = Walker(june.client)
    again.start(carried="you", **ANSWERS["you"])
    again.post("reason")
    again.post("times", ASK_FOR_A_CALL)
    assert 'value="June Demo"' in again.get("you").text


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        pytest.param("reason", {"returning": "no", "note": "Fell."}, id="no-reason"),
        pytest.param("contact", {"phone": "12"}, id="half-a-phone"),
        pytest.param("needs", {"wants_help": "yes", "other_language": "Yi"}, id="no-insurance"),
    ],
)
def test_carried_over_text_stays_on_its_page_until_it_is_a_valid_answer(june, clinic, step, typed):
    june.until(step).again(step, typed)
    for earlier in ANSWERS:
        if earlier == step:
            break
        june.post(earlier, ASK_FOR_A_CALL if earlier == "times" else None)
    page = june.get(step).text
    assert list(typed.values())[-1] in page
    assert june.get("check")["Location"] == june.url(step)
    june.post(step)
    assert june.get("check").headers.get("Location") != june.url(step)


def test_a_session_that_expired_on_the_times_page_leads_to_a_clean_page(june, clinic):
    june.until("times").again("times", {"add": clinic.slot().code, "week": "2026-11-30"})
    june.post("reason")
    assert "There is a problem" not in june.get("times").text


def test_cleared_cookies_lose_nothing_that_was_just_typed(clinic):
    june = Walker(Client(enforce_csrf_checks=False))
    june.until("you")
    strict = Client(enforce_csrf_checks=True)
    gone = strict.post(june.url("you"), ANSWERS["you"])
    assert gone.status_code == 410
    assert 'value="June Demo"' in gone.text


def test_the_24_hours_start_again_with_every_page_view(june, clinic, at):
    june.until("contact")
    for moment in ("2026-11-24 09:00", "2026-11-25 08:00", "2026-11-26 07:00"):
        at(moment)
        assert june.get("contact").status_code == 200
    at("2026-11-27 07:01")
    assert june.get("contact").status_code == 410


def test_an_error_page_can_be_refreshed_left_and_returned_to(june):
    june.until("contact")
    address = june.post("contact", ANSWERS["contact"] | {"phone": "0167"})["Location"]
    for _look in range(2):
        assert 'value="0167"' in june.client.get(address).text
    june.get("you")
    assert 'value="0167"' in june.get("contact").text


def test_a_step_cannot_be_reached_before_the_earlier_ones(june):
    june.until("reason")
    for step in ("you", "times", "check"):
        assert june.get(step)["Location"] == june.url("reason")
    assert june.send()["Location"] == june.url("reason")
    assert not AppointmentRequest.objects.exists()


def test_an_unknown_step_is_not_found(june):
    june.start()
    assert june.get("admin").status_code == 404


def test_an_unknown_flow_says_that_the_answers_are_gone(client, clinic):
    assert client.get(f"/request/{uuid.uuid4()}/you/").status_code == 410
    assert client.get(f"/request/{uuid.uuid4()}/sent/").status_code == 404


def test_the_first_page_lists_every_danger_sign_and_one_of_them_stops_the_request_and_saves_nothing(client, clinic):
    page = client.get("/request/")
    assert [str(sign) for sign in DANGER_SIGNS if f"<li>{sign}</li>" not in page.text] == []
    stop = re.search(r'href="([^"]+)">Yes, one of these', page.text)[1]
    assert "Call 911 now" in client.get(stop).text
    assert "flows" not in client.session


def test_who_starts_again_reads_the_danger_signs_again(june):
    june.until("you")
    june.client.cookies.clear()
    gone = words(june.post("you"))
    assert [str(sign) for sign in DANGER_SIGNS if str(sign) not in gone] == []
    assert "None of these: start again" in gone


def test_a_change_from_the_check_page_returns_to_it(june, clinic):
    june.ready(clinic.slot())
    response = june.post("you", ANSWERS["you"] | {"name": "June Q. Demo"})
    assert response["Location"] == june.url("check")
    assert "June Q. Demo" in june.get("check").text


def test_another_appointment_type_needs_new_times(june, clinic):
    longer = make_appointment_type(minutes=60, step=60)
    make_reason(longer, slug="longer")
    june.ready(clinic.slot())
    response = june.post("reason", ANSWERS["reason"] | {"reason": "longer"})
    assert response["Location"] == june.url("times")


def test_a_time_taken_before_sending_keeps_all_answers_and_shows_the_closest_times(june, clinic):
    june.ready(clinic.slot(), clinic.slot(hour=11))
    clinic.appointment(clinic.slot())
    page = june.client.get(june.send()["Location"]).text
    assert "9:00\u00a0am on Thursday, December\u00a03 is not open any more" in page
    assert page.split('class="swap"')[1].split("</ul>")[0].count('name="add"') == 2
    assert not AppointmentRequest.objects.filter(channel="web").exists()
    june.post("times", {"add": clinic.slot(hour=9, minute=40).code})
    assert june.send()["Location"] == june.url("sent")
    appointment_request = AppointmentRequest.objects.get(channel="web")
    assert [wanted.starts_at for wanted in appointment_request.requested_times.all()] == [
        clinic.slot(hour=9, minute=40).starts_at, clinic.slot(hour=11).starts_at,
    ]  # fmt: skip


def test_times_that_were_taken_count_for_nothing_and_make_room_for_the_new_one(june, clinic):
    lost, kept = [clinic.slot(), clinic.slot(hour=11)], clinic.slot(hour=13)
    new = [clinic.slot(hour=14, minute=20), clinic.slot(hour=15)]
    june.ready(*lost, kept)
    for slot in lost:
        clinic.appointment(slot)
    page = june.client.get(june.send()["Location"]).text
    tray = page.split('id="choices"')[1].split("</section>")[0]
    assert tray.count('name="remove"') == 3
    assert "1 of 3 chosen" in page
    assert "is-calm" not in page
    june.post("times", {"add": new[0].code})
    june.post("times", {"add": new[1].code})
    assert june.client.session["flows"][june.key]["times"]["codes"] == [each.code for each in (*new, kept)]
    assert june.send()["Location"] == june.url("sent")


def test_a_patient_can_continue_without_the_time_that_was_taken(june, clinic):
    june.ready(clinic.slot(), clinic.slot(hour=11))
    clinic.appointment(clinic.slot())
    june.send()
    june.post("times", {"go": "1"})
    june.send()
    assert AppointmentRequest.objects.get(channel="web").appointments.get().starts_at == clinic.slot(hour=11).starts_at


def test_a_bookmarked_receipt_tells_no_stranger_what_is_held_or_where_we_write(june, clinic):
    address = june.ready(clinic.slot()).send()["Location"]
    mine, elsewhere = june.client.get(address).text, Client().get(address).text
    for said in ("We hold", "We answer by email", "leave our name"):
        assert said in mine
        assert said not in elsewhere


def test_the_receipt_says_that_a_hold_has_expired(june, clinic, at):
    address = june.ready(clinic.slot()).send()["Location"]
    for moment in ("2026-11-24 09:00", "2026-11-25 08:00", "2026-11-25 17:01"):
        at(moment)
        Walker(june.client).start()  # the browser is still in use
    page = june.client.get(address)
    assert "We no longer hold Thursday, December\u00a03, 9:00\u00a0am for you." in page.text


def test_the_receipt_of_an_answered_request_leads_on(june, clinic):
    address = june.ready(clinic.slot()).send()["Location"]
    appointment_request = AppointmentRequest.objects.get()
    lifecycle.confirm(
        appointment_request.pk, clinic.slot(), by=lifecycle.staff(make_clerk()), now=appointment_request.submitted_at
    )
    page = june.client.get(address).text
    assert "not yet an appointment" not in page
    assert "Open my request page" in page


def test_the_receipt_does_not_say_whether_the_time_is_held(june, clinic):
    held = words(june.client.get(june.ready(clinic.slot()).send()["Location"]))
    type(clinic.practice).objects.update(hold_cap=0)
    practice_info.forget()
    not_held = words(june.client.get(june.ready(clinic.slot(hour=11)).send()["Location"]))
    assert Appointment.objects.count() == 1
    assert "for you until Wednesday, November 25, 5:00 pm Eastern Time, if we can." in held
    same = not_held.replace("11:00", "9:00")
    assert held.partition("This is not yet")[2] == same.partition("This is not yet")[2]


def test_the_page_a_patient_came_from_presets_the_reason(client, clinic):
    version = _published("kyphoplasty")
    clinic.reason.procedure = version.procedure
    clinic.reason.save()
    make_reason(clinic.appointment_type, slug="other")
    assert f'value="{version.public_id}"' in client.get("/request/", {"from": version.public_id}).text
    june = Walker(client)
    june.start(**{"from": version.public_id})
    assert re.search(r'value="broken-bone" id="id_reason_." checked', markup(june.get("reason")))
    for step in ANSWERS:
        june.post(step, ASK_FOR_A_CALL if step == "times" else None)
    june.send()
    assert AppointmentRequest.objects.get().from_version == version


def _published(slug):
    procedure = Procedure.objects.create(
        slug=slug, name="Balloon kyphoplasty", summary="A.", risks_summary="B.",
    )  # fmt: skip
    return check_and_publish(procedure, now=timezone.now())


@pytest.mark.parametrize("page", ["x" * 5000, "\u202e", "1 OR 1=1", ""])
def test_an_unknown_page_to_come_from_is_ignored(client, clinic, page):
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


@pytest.mark.parametrize("step", [*ANSWERS])
def test_no_text_in_any_field_breaks_a_page(june, step):
    fields = [*ANSWERS[step], "add", "go", "call"] if step == "times" else ANSWERS[step]
    june.until(step)
    for text in HOSTILE:
        response = june.post(step, dict.fromkeys(fields, text))
        assert response.status_code in (200, 302), text
        assert "<script>alert" not in response.text, text


def test_names_in_any_script_arrive_as_typed(june):
    names = ["Éloïse O’Brien-Łukasz", "王小明", "محمد علي", "Οδυσσέας", "Ng", "Anh 😀 Demo"]
    assert [FORMS["you"].base_fields["name"].clean(name) for name in names] == names
    june.ready(you=ANSWERS["you"] | {"name": names[-1]}).send()
    assert Patient.objects.get().name == names[-1]


def test_a_note_that_is_too_long_gives_an_error_and_is_never_cut(june):
    june.until("reason")
    page = june.press("reason", ANSWERS["reason"] | {"note": "x" * 201})
    assert "201" in page.text
    assert "x" * 201 in page.text


PARTS = ("birth_date_month", "birth_date_day", "birth_date_year")


@pytest.mark.once
def test_a_number_of_any_length_in_a_date_of_birth_is_no_server_error(june):
    june.until("you")
    for part, digits in product(PARTS, [11, 30, 5000]):
        page = june.press("you", ANSWERS["you"] | {"birth_date_month": "3"} | {part: "9" * digits})
        assert page.status_code == 200, (part, digits)
        assert "date of birth" in page.text.split('class="err-box"')[1] or "year of birth" in page.text, (part, digits)
        assert "9" * digits in page.text, (part, digits)  # nothing typed is lost


def test_a_word_that_only_starts_like_a_month_is_refused(june):
    june.until("you")
    assert "date of birth that exists" in june.press("you", ANSWERS["you"] | {"birth_date_month": "Marchember"}).text


def test_months_are_accepted_as_people_write_them():
    field = FORMS["you"].base_fields["birth_date"]
    for month in ("Sept", "sept.", "SEPTEMBER", "9", "09"):
        assert field.clean([month, "9", "1951"]) == date(1951, 9, 9), month


def test_no_field_lets_the_browser_cut_long_text(june):
    june.until("check")
    for step in FORMS:
        assert "maxlength" not in june.get(step).text, step


def test_an_error_keeps_what_was_typed_and_is_announced_in_the_title(june):
    june.until("contact")
    page = markup(june.press("contact", ANSWERS["contact"] | {"phone": "0167"}))
    assert re.search(r"<title>\s*Error:\s", page)
    assert "area code" in page
    assert 'value="june@example.org"' in page


def test_bytes_that_are_no_text_are_refused_with_a_sentence(june):
    june.until("you")
    body = "name=June%ED%A0%80Demo&birth_date_month=3&birth_date_day=9&birth_date_year=1951"
    response = june.client.post(june.url("you"), body, content_type="application/x-www-form-urlencoded", follow=True)
    assert response.status_code == 200
    assert "Enter the name without special characters" in response.text


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        pytest.param("application/json", "{}", 415, id="json"),
        pytest.param("application/x-www-form-urlencoded; charset=utf-16", "a=b", 415, id="utf-16"),
        pytest.param("application/x-www-form-urlencoded", "name=" + "x" * 1_000_000, 413, id="one-megabyte"),
        pytest.param("multipart/form-data; boundary=x", "broken", 200, id="broken-multipart"),
    ],
)
def test_a_body_of_the_wrong_content_type_gets_our_own_page(june, content_type, body, status):
    june.until("you")
    response = june.client.post(june.url("you"), body, content_type=content_type, follow=True)
    assert response.status_code == status
    assert "(718)" in response.text


def test_no_url_title_or_redirect_names_a_person_or_a_reason(june, clinic):
    june.ready(clinic.slot())
    for step in (*ANSWERS, "check"):
        page = june.get(step)
        title = page.text.split("<title>")[1].split("</title>")[0]
        assert not {"June", "Broken", "bone", "Pain", "Spine"} & set(title.split())
    assert "June" not in june.send()["Location"]


def test_no_cache_may_store_pages_of_the_flow(june):
    june.start()
    assert "no-store" in june.get("reason")["Cache-Control"]


def test_a_get_changes_nothing(june, clinic):
    june.ready(clinic.slot())
    before = dict(june.client.session["flows"])
    for step in (*ANSWERS, "check"):
        june.get(step)
    assert june.client.session["flows"] == before
    assert not AppointmentRequest.objects.exists()


# -- no question is forgotten on its way


def test_the_forms_ask_exactly_the_questions_of_the_table(june):
    fields = {name for form in FORMS.values() for name in form.base_fields} | {"doctor", "office", "times"}
    assert fields == {question.field for question in QUESTIONS}
    assert [*PrepareForm.base_fields] == [question.field for question in AFTER_SENDING]


def column_of(question):
    return question.column or question.field


def test_every_question_has_the_column_that_the_table_names():
    request = {field.name for field in AppointmentRequest._meta.get_fields()}
    patient = {field.name for field in Patient._meta.get_fields()}
    kept = {questions.WITH_REQUEST: request, questions.WITH_PATIENT: patient}
    assert [q.field for q in (*QUESTIONS, *AFTER_SENDING) if q.kept in kept and column_of(q) not in kept[q.kept]] == []


def test_the_answer_to_every_question_is_stored(june, clinic):
    """Each answer differs from the column's default. Who may not be called is not asked when."""
    where = {"doctor": clinic.practitioner.slug, "office": clinic.location.slug}
    untouched = []
    for reach_by in ("phone", "writing"):
        june.start()
        for step, answers in EVERY_ANSWER.items():
            june.post(step, answers | {"times": where, "contact": {"reach_by": reach_by}}.get(step, {}))
        june.send()
        sent = AppointmentRequest.objects.latest("pk")
        rows = {questions.WITH_REQUEST: sent, questions.WITH_PATIENT: sent.patient}
        stored = [q for q in QUESTIONS if q.kept in rows and q.field != "times"]
        untouched.append([q.field for q in stored if is_untouched(rows[q.kept], column_of(q))])
    assert untouched == [["reach_by"], ["may_leave_message", "best_time"]]


def test_the_desk_shows_the_answer_to_every_question():
    folders = [settings.BASE_DIR / "templates/booking/desk/requests", settings.BASE_DIR / "booking/desk/requests"]
    pages = [page for folder in folders for page in folder.iterdir() if page.suffix in (".html", ".py")]
    pages += [settings.BASE_DIR / "booking/desk" / name for name in ("labels.py", "ready.py")]
    shown = "\n".join(page.read_text() for page in pages)
    stored = [column_of(q) for q in (*QUESTIONS, *AFTER_SENDING) if q.kept != questions.NOT_STORED]
    assert [column for column in stored if not re.search(rf"\b(get_)?{column}(_display)?\b", shown)] == []


def is_untouched(row, column):
    return getattr(row, column) == row._meta.get_field(column).get_default()


def test_each_step_takes_few_queries(june, clinic):
    june.ready(clinic.slot())
    for step in (*ANSWERS, "check"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            june.get(step)
        assert len(queries) <= 6 + 3, (step, len(queries))  # 3 for the practice, which a running server keeps for 10 s


def test_a_deactivated_reason_is_asked_again(june, clinic):
    june.ready(clinic.slot())
    type(clinic.reason).objects.update(is_active=False)
    assert june.send()["Location"] == june.url("reason")


@pytest.mark.parametrize("step", ["times", "needs", "check"])
def test_a_reason_deactivated_during_the_flow_leads_back_to_its_page(june, clinic, step):
    june.ready(clinic.slot())
    make_reason(clinic.appointment_type, slug="other")
    type(clinic.reason).objects.filter(slug="broken-bone").update(is_active=False)
    if step == "times":
        assert june.get("times")["Location"] == june.url("reason")
    assert june.post("reason", ANSWERS["reason"] | {"reason": "other"}).status_code == 302
    assert june.get("reason").status_code == 200


def test_answers_below_a_choice_that_was_changed_are_neither_shown_nor_kept(june, clinic):
    june.ready(
        clinic.slot(),
        reason=ANSWERS["reason"] | {"for_whom": "other"},
        you=ANSWERS["you"] | {"helper_name": "Ghost Helper"},
        contact=ANSWERS["contact"] | {"helper_phone": "718 555 0199"},
        needs=ANSWERS["needs"] | {"language": "other", "other_language": "Klingon"},
    )
    june.post("reason")
    june.post("needs", ANSWERS["needs"] | {"other_language": "Klingon"})
    page = june.get("check").text
    assert "Ghost" not in page
    assert "Klingon" not in page
    june.send()
    appointment_request = AppointmentRequest.objects.get()
    assert (
        appointment_request.helper_name,
        appointment_request.helper_phone,
        appointment_request.patient.language,
    ) == ("", "", "English")


def test_questions_asked_of_a_helper_are_not_called_optional(june):
    page = june.until("you", reason=ANSWERS["reason"] | {"for_whom": "other"}).get("you").text
    label = page.split('for="id_helper_name"')[1].split("</label>")[0]
    assert "optional" not in label


def test_the_last_value_of_a_field_sent_twice_counts_everywhere(june):
    june.ready(contact=ANSWERS["contact"] | {"phone": ["12", "718 555 0167"]}).send()
    patient = Patient.objects.get()
    assert (patient.phone, patient.phone_typed) == ("+17185550167", "718 555 0167")


def test_the_desk_sees_and_confirms_what_was_sent(june, clinic):
    june.ready(clinic.slot()).send()
    appointment_request = AppointmentRequest.objects.get()
    appointment = lifecycle.confirm(
        appointment_request.pk, clinic.slot(), by=lifecycle.staff(make_clerk()), now=appointment_request.submitted_at
    )
    assert appointment.status == Appointment.Status.BOOKED
