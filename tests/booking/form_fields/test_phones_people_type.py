"""Phone numbers as people type them, at every door: patient, helper, front desk, search, setup."""

import re
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.forms import modelform_factory

from booking.desk.patients.forms import PersonForm
from booking.models import AppointmentRequest, Patient
from booking.request_flow.forms import ContactForm
from clinic import practice_info
from clinic.admin import PracticeForm
from clinic.contact import PhoneField
from clinic.models import Practice
from tests.booking.request_flow.walk import HELPED
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
READ = [
    ("718 555 0142 (home)", "+17185550142", "", "home"),
    ("718 555 0142 mom", "+17185550142", "", "mom"),
    ("Cell: (718) 555-0142", "+17185550142", "", "Cell"),
    ("718.555.0142 (after 5 pm)", "+17185550142", "", "after 5 pm"),
    ("718 555 0142 ext. 7", "+17185550142", "7", ""),
    ("718-555-0142x12", "+17185550142", "12", ""),
    ("tel:+1-718-555-0142;ext=45", "+17185550142", "45", ""),
    ("(718) 555-0142 (Extension: 300)", "+17185550142", "300", ""),
    ("7185550142,,9", "+17185550142", "9", ""),
    ("1 718 555 0142 #31 aide", "+17185550142", "31", "aide"),
    ("0049 171 1234567", "+491711234567", "", ""),
    ("011 49 171 1234567", "+491711234567", "", ""),
    ("011-44-20-7946-0018", "+442079460018", "", ""),
    ("+44 (0)20 7946 0018 x2", "+442079460018", "2", ""),
    ("+52 1 55 1234 5678", "+525512345678", "", ""),
    ("00 52 1 33 1234 5678", "+523312345678", "", ""),
    ("+54 9 11 2345 6789", "+5491123456789", "", ""),
    ("\u202a+1 718 555 0142\u202c", "+17185550142", "", ""),
    ("٧١٨ ٥٥٥ ٠١٤٢", "+17185550142", "", ""),
    ("７１８－５５５－０１４２", "+17185550142", "", ""),
    ("8005550142", "+18005550142", "", ""),
    ("718 555 0142*12", "+17185550142", "12", ""),
    ("718_555_0142", "+17185550142", "", ""),
    ("718 = 555 = 0142", "+17185550142", "", ""),
    ("718 555 0142 xtn 5", "+17185550142", "5", ""),
    ("718 555 0142 after 5 pm", "+17185550142", "", "after 5 pm"),
    ("718-555-0142, weekdays before 12:30", "+17185550142", "", "weekdays before 12:30"),
    ("718 555 0142 mom, from 5 to 7 pm", "+17185550142", "", "mom, from 5 to 7 pm"),
    ("718 555 0142 apt 4B", "+17185550142", "", "apt 4B"),
    ("718 555 0142 ext 3 until 6pm", "+17185550142", "3", "until 6pm"),
]
REFUSED = [
    ("555-0167 mom", "local"),
    ("555 0167", "local"),
    ("cell 5550167", "local"),
    ("1-800-FLOWERS", "letters"),
    ("718-555-HOME", "letters"),
    ("1 800 GO FEDEX", "letters"),
    ("000 000 0000", "area"),
    ("+10000000000", "area"),
    ("123 456 7890", "area"),
    ("011 555 0142", "area"),
    ("718 055 0142", "area"),
    ("+1 718 155 0142", "area"),
    ("49 171 1234567", "length"),
    ("8 916 123-45-67", "length"),
    ("71855501", "length"),
    ("+49 0000 0000", "abroad"),
    ("+999 123 4567", "abroad"),
    ("+44 20", "abroad"),
    ("718 555 0142 or 718 555 0143", "two"),
    ("718-555-0142, 646-555-0199", "two"),
    ("718-555-0142 / 347-555-0111", "two"),
    ("718 555 0142 347 555 0111", "two"),
    ("(718) 555-0142\n(347) 555-0111", "two"),
    ("718-555-0142-347-555-0111", "two"),
    ("7185550142|+442079460018", "two"),
    ("718 555 0142 home 347 555 0111 cell", "two"),
    ("555 0142 / 555 0111", "two"),
    ("718 555 0142 x5 347 555 0111", "two"),
    ("06 12 34 56 78", "area"),
    ("ask my mom", "nothing"),
    ("7185550142 " + "home " * 7, "long"),
]
KEPT = ("1 718 555 0142 #31 aide", "\u202a+1 718 555 0142\u202c", "718-555-0142, weekdays before 12:30")  # on the way
UNKNOWN = ["(999) 555-0142", "+1 621 555 0199", "+48 10 555 01 42", "393 555 0107", "721-555-0142"]


