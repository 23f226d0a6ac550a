"""The doors at which people type what a form field reads."""

import pytest
from django.test import Client
from django.urls import reverse

from booking.models import AppointmentRequest, Patient
from clinic.models import Practice
from tests.booking.desk.slot_finder.booking_form import BOOK, typed
from tests.booking.request_flow.walk import ANSWERS, HELPED, Walker
from tests.builders import make_clerk
from tests.pages import words


def typed_on(step, instead):
    pages = HELPED if "helper_phone" in instead else {}
    return pages | {step: pages.get(step, ANSWERS[step]) | instead}


@pytest.fixture
def june(client, clinic):
    """At the request flow: answers every page, with these answers of one page instead."""
    walker = Walker(client)

    def send(step, **instead):
        walker.ready(**typed_on(step, instead)).send()
        return AppointmentRequest.objects.latest("pk")

    def page(step, **instead):
        pages = typed_on(step, instead)
        walker.until(step, **pages)
        return walker.press(step, pages[step])

    walker.answers, walker.page = send, page
    return walker


@pytest.fixture
def desk(clinic):
    """A clerk who types a new patient, or corrects one."""
    client = Client()
    client.force_login(make_clerk())

    class Desk:
        def books(self, **changes):
            data = typed(clinic, **changes)
            return client.post(BOOK, {name: value for name, value in data.items() if value is not None})

        def corrects(self, appointment_request, **changes):
            patient = appointment_request.patient
            data = {
                "name": patient.name,
                "birth_date": "3/9/1951",
                "phone": "718 555 0167",
                "email": "june@example.org",
            }
            path = reverse("desk:correct_patient", args=[appointment_request.reference])
            return client.post(path, data | {"version": appointment_request.version} | changes)

        def finds(self, text):
            return words(client.post(reverse("desk:search"), {"q": text}, follow=True))

        def patient(self):
            return Patient.objects.latest("pk")

    return Desk()


@pytest.fixture
def practice(clinic):
    """The form of the practice in the setup tables: sends it with these changes."""
    client = Client()
    client.force_login(make_clerk("Manager"))
    url = reverse("admin:clinic_practice_change", args=[1])

    def save(**changes):
        shown = client.get(url).context["adminform"].form
        data = {name: shown[name].value() for name in shown.fields if shown[name].value() is not None}
        response = client.post(url, data | changes)
        return Practice.objects.get(), response

    return save
