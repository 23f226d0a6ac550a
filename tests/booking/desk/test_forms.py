"""What holds for every form of the desk: pasted text is never cut, and errors are in our own words."""

import re

import pytest
from django import forms
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from booking import lifecycle
from booking.desk.patients import forms as patients_forms
from booking.desk.requests import forms as act_forms
from booking.desk.requests import quiet_end
from booking.desk.slot_finder import forms as slot_finder_forms
from booking.models import AppointmentRequest, Event
from tests.booking.desk.page import page_of, press
from tests.booking.desk.slot_finder.booking_form import typed
from tests.builders import MONDAY, make_clerk
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
FORMS = {
    form.__name__: form
    for module in (act_forms, quiet_end, patients_forms, slot_finder_forms)
    for form in vars(module).values()
    if isinstance(form, type) and issubclass(form, forms.Form) and form is not forms.Form
}
WRONG = ["", "x", "-1", "9" * 30, "x" * 5000, "x@", "1/1/99999"]
DJANGOS = re.compile(
    r"^(This field|Ensure|Enter a (valid|whole|list|complete|number\.)|Select a|Null)"
    r"|it has \d|valid choice|valid value"
)


def test_errors_are_in_our_own_words(clinic):
    said = set()
    for name, form_class in FORMS.items():
        for wrong in WRONG:
            form = form_class(MultiValueDict({field: [wrong] for field in form_class().fields}))
            said |= {(name, str(error)) for errors in form.errors.values() for error in errors}
    assert [(name, sentence) for name, sentence in said if DJANGOS.search(sentence)] == []


def test_no_page_of_the_desk_cuts_pasted_text(client, clinic):
    """With an open request, an answered one and an appointment, so that every form is shown."""
    lead = make_clerk("Desk lead")
    client.force_login(lead)
    appointment_request, other, appointment = (
        clinic.appointment_request(clinic.slot()),
        clinic.appointment_request(),
        clinic.appointment(clinic.slot(day=4)),
    )
    declined = clinic.appointment_request()
    lifecycle.decline(declined.pk, "other", "Call us.", by=lifecycle.staff(make_clerk()), now=MONDAY)
    pages = [
        page_of(appointment_request), page_of(declined),
        reverse("desk:correct_patient", args=[appointment_request.reference]), "/admin/desk/", "/admin/",
        reverse("desk:merge", args=[appointment_request.reference, other.reference]),
        reverse("desk:reschedule", args=[appointment.pk]),
        f"/admin/desk/book/?reason={clinic.reason.slug}",
    ]  # fmt: skip
    for path in pages:
        response = client.get(path)
        assert response.status_code == 200
        assert "maxlength" not in response.content.decode(), path


def test_a_text_about_another_time_that_is_too_long_gives_an_error(client, clinic, rosa):
    appointment = clinic.appointment()
    response = client.post(reverse("desk:ask_again", args=[appointment.pk]), {"note": "x" * 201})
    assert response.status_code == 400
    assert "Use up to 200 characters." in words(response)
    assert not AppointmentRequest.objects.filter(replaces=appointment).exists()


def test_a_reason_to_undo_that_is_too_long_is_not_cut(client, clinic):
    appointment_request = clinic.appointment_request()
    lifecycle.decline(appointment_request.pk, "other", "Call us.", by=lifecycle.staff(make_clerk()), now=MONDAY)
    client.force_login(make_clerk("Desk lead"))
    path = reverse("desk:undo", args=[Event.objects.get(verb="decline").pk])
    assert "Use up to 200 characters." in words(client.post(path, {"undo_why": "x" * 201}, follow=True))
    appointment_request.refresh_from_db()
    assert appointment_request.status == "declined"


def test_a_language_or_message_that_is_too_long_stays_to_be_shortened(client, clinic, rosa):
    page = client.post("/admin/desk/book/", typed(clinic, language="y" * 41))
    assert "Use up to 40 characters." in words(page)
    assert "y" * 41 in page.content.decode()
    appointment_request = clinic.appointment_request()
    page = press(client, "decline", appointment_request, code="other", sentence="z" * 601)
    assert "z" * 601 in page.content.decode()
