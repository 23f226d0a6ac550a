"""The same on the command line."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from booking import lifecycle
from booking.maintenance import free_pages
from booking.models import Patient
from tests.builders import MONDAY

pytestmark = pytest.mark.django_db


def run(*command):
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


@pytest.fixture
def asked(clinic, by, monkeypatch):
    monkeypatch.setattr(free_pages, "wipe", lambda: 0)  # impossible inside the transaction of a test
    asked = clinic.appointment_request(note="My back hurts.")
    lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=MONDAY)
    return asked


def test_a_person_is_exported_by_the_number_as_printed_or_by_the_id_of_the_page(asked, caplog):
    for who in (str(asked), str(asked.patient.random_id)):
        assert json.loads(run("export_patient", who))[0]["name"] == "June Demo"
    assert "My back hurts." in run("export_patient", str(asked), "--html")
    assert set(caplog.messages) == {f"Exported: Patient {asked.patient.pk}"}


def test_a_person_is_erased_after_a_question(asked, monkeypatch, caplog):
    monkeypatch.setattr("builtins.input", lambda question: "no")
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("erase_patient", str(asked))
    assert run("erase_patient", str(asked), "--yes") == "Erased.\n"
    assert Patient.objects.get().name == "(erased)"
    assert caplog.messages == [f"Erased: Patient {asked.patient.pk}"]


def test_refusals_are_sentences(asked, clinic):
    waiting = clinic.appointment_request()
    for who, sentence in [("nobody", "no such patient"), (str(waiting), "A request is still open")]:
        with pytest.raises(CommandError, match=sentence):
            run("erase_patient", who, "--yes")
    with pytest.raises(CommandError, match="no such patient"):
        run("export_patient", "nobody")