@pytest.mark.parametrize(("text", "number", "extension", "remark"), READ)
def test_a_number_is_read_with_its_extension_and_remark(text, number, extension, remark):
    phone = PhoneField().clean(text)
    assert (phone.number, phone.extension, phone.remark) == (number, extension, remark)


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_is_no_number_is_refused_with_a_sentence_that_says_why(text, code):
    with pytest.raises(ValidationError) as refused:
        PhoneField().clean(text)
    assert refused.value.error_list[0].code == code


@pytest.mark.parametrize("text", ["06 12 34 56 78", "0171 234567", "01 23 45 67 89", "49 171 1234567", "0612345678"])
def test_who_writes_a_foreign_number_without_its_country_is_told_of_the_plus(text):
    with pytest.raises(ValidationError, match=r"begin with \+ and the country code"):
        PhoneField().clean(text)


SetUpForm = modelform_factory(Practice, form=PracticeForm, fields=["phone"])
DOUBT = PhoneField.default_error_messages["doubt"]
DESK = {"name": "June Demo", "birth_date": "3/9/1951"}  # what else the desk's form asks


def asked_in(html):
    """The hidden boxes with which the page says what it asked about."""
    hidden = re.findall(r'<input type="hidden" name="(\w+_asked)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in hidden}


def forms_with(text, **asked):
    """The forms of the patient's page and of the desk, with this number in every box."""
    typed = {"phone": text, "helper_phone": text} | asked
    return ContactForm(HELPED["contact"] | typed), PersonForm(DESK | typed)


@pytest.mark.parametrize("text", UNKNOWN)
def test_patient_helper_and_desk_are_asked_once_about_a_number_that_we_do_not_know(text):
    for form, again in zip(forms_with(text), forms_with(text, **asked_by(text)), strict=True):
        assert form.errors == {name: [DOUBT] for name in form.fields if name in ("phone", "helper_phone")}
        assert again.is_valid(), again.errors


def asked_by(text):
    contact, _desk = forms_with(text)
    assert not contact.is_valid()
    return asked_in(f"{contact['phone']}{contact['helper_phone']}")


def test_the_patients_and_the_helpers_page_ask_once(june):
    text = UNKNOWN[0]
    page = june.page("contact", phone=text)
    assert "We do not know phone numbers that begin like this." in words(page)
    assert june.answers("contact", phone=text, **asked_in(page.text)).patient.phone_typed == text
    page = june.page("contact", helper_phone=text)
    assert june.answers("contact", helper_phone=text, **asked_in(page.text)).helper_phone_typed == text


def test_the_desks_page_asks_once(desk):
    asked = desk.books(phone=UNKNOWN[0])
    assert asked.status_code == 400
    assert "We do not know phone numbers" in words(asked)
    assert desk.books(phone=UNKNOWN[0], **asked_in(asked.text)).status_code == 302


def test_another_unknown_number_is_asked_about_again(june):
    page = june.page("contact", phone=UNKNOWN[0])
    again = june.press("contact", {"phone": UNKNOWN[1]} | asked_in(page.text))
    assert "We do not know phone numbers that begin like this." in words(again)
    assert asked_in(again.text)["phone_asked"] == "+16215550199"


def test_looking_for_a_time_meanwhile_does_not_ask_again(desk):
    asked = asked_in(desk.books(phone=UNKNOWN[0]).text)
    looked = desk.books(phone=UNKNOWN[0], book=None, find="1", **asked)
    assert asked_in(looked.text) == asked == {"phone_asked": "+19995550142"}


def test_a_number_that_nobody_asked_about_is_not_marked_as_asked(desk):
    assert asked_in(desk.books(phone=UNKNOWN[0], book=None, find="1").text) == {}


@pytest.mark.parametrize(("text", "number", "extension", "remark"), READ)
def test_every_form_reads_the_number_as_it_was_meant_and_keeps_it_as_it_was_typed(text, number, extension, remark):
    contact, desk = forms_with(text)
    assert contact.is_valid()
    assert desk.is_valid()
    for phone in (contact.cleaned_data["phone"], contact.cleaned_data["helper_phone"]):
        assert (phone.number, phone.extension) == (number, extension)
        assert remark in phone.typed
    patient = desk.patient()
    assert (patient["phone"], patient["phone_extension"]) == (number, extension)
    assert remark in patient["phone_typed"]


def test_the_number_of_patient_and_helper_is_kept_as_it_was_meant_and_as_it_was_typed(june):
    for text, number, extension, remark in [each for each in READ if each[0] in KEPT]:
        patient = june.answers("contact", phone=text).patient
        assert (patient.phone, patient.phone_extension) == (number, extension)
        assert remark in patient.phone_typed
        helped = june.answers("contact", helper_phone=text)
        assert (helped.helper_phone, helped.helper_phone_extension) == (number, extension)
        assert remark in helped.helper_phone_typed


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_every_form_refuses_it(text, code):
    contact, desk = forms_with(text)
    assert contact.errors == {"phone": [sentence_of(code)], "helper_phone": [sentence_of(code)]}
    assert desk.errors["phone"][0] == sentence_of(code)


def sentence_of(code):
    return str(PhoneField.default_error_messages[code]) % {"most": 40, "number": 45}


def test_every_door_refuses_it_and_stores_nothing(june, desk):
    for text, code in (REFUSED[0], REFUSED[-1]):
        assert sentence_of(code) in words(june.page("contact", phone=text))
        assert sentence_of(code) in words(june.page("contact", helper_phone=text))
        assert sentence_of(code) in words(desk.books(phone=text))
    assert not Patient.objects.exists()


def test_the_desk_books_and_corrects_with_it(desk, clinic):
    assert desk.books(phone="1 718 555 0142 #31 aide").status_code == 302
    assert (desk.patient().phone, desk.patient().phone_extension) == ("+17185550142", "31")
    response = desk.corrects(AppointmentRequest.objects.get(), phone="646 555 0199 ext 8 (work)")
    assert response.status_code == 302
    assert (desk.patient().phone, desk.patient().phone_extension) == ("+16465550199", "8")
    assert desk.patient().phone_typed == "646 555 0199 ext 8 (work)"


def test_details_that_nobody_changed_keep_the_extension(client, desk, clinic):
    appointment_request = clinic.appointment_request(patient={"phone_typed": "", "phone_extension": "7"})
    page = client.get(f"/admin/desk/{appointment_request.reference}/patient/")
    shown = page.context["form"]["phone"].value() if page.status_code == 200 else ""
    desk.corrects(appointment_request, phone=shown or "(718) 555-0167 ext. 7")
    assert desk.patient().phone_extension == "7"


@pytest.mark.parametrize(("text", "number", "extension", "remark"), READ)
def test_the_form_of_the_practice_takes_a_number_with_its_extension_but_no_remark(text, number, extension, remark):
    form = SetUpForm({"phone": text})
    if remark:
        assert form.errors["phone"] == ["Enter the phone number without other words: every page shows it."]
    else:
        assert "phone" not in form.errors
        assert (form.cleaned_data["phone"], form.instance.phone_extension) == (number, extension)


def test_the_practice_keeps_the_extension_of_its_number(practice):
    saved, response = practice(phone="+44 (0)20 7946 0018 x2")
    assert response.status_code == 302
    assert (saved.phone, saved.phone_extension) == ("+442079460018", "2")


def test_the_number_of_the_practice_is_dialed_with_its_extension(client, practice):
    practice(phone="718 555 0142 ext. 7")
    practice_info.forget()
    page = client.get("/").content.decode()
    assert "(718)\u00a0555-0142\u00a0ext.\u00a07" in page
    assert 'href="tel:+17185550142;ext=7"' in page
    assert 'href="tel:+17185550142"' not in page


def test_the_number_of_the_practice_stands_on_every_page_so_it_has_no_remark(practice):
    _saved, response = practice(phone="Front desk 718 555 0142")
    assert "Enter the phone number without other words" in words(response)


def assert_found(desk, *texts):
    for text in texts:
        assert "June Demo" in desk.finds(text), text


def test_the_desk_finds_a_foreign_number_as_it_is_dialed(desk, clinic):
    clinic.appointment_request(patient={"phone": "+491711234567"})
    dialed = ("011 49 171 1234567", "0049 171 1234567", "+49 171 1234567", "0171 1234567")
    assert_found(desk, *dialed, "011-49-171-1234567 June", "4567")


def test_the_desk_finds_a_mexican_number_with_and_without_its_old_1(desk, clinic):
    clinic.appointment_request(patient={"phone": "+525512345678"})
    assert_found(desk, "+52 1 55 1234 5678", "011 52 55 1234 5678", "00521 55 1234 5678", "55 1234 5678")


def test_the_desk_finds_a_number_that_is_said_with_its_extension(desk, clinic):
    clinic.appointment_request()
    assert_found(desk, "718 555 0167 ext 123", "718-555-0167x1234", "7185550167 #99", "June 0167 ext. 7")
