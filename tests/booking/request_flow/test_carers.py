"""Someone helps a patient: the pages say whose answers they ask for, and nothing of the helper's is filled in."""

import re

import pytest
from django.forms import ChoiceField
from django.urls import reverse

from booking.models import AppointmentRequest, Patient
from booking.notifications import links
from booking.request_flow.forms import FORMS, PatientForm
from tests.booking.patient_page.patient import give_birth_date, url
from tests.booking.request_flow.walk import ANSWERS, ASK_FOR_A_CALL, HELPED, Walker
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
OWN_TOKEN = re.compile(r'autocomplete="(?!off")([^"]+)"')
STEPS = ["times", "you", "contact", "needs"]
OF_HELPER = {"you": ["name"], "contact": ["tel"]}  # the helper's own name and phone
EMPTY = {  # a post with mistakes: the page that shows it again is another rendering
    "you": {"name": ""},
    "contact": {"phone": "12", "email": "no"},
    "needs": {"wants_help": "yes", "language": "other"},
}


@pytest.fixture
def walker(client, clinic):
    return Walker(client)


def show(walker, step):
    """The page of a step; of the times, the form for a call."""
    return walker.get(step, **{"call": ""} if step == "times" else {})


def helped(walker, step, **you):
    return walker.until(step, **HELPED | {"you": HELPED["you"] | you})


def ready(walker, **you):
    return walker.ready(**HELPED | {"you": HELPED["you"] | you})


def main(page):
    return page.text.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("step", STEPS)
def test_a_page_about_the_patient_fills_in_nothing_of_the_helper(walker, step):
    assert OWN_TOKEN.findall(main(show(helped(walker, step), step))) == OF_HELPER.get(step, [])


@pytest.mark.parametrize("step", EMPTY)
def test_nor_does_the_page_that_shows_mistakes(walker, step):
    helped(walker, step)
    assert OWN_TOKEN.findall(main(walker.press(step, EMPTY[step]))) == OF_HELPER.get(step, [])


def test_nor_does_a_page_that_one_comes_back_to(walker):
    helped(walker, "needs", helper_name="Íñigo Helper")
    assert [OWN_TOKEN.findall(main(walker.get(step))) for step in OF_HELPER] == [["name"], ["tel"]]


def test_who_asks_for_oneself_still_has_the_browsers_help(walker):
    walker.until("needs")
    assert OWN_TOKEN.findall(main(walker.get("you"))) == ["name", "bday-month", "bday-day", "bday-year"]
    assert OWN_TOKEN.findall(main(walker.get("contact"))) == ["tel", "email"]


@pytest.mark.parametrize(
    ("step", "theirs"),
    [
        ("times", ["Days that never work for them or you"]),
        ("you", ["Who are you helping?", "Their full name", "Their date of birth", "Your name", "Who you are to them"]),
        (
            "contact",
            ["How do we reach you and them?", "Your phone", "Their phone", "Email for our answer, yours or theirs"],
        ),
        (
            "needs",
            [
                "easier for them?",
                "Do they need an interpreter, or help with walking, hearing or seeing?",
                "Language they like best",
                "Do they want an interpreter?",
                "They use a walker",
                "Something else: ask them when you call",
                "Their type of insurance",
                "They pay themselves",
            ],
        ),
    ],
)
def test_a_page_says_whose_the_answers_are(walker, step, theirs):
    page = words(show(helped(walker, step), step))
    assert [phrase for phrase in theirs if phrase not in page] == []


def test_the_open_times_are_not_said_to_be_the_helpers(walker):
    page = words(helped(walker, "times").get("times"))
    assert "No time works?" in page
    assert " for you" not in page


@pytest.mark.parametrize("step", STEPS)
def test_the_page_of_a_helper_and_that_of_a_patient_are_never_mixed_up(client, clinic, step):
    """The empty page is kept for a moment: it must not be shown to the other."""
    own = words(show(Walker(client).until(step), step))
    other = words(show(helped(Walker(client), step), step))
    assert words(show(Walker(client).until(step), step)) == own
    assert words(show(helped(Walker(client), step), step)) == other
    assert own != other


def test_every_step_about_the_patient_is_worded_for_helpers():
    assert [step for step, form in FORMS.items() if issubclass(form, PatientForm)] == STEPS
    for step in STEPS:
        form = FORMS[step]
        assert form.theirs
        assert {*form.theirs, *form.their_choices} <= form.base_fields.keys()


def test_choosing_again_for_whom_it_is_words_the_pages_anew(walker):
    walker.until("you")
    assert "Their full name" not in words(walker.get("you"))
    walker.post("reason", HELPED["reason"])
    assert "Their full name" in words(walker.get("you"))
    walker.post("reason")
    assert "Their full name" not in words(walker.get("you"))


def test_each_question_that_needs_an_answer_has_a_sentence_of_its_own(walker):
    said = [str(field.error_messages["required"]) for form in FORMS.values() for field in form.base_fields.values()
            if isinstance(field, ChoiceField) and field.required]  # fmt: skip
    assert len(said) == len(set(said)) == 6
    assert "Choose the type of insurance." in words(helped(walker, "needs").press("needs", {}))


# -- check your answers


@pytest.mark.parametrize(
    ("you", "said"),
    [
        ({}, "Yes"),
        ({"may_speak_with_helper": ""}, "No"),
        ({"helper_relation": ""}, "Yes"),
    ],
)
def test_the_consent_to_speak_with_the_helper_is_there_either_way(walker, you, said):
    consent = "We may speak with you"
    assert f"{consent} {said}" in words(ready(walker, **you).get("check"))


