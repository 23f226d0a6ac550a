"""PostgreSQL logs each statement that errs, with the values in it: no statement with a patient's words errs."""

import os
import re
import uuid
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import DatabaseError, connection

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Patient
from booking.notifications import messages
from tests.booking.lifecycle.race import race
from tests.builders import MONDAY, later, make_clerk

pytestmark = pytest.mark.django_db(transaction=True)
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
ENTRY = re.compile(r"^(?=\d{4}-\d\d-\d\d )", re.MULTILINE)  # it may have several lines
CANARY, MANY = "quetzal", 6
PERSON = {"name": "Xochitl Canary", "email": "canary@example.org"}


@pytest.fixture
def log(engine):
    """What our own server logs during the test."""
    if engine != "postgresql":
        pytest.skip("SQLite keeps no log")
    folder = parse_qs(urlsplit(os.environ["DATABASE_URL"]).query).get("host", [""])[0]
    path = Path(folder, "log")
    if not path.is_file():
        pytest.skip("not the server of tests.postgres")
    begin, ours = path.stat().st_size, f"] {connection.settings_dict['NAME']} "
    return lambda: "".join(part for part in ENTRY.split(path.read_text()[begin:]) if ours in part[:99])


def test_a_statement_that_fails_is_logged_with_its_values_unless_the_settings_of_the_manual_forbid_it(log, clinic):
    def fail(value):
        reason = clinic.reason.__class__.objects
        with pytest.raises(DatabaseError):
            reason.create(label=value, slug="broken-bone", appointment_type_new_id=1, appointment_type_returning_id=1)

    fail(f"{CANARY} 1")
    with connection.cursor() as cursor:
        for setting in re.findall(r"^ALTER ROLE clinic (SET log_\w+ = \S+);$", MANUAL.read_text(), re.MULTILINE):
            cursor.execute(setting)
    fail(f"{CANARY} 2")
    connection.close()
    assert f"{CANARY} 1" in log()
    assert f"{CANARY} 2" not in log()


def test_double_submits_offers_and_races_leave_nothing_in_the_log(transactional_db, clinic, log):
    desk = lifecycle.staff(make_clerk(), "phone")

    def draft(*times, **answers):
        return clinic.draft(*times, patient=PERSON, note=CANARY, **answers)

    sent = draft(clinic.slot())
    [outcomes] = race(MANY, lambda n, _: lifecycle.submit(sent, now=MONDAY).pk)
    assert {outcome.value for outcome in outcomes} == {outcomes[0].value}

    edited = [draft(clinic.slot(day=4), flow_key=sent.flow_key, part_of_day="any") for _ in range(MANY)]
    for n, one in enumerate(edited):
        one.patient |= {"name": f"Xochitl Canary {n}"}  # they do not wait for each other as one person
        one.flow_key = uuid.UUID(int=7)
    [outcomes] = race(MANY, lambda n, _: lifecycle.submit(edited[n], now=MONDAY).pk)
    assert {outcome.value for outcome in outcomes} == {outcomes[0].value}

    wanted = [draft(clinic.slot(day=7), helper_name=f"{CANARY} {n}") for n in range(MANY)]
    race(MANY, lambda n, _: lifecycle.submit(wanted[n], now=MONDAY).pk)

    called = draft()
    [outcomes] = race(MANY, lambda n, _: lifecycle.book(called, clinic.slot(day=8), by=desk, now=MONDAY).pk)
    assert {outcome.value for outcome in outcomes} == {outcomes[0].value}

    booked, again = Appointment.objects.get(status="booked"), uuid.uuid4()
    answers, how = {"note": CANARY}, {"by": lifecycle.PATIENT, "now": MONDAY, "flow_key": again}
    times = [clinic.slot(day=9)]
    race(MANY, lambda n, _: lifecycle.ask_for_another_time(booked.pk, times, answers, **how).pk)

    first = AppointmentRequest.objects.get(flow_key=sent.flow_key)
    offered = [clinic.slot(day=10), clinic.slot(day=11)]
    race(MANY, lambda n, _: lifecycle.offer(first.pk, offered, later(days=3), by=desk, now=MONDAY).pk)
    race(MANY, lambda n, _: lifecycle.accept_offer(first.pk, offered[n % 2], by=lifecycle.PATIENT, now=MONDAY).pk)
    race(MANY, lambda n, _: messages.send_link(first, now=MONDAY, form_key="pressed once").pk)
    race(MANY, lambda n, _: messages.late(booked, 20, now=MONDAY))

    assert Patient.objects.filter(name__startswith="Xochitl").exists()
    assert not [value for value in (CANARY, "Xochitl", PERSON["email"]) if value in log()]
    assert "ERROR" not in log(), log()


def test_a_time_that_is_not_free_again_leaves_ids_and_times_in_the_log_and_no_words(transactional_db, clinic, log):
    clerk = make_clerk()
    booked = clinic.appointment(clinic.slot(), note=CANARY, patient=PERSON)
    moved = lifecycle.reschedule(booked.pk, clinic.slot(day=4), by=lifecycle.staff(clerk), now=MONDAY)
    clinic.appointment(clinic.slot())
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.undo(moved.events.get(verb="reschedule").pk, user=clerk, now=MONDAY)
    assert "no_double_booking" in log()
    assert not [value for value in (CANARY, "Xochitl", PERSON["email"]) if value in log()]
