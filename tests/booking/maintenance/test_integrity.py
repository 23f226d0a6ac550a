"""The integrity check finds every planted fault, names the row, and reveals nothing about the person."""

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from booking import lifecycle
from booking.maintenance import integrity
from booking.models import Appointment, AppointmentRequest, Message, Patient
from tests.builders import MONDAY, Clinic, later, make_clerk

pytestmark = pytest.mark.django_db


class Practice(Clinic):
    """Two appointments of one practitioner, an open request and a declined one."""

    def __init__(self):
        super().__init__()
        by = lifecycle.staff(make_clerk(), "phone")
        self.early, self.late = (self.appointment(self.slot(hour=hour), by=by) for hour in (9, 13))
        self.waiting = AppointmentRequest.objects.get(pk=self.appointment_request(self.slot(day=4)).pk)
        self.declined = self.appointment_request(self.slot(day=7))
        lifecycle.decline(self.declined.pk, "not_ours", "Ask your doctor.", by=by, now=later(hours=1))


@pytest.fixture
def practice():
    return Practice()


@pytest.fixture
def planted():
    """Run faulty SQL, look for findings, and roll everything back before the database checks its foreign keys."""

    def look(*faults):
        with transaction.atomic():
            for fault in faults:
                fault()
            found = [str(finding) for finding in integrity.findings()]
            transaction.set_rollback(True)
        return found

    return look


def sql(text, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)


def update(row, **columns):
    type(row).objects.filter(pk=row.pk).update(**columns)


def drop_no_double_booking():
    """Drop the constraint against double booking."""
    if connection.vendor == "sqlite":
        for event in ("insert", "update"):
            sql(f'DROP TRIGGER "{Appointment.NO_DOUBLE_BOOKING}_{event}"')
        return
    drop_constraint("booking_appointment", Appointment.NO_DOUBLE_BOOKING)


