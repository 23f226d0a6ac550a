"""An erasure and a booking at the same moment: one of the two is refused, and no booking is left without a person."""

from dataclasses import asdict

import pytest

from booking import lifecycle
from booking.exchange import diary
from booking.exchange.plan import Options
from booking.models import Appointment, DiaryImport, Patient
from booking.records.erase import erase_person
from booking.records.people import records_of
from tests.booking.lifecycle.race import ends, race
from tests.builders import MONDAY, WHY, assert_sound, make_clerk

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def test_a_person_who_is_erased_and_booked_at_once_is_either(transactional_db, clinic):
    by = lifecycle.staff(make_clerk(), "phone")
    patients, drafts = [], []
    for n in range(ROUNDS):
        asked = clinic.appointment_request(patient={"name": f"Person {n}"})
        lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=MONDAY)
        draft = clinic.draft(note="A note.")
        draft.patient, draft.known = {}, asked.patient_id
        patients.append(asked.patient)
        drafts.append(draft)

    def act(n, round_):
        if n == 0:
            return erase_person(records_of(patients[round_]), now=MONDAY)
        return lifecycle.book(drafts[round_], clinic.slot(day=7 + round_), by=by, now=MONDAY, override=WHY).pk

    for round_, outcomes in enumerate(race(2, act, rounds=ROUNDS)):
        assert ends(outcomes) == {"done": 1, "NotAllowed": 1}, outcomes
        is_erased = outcomes[0].end == "done"
        booked = Appointment.objects.filter(patient=patients[round_], status="booked")
        assert booked.exists() == (not is_erased)
        assert (Patient.objects.get(pk=patients[round_].pk).erased_at is not None) == is_erased
    assert_sound()


def test_a_calendar_that_is_being_brought_in_is_never_half_deleted_by_an_erasure(transactional_db, clinic):
    """It comes in whole, or whoever brings it in is told that it is gone."""
    by, head = lifecycle.staff(make_clerk(), "phone"), "id,start,minutes,patient\n"
    patients, files = [], []
    for n in range(ROUNDS):
        asked = clinic.appointment_request(patient={"name": f"Person {n}"})
        lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=MONDAY)
        rows = "".join(f"{n}-{m},2027-0{n + 1}-{m % 28 + 1:02} {m // 28 + 8:02}:00,30,\n" for m in range(250))
        files.append(DiaryImport.objects.create(made_at=MONDAY, content=head + rows, options=asdict(Options())))
        patients.append(asked.patient)

    def act(n, round_):
        if n == 0:
            return erase_person(records_of(patients[round_]), now=MONDAY)
        return diary.bring_in(files[round_].pk, by=None, now=MONDAY).blocks

    for outcomes in race(2, act, rounds=ROUNDS):
        assert outcomes[0].end == "done", outcomes
        assert outcomes[1].end in ("done", "NotAllowed"), outcomes
    assert_sound()
