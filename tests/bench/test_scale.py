"""The data that the bench measures on follows the product's rules, and search finds it."""

import io
from datetime import date

from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from booking.maintenance import integrity
from booking.models import Appointment, AppointmentRequest, Patient, search_keys
from clinic.models import Practitioner
from tests.bench import scale


def grow(**sizes):
    return list(scale.grow(now=timezone.now(), **sizes))


def counts():
    return {model: model.objects.count() for model in (*scale.TABLES, Practitioner)}


class Grown(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("load_demo", stdout=io.StringIO())

    def test_there_are_years_of_appointments_and_many_requests(self):
        requests, appointments = AppointmentRequest.objects.count(), Appointment.objects.count()
        grow(appointments=500, waiting=70)
        assert Appointment.objects.count() == appointments + 500
        assert AppointmentRequest.objects.count() == requests + 570
        assert AppointmentRequest.objects.filter(status=AppointmentRequest.Status.NEW).count() > 70
        assert list(integrity.findings()) == []

    def test_search_finds_the_generated_patients(self):
        grow(appointments=120)
        for patient in Patient.objects.filter(chart_number__startswith="past "):
            kept = {bytes(each.key) for each in patient.search_keys.all()}
            assert kept == search_keys.keys(patient.name, str(patient.phone))

    def test_growing_again_adds_only_what_is_missing(self):
        grow(appointments=200)
        before = counts()
        grow(appointments=200)
        assert counts() == before
        grow(appointments=300, practitioners=5)
        assert Practitioner.objects.count() == 5
        assert Patient.objects.filter(chart_number__startswith="past ").count() == 300
        assert list(integrity.findings()) == []

    def test_the_next_row_gets_a_free_key(self):
        grow(appointments=50)
        grow(waiting=50)
        patient = Patient.objects.create(name="Later Demo", birth_date=date(1950, 1, 1), phone="+17185550101")
        assert patient.pk > Patient.objects.exclude(pk=patient.pk).latest("pk").pk