def drop_constraint(table, name):
    if connection.vendor == "sqlite":
        sql("PRAGMA ignore_check_constraints = ON")
        return
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL alters no table that has deferred checks pending
    sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    sql("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture(autouse=True)
def check_constraints_again():
    yield
    if connection.vendor == "sqlite":
        sql("PRAGMA ignore_check_constraints = OFF")


def test_a_practice_in_order_has_no_findings(practice):
    assert list(integrity.findings()) == []


def test_an_overlap_is_found(practice, planted):
    start = practice.early.starts_at + timedelta(minutes=20)
    rescheduled = {"starts_at": start, "ends_at": start + timedelta(minutes=40)}
    blocked = {"blocked_from": rescheduled["starts_at"], "blocked_until": rescheduled["ends_at"]}
    found = planted(drop_no_double_booking, lambda: update(practice.late, **rescheduled, **blocked))
    assert found == [f"two appointments at one time: appointment {practice.late.pk}"]


def test_an_overlap_with_an_earlier_long_appointment_is_found(practice, planted):
    """The two are not adjacent: a third appointment starts between them, before the long one ends."""
    until = practice.late.starts_at + timedelta(minutes=10)
    between = practice.appointment(practice.slot(hour=10, minute=20))
    found = planted(drop_no_double_booking, lambda: update(practice.early, ends_at=until, blocked_until=until))
    assert found == [
        f"two appointments at one time: appointment {appointment.pk}" for appointment in (between, practice.late)
    ]


def test_a_deliberate_overbooking_is_no_finding(practice, planted):
    start = practice.early.starts_at
    rescheduled = {"starts_at": start, "blocked_from": start, "overbooked": True}
    assert planted(lambda: update(practice.late, **rescheduled)) == []


def test_an_appointment_without_a_patient_or_clerk_is_found(practice, planted):
    def fault():
        drop_constraint("booking_appointment", "booking_appointment_of_a_request_or_a_clerk")
        update(practice.late, appointment_request=None)

    assert f"belongs to no request and no clerk: appointment {practice.late.pk}" in planted(fault)


def test_an_event_of_no_row_is_found(practice, planted):
    event = practice.late.events.get()

    def fault():
        drop_constraint("booking_event", "booking_event_of_something")
        update(event, appointment_request=None, appointment=None)

    assert f"belongs to no request and no appointment: event {event.pk}" in planted(fault)


def test_a_request_without_its_patient_is_found(practice, planted):
    request = practice.waiting
    found = planted(lambda: sql("DELETE FROM booking_patient WHERE id = %s", request.patient_id))
    assert f"its patient does not exist: appointmentrequest {request.pk}" in found


def test_a_patient_whom_search_cannot_find_is_found(practice, planted):
    patient = practice.waiting.patient_id
    found = planted(lambda: sql("DELETE FROM booking_searchkey WHERE patient_id = %s", patient))
    assert found == [f"cannot be found by search: patient {patient}"]


def test_a_foreign_key_to_a_missing_row_of_another_app_is_found(practice, planted):
    found = planted(lambda: sql("DELETE FROM booking_reason"))
    assert {finding.split(":")[0] for finding in found} == {"its reason does not exist"}
    assert len(found) == AppointmentRequest.objects.count()


def test_a_confirmed_request_without_an_appointment_is_found(practice, planted):
    request = practice.late.appointment_request
    found = planted(lambda: sql("DELETE FROM booking_appointment WHERE id = %s", practice.late.pk))
    assert f"confirmed, but has no appointment: appointmentrequest {request.pk}" in found


def test_an_appointment_of_an_unconfirmed_request_is_found(practice, planted):
    found = planted(lambda: update(practice.late, appointment_request=practice.waiting))
    assert f"its request is not confirmed: appointment {practice.late.pk}" in found


def test_time_held_for_a_declined_request_is_found(practice, planted):
    hold = practice.declined.appointments.get()
    until = hold.starts_at
    found = planted(lambda: update(hold, status="held", held_until=until))
    assert f"held for a request that was answered: appointment {hold.pk}" in found


def test_a_status_that_bypassed_the_lifecycle_is_found(practice, planted):
    found = planted(
        lambda: update(practice.waiting, status="waitlisted"), lambda: update(practice.late, status="arrived")
    )
    assert found == [
        f"does not have the status of its last event: appointmentrequest {practice.waiting.pk}",
        f"does not have the status of its last event: appointment {practice.late.pk}",
    ]


def test_a_row_without_any_event_is_found(practice, planted):
    old = practice.waiting

    def fault():
        AppointmentRequest.objects.create(
            patient=old.patient, reason=old.reason, appointment_type=old.appointment_type, submitted_at=MONDAY,
            respond_by=MONDAY,
            flow_key=uuid.uuid4(),
        )  # fmt: skip

    (found,) = planted(fault)
    assert found.startswith("does not have the status of its last event: appointmentrequest ")


def test_a_gap_in_a_history_is_found(practice, planted):
    """An event starts from a status that no earlier event set: the end of the history alone looks right."""

    def fault():
        update(practice.waiting, status="waitlisted")
        lifecycle.withdraw(practice.waiting.pk, by=lifecycle.PATIENT, now=later(hours=2))

    (found,) = planted(fault)
    assert found.startswith("does not start from the status of the event before: event ")


def test_an_undone_act_leaves_no_gap(practice):
    clerk = make_clerk()
    lifecycle.confirm(practice.waiting.pk, practice.slot(day=4), by=lifecycle.staff(clerk), now=later(hours=1))
    act = practice.waiting.events.filter(cause=None).last()
    lifecycle.undo(act.pk, user=clerk, now=later(hours=1, seconds=10))
    assert list(integrity.findings()) == []


@pytest.mark.parametrize("reference", ["AAAAAAAAAA", "K7M-4QX-9P", "", "0000000000"])
def test_a_wrong_confirmation_number_is_found(practice, planted, reference):
    found = planted(lambda: update(practice.waiting, reference=reference))
    assert found == [f"has no valid confirmation number: appointmentrequest {practice.waiting.pk}"]


def test_a_message_without_its_event_is_found_and_a_link_needs_none(practice, planted):
    message = practice.waiting.messages.get()
    found = planted(lambda: update(message, event=None))
    assert f"has no event: message {message.pk}" in found
    assert planted(lambda: update(message, event=None, kind=Message.Kind.LINK)) == [
        f"the patient was not notified: event {message.event_id}"
    ]


@pytest.mark.parametrize("who", ["early", "waiting", "declined"])
def test_a_patient_who_was_not_notified_is_found(practice, planted, who):
    row = getattr(practice, who)
    request = row.appointment_request if isinstance(row, Appointment) else row
    message = request.messages.order_by("pk").last()
    found = planted(lambda: Message.objects.filter(pk=message.pk).delete())
    assert found == [f"the patient was not notified: event {message.event_id}"]


def test_many_findings_are_cut_short(practice):
    with transaction.atomic():
        Message.objects.all().delete()
        assert len(list(integrity.findings(most=2))) == 2
        transaction.set_rollback(True)


def test_the_command_succeeds_for_a_practice_in_order(practice):
    printed = StringIO()
    call_command("check_integrity", stdout=printed)
    assert printed.getvalue().startswith("ok: 4 requests, 4 appointments")


def test_the_command_fails_and_names_rows_but_no_people(practice):
    update(practice.waiting, status="closed")
    printed = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("check_integrity", stdout=printed)
    assert failure.value.returncode == 1
    (line, _held) = printed.getvalue().splitlines()
    assert "appointment" in line
    person = Patient.objects.get(pk=practice.waiting.patient_id)
    assert person.name not in printed.getvalue()
    assert practice.waiting.reference not in printed.getvalue()


def test_every_rule_is_one_query(practice, django_assert_num_queries):
    rules = len(integrity.RULES) + len(list(integrity._foreign_keys()))
    with django_assert_num_queries(rules):
        list(integrity.findings())
