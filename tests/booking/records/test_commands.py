"""The same on the command line."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from booking import lifecycle
from booking.desk.access.sentences import sentence
from booking.maintenance import free_pages
from booking.models import DiaryImport, Patient
from clinic.models import AccessLog
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


def logged():
    return list(AccessLog.objects.values_list("kind", "screen", "shown", "user", "address"))


def test_a_person_is_exported_by_the_number_as_printed_or_by_the_id_of_the_page(asked):
    for who in (str(asked), str(asked.patient.random_id)):
        assert json.loads(run("export_patient", who))[0]["name"] == "June Demo"
    assert "My back hurts." in run("export_patient", str(asked), "--html")
    assert logged() == [("export", "desk:export_patient", f"p{asked.patient.pk}", None, "")] * 3
    assert sentence(AccessLog.objects.first()) == "Someone on the server downloaded “Export patient information”"


def test_a_person_is_erased_after_a_question(asked, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda question: "no")
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("erase_patient", str(asked))
    assert run("erase_patient", str(asked), "--yes") == "Erased.\n"
    assert Patient.objects.get().name == "(erased)"
    assert logged() == [("change", "desk:erase_patient", f"p{asked.patient.pk}", None, "")]


def test_a_file_in_use_is_said_and_the_person_is_erased_all_the_same(asked, monkeypatch):
    def in_use():
        raise OperationalError("database is locked")

    monkeypatch.setattr(free_pages, "wipe", in_use)
    assert run("erase_patient", str(asked), "--yes").startswith("Erased.\nThe file was in use:")
    assert Patient.objects.get().name == "(erased)"


def test_refusals_are_sentences(asked, clinic):
    waiting = clinic.appointment_request()
    for who, said in [("nobody", "no such patient"), (str(waiting), "A request is still open")]:
        with pytest.raises(CommandError, match=said):
            run("erase_patient", who, "--yes")
    with pytest.raises(CommandError, match="no such patient"):
        run("export_patient", "nobody")


def test_an_old_calendar_that_waits_to_be_brought_in_goes_with_whoever_is_erased(asked):
    DiaryImport.objects.create(made_at=MONDAY, content="name\nJune Demo")
    done = DiaryImport.objects.create(made_at=MONDAY, imported_at=MONDAY)
    run("erase_patient", str(asked), "--yes")
    assert list(DiaryImport.objects.all()) == [done]