def test_who_asks_for_oneself_reads_nothing_of_a_helper(walker):
    page = words(walker.ready(you=HELPED["you"], contact=HELPED["contact"]).get("check"))
    assert [said for said in ("We may speak with you", "Dana Helper", "0199", "Your name") if said in page] == []


def test_the_answers_are_read_back_in_the_helpers_words(walker):
    page = words(ready(walker).get("check"))
    for said in ("Their full name June Demo", "Their phone 718 555 0167", "Help they need They use a walker or a cane"):
        assert said in page
    assert "Full name June Demo" not in page


def test_the_helper_is_not_asked_once_more_whether_they_help(walker):
    page = words(ready(walker).get("check"))
    assert "Your name Dana Helper" in page
    assert "Your phone 718 555 0199" in page
    assert "if you help someone" not in page


def test_what_is_stored_is_the_same_for_both(walker, clinic):
    ready(walker).send()
    sent = AppointmentRequest.objects.select_related("patient").get()
    assert (sent.patient.name, sent.patient.needs, sent.helper_name) == ("June Demo", ["walker"], "Dana Helper")
    assert (sent.insurance, sent.never_days, sent.may_speak_with_helper) == ("medicare", [0], True)


@pytest.mark.parametrize(
    ("phone", "read_back", "receipt", "called"),
    [
        ("", "We call you.", "We will call you At (718) 555-0199", "Dana Helper, daughter"),
        ("718 555 0167", "We call them.", "We will call the patient At (718) 555-0167", ""),
    ],
)
def test_a_helper_may_be_the_one_who_is_called(walker, rosa, phone, read_back, receipt, called):
    walker.ready(**HELPED | {"contact": HELPED["contact"] | {"phone": phone}})
    assert f"May we call them? {read_back}" in words(walker.get("check"))
    walker.send()
    assert receipt in words(walker.get("sent"))
    sent = AppointmentRequest.objects.get()
    assert sent.called_helper == called
    walker.client.force_login(rosa)
    person = reverse("desk:patient", args=[sent.patient.random_id])
    for at_the_desk in (reverse("desk:queue"), reverse("desk:request", args=[sent.reference]), person):
        page = words(walker.client.get(at_the_desk)).lower()
        assert ("call dana helper" in page) == bool(called), at_the_desk


def test_who_may_not_speak_for_the_patient_is_not_called_instead(walker):
    walker.ready(**HELPED | {"you": HELPED["you"] | {"may_speak_with_helper": ""}})
    page = walker.press("contact", HELPED["contact"] | {"phone": ""})
    assert "Enter their phone. Or go back and say that we may speak with you: then we call you." in words(page)
    walker.post("you", HELPED["you"])
    walker.post("contact", HELPED["contact"] | {"phone": ""})
    assert "May we call them? We call you." in words(walker.get("check"))


# -- the private page


@pytest.mark.parametrize("typed", [None, {}, {"birth_date_month": "13"}, {"birth_date_year": "1940"}])
def test_the_gate_of_the_private_page_fills_in_no_birth_date(client, appointment_request, typed):
    page = f"/visit/{links.secret(appointment_request)}/"
    shown = client.get(page) if typed is None else client.post(f"{page}birth-date/", typed)
    assert main(shown).count('autocomplete="off"') == 3
    assert "bday" not in shown.text


NEEDS = {
    "wheelchair": "They use a wheelchair",
    "walker": "They use a walker or a cane",
    "transfer": "They need help to get onto a table",
    "hearing": "They do not hear well",
    "vision": "They do not see well",
    "other": "Something else: ask them when you call",
}


@pytest.mark.parametrize("need", Patient.Need.values)
def test_the_private_page_says_whose_needs_they_are(client, walker, need):
    answers = ANSWERS["needs"] | {"needs": [need]}
    for helped_by, said in ((HELPED, NEEDS[need]), ({}, Patient.Need(need).label)):
        walker.ready(**helped_by, needs=answers).send()
        sent = AppointmentRequest.objects.latest("pk")
        give_birth_date(client, sent)
        page = words(client.get(url(sent)))
        assert f"{'They' if helped_by else 'you'} need {said}".lower() in page.lower()


def test_the_ticket_of_a_helped_patient_says_whose_needs_they_are(client, clinic, appointment):
    asked = appointment.appointment_request
    Patient.objects.update(needs=["hearing", "other"])
    AppointmentRequest.objects.update(helper_name="Dana Helper")
    give_birth_date(client, asked)
    page = words(client.get(url(asked)))
    assert "I do not hear well" not in page
    assert "They do not hear well" in page


@pytest.mark.parametrize("name", ["times", "another_time"])
def test_other_times_are_asked_for_in_the_helpers_words(client, clinic, name):
    asked = clinic.appointment_request() if name == "times" else clinic.appointment().appointment_request
    for helper, said in (("Dana Helper", "Days that never work for them or you"), ("", "Days that never work for you")):
        AppointmentRequest.objects.update(helper_name=helper)
        give_birth_date(client, asked)
        path = url(asked, name)
        assert said in words(client.get(path, {"call": ""}))
        client.post(path, ASK_FOR_A_CALL)
        assert f"{said} Monday" in words(client.get(url(asked, f"check_{name}")))


@pytest.mark.parametrize("typed", [None, {}, {"reference": "K7M"}])
def test_nor_does_the_page_for_a_lost_link(client, clinic, typed):
    shown = client.get("/visit/") if typed is None else client.post("/visit/", typed)
    assert "bday" not in shown.text
