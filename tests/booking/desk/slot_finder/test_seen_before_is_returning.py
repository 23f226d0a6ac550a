"""A patient who was seen is returning: the slot finder takes the length of a follow-up without being told."""

import pytest

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Patient
from tests.booking.desk.slot_finder.booking_form import BOOK, typed
from tests.builders import MONDAY, WHY, local, make_appointment_type, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
NEW, FOLLOW_UP = "Open times for New-patient consultation, 40 min", "Open times for Follow-up, 20 min"


@pytest.fixture
def follow_up(clinic):
    follow_up = make_appointment_type(name="Follow-up", slug="follow-up", minutes=20, step=30, notice=0)
    follow_up.practitioners.add(clinic.practitioner)
    clinic.reason.appointment_type_returning = follow_up
    clinic.reason.save()
    return follow_up


def patient(clinic, status, name="Ruth Demo"):
    """Somebody with an appointment in November that became this."""
    past = clinic.appointment(clinic.slot(day=24, month=11), patient={"name": name})
    more = {"cancel_code": "ill"} if status == "cancelled" else {}
    Appointment.objects.filter(pk=past.pk).update(
        status=status, starts_at=local(2026, 11, 2, 9), ends_at=local(2026, 11, 2, 10),
        blocked_from=local(2026, 11, 2, 9), blocked_until=local(2026, 11, 2, 10), **more,
    )  # fmt: skip
    return past.patient


def look(client, clinic, **posted):
    return words(client.post(BOOK, {"reason": clinic.reason.slug, "look": "1"} | posted))


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("fulfilled", FOLLOW_UP),
        ("arrived", NEW),
        ("booked", NEW),
        ("noshow", NEW),
        ("left", NEW),
        ("cancelled", NEW),
    ],
)
def test_only_who_was_seen_is_returning(client, clinic, rosa, follow_up, status, shown):
    assert shown in look(client, clinic, person=str(patient(clinic, status).pk))


def test_finding_the_one_patient_is_enough(client, clinic, rosa, follow_up):
    patient(clinic, "fulfilled")
    page = words(client.post(BOOK, {"reason": clinic.reason.slug, "q": "Ruth Demo", "find": "1"}))
    assert FOLLOW_UP in page


def test_of_several_found_the_chosen_one_counts(client, clinic, rosa, follow_up):
    seen, never = patient(clinic, "fulfilled"), patient(clinic, "noshow", "Ruth Other")
    shown = [look(client, clinic, q="Ruth", looked_for="Ruth", person=str(who.pk)) for who in (seen, never)]
    assert [FOLLOW_UP in page for page in shown] == [True, False]
    assert NEW in words(client.post(BOOK, {"reason": clinic.reason.slug, "q": "Ruth", "find": "1"}))


def test_what_the_clerk_says_counts_more(client, clinic, rosa, follow_up):
    seen = str(patient(clinic, "fulfilled").pk)
    for said, shown in (("", FOLLOW_UP), ("no", NEW), ("yes", FOLLOW_UP)):
        assert shown in look(client, clinic, person=seen, returning=said), said


def test_who_is_not_on_file_is_new(client, clinic, rosa, follow_up):
    patient(clinic, "fulfilled")
    for person in ("", "new", "999999", "-1", "x"):
        assert NEW in look(client, clinic, person=person), person


def test_another_appointment_type_or_length_counts_more(client, clinic, rosa, follow_up):
    seen = str(patient(clinic, "fulfilled").pk)
    assert "Follow-up, 60 min" in look(client, clinic, person=seen, minutes="60")
    assert NEW in look(client, clinic, person=seen, appointment=clinic.appointment_type.slug)


def test_what_is_booked_is_a_follow_up(client, clinic, rosa, follow_up):
    seen = patient(clinic, "fulfilled")
    client.post(BOOK, typed(clinic, person=str(seen.pk), returning=""))
    booked = AppointmentRequest.objects.latest("pk")
    assert (booked.returning, booked.appointment_type, booked.appointments.get().minutes) == (True, follow_up, 20)


@pytest.mark.parametrize(("hour", "minute"), [(9, 0), (9, 40), (10, 20), (11, 0), (16, 20)])
def test_a_time_that_was_held_before_the_patient_was_found_is_booked_at_the_shorter_length(
    client, clinic, rosa, follow_up, hour, minute
):
    """9:40 is no start of a follow-up by the clock of its steps, but the clerk holds it."""
    seen, slot = patient(clinic, "fulfilled"), clinic.slot(hour=hour, minute=minute)
    held = lifecycle.hold(slot, clinic.appointment_type, user=rosa, now=MONDAY)
    client.post(BOOK, typed(clinic, person=str(seen.pk), returning="", slot=slot.code))
    booked = Appointment.objects.exclude(pk=held.pk).latest("pk")
    held.refresh_from_db()
    assert (held.status, booked.status, booked.starts_at, booked.minutes) == ("released", "booked", slot.starts_at, 20)


@pytest.mark.parametrize("why_not", ["longer", "elsewhere", "not offered"])
def test_what_does_not_lie_inside_the_held_time_is_checked_as_ever(clinic, follow_up, why_not):
    clerk = make_clerk(role=None)
    slot = clinic.slot(hour=9, minute=40)
    lifecycle.hold(slot, clinic.appointment_type, user=clerk, now=MONDAY)
    draft = clinic.draft(appointment_type=follow_up)
    wanted, minutes = (clinic.slot(hour=9, minute=50), None) if why_not == "elsewhere" else (slot, None)
    if why_not == "longer":
        minutes = 90
        clinic.appointment(clinic.slot(hour=11))
    if why_not == "not offered":
        follow_up.practitioners.clear()
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.book(draft, wanted, by=lifecycle.staff(clerk, "phone"), now=MONDAY, minutes=minutes)


def test_a_double_booked_hold_stays_flagged(clinic, follow_up):
    lead = make_clerk("Desk lead")
    clinic.appointment(clinic.slot(hour=9, minute=40))
    over = lifecycle.Override("The doctor asked for it.", overlap=True)
    slot = clinic.slot(hour=9, minute=40)
    lifecycle.hold(slot, clinic.appointment_type, user=lead, now=MONDAY, override=over)
    draft = clinic.draft(appointment_type=follow_up, patient={"name": "Otto Demo"})
    booked = lifecycle.book(draft, slot, by=lifecycle.staff(lead, "phone"), now=MONDAY, override=WHY).appointments.get()
    assert (booked.overbooked, booked.overbook_reason) == (True, over.reason)
    assert Patient.objects.count() == 2
