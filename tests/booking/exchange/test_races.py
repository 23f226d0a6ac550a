"""Another calendar and a booking at the same moment, and one list twice at the same moment."""

from datetime import timedelta

import pytest

from booking import lifecycle
from booking.exchange.feeds import state
from booking.exchange.lists import imports
from booking.lifecycle.time_off.busy import write_busy
from booking.models import Appointment, ListImport, Patient
from tests.booking.lifecycle.race import ends, race
from tests.builders import MONDAY, make_clerk

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4


def test_whoever_books_while_the_busy_time_comes_is_refused_or_said(transactional_db, clinic):
    by = lifecycle.staff(make_clerk(), "phone")
    feed = state.choose(clinic.practitioner, "https://calendar.example.org/a.ics")
    slots = [clinic.slot(day=7 + n) for n in range(ROUNDS)]

    def act(n, round_):
        slot = slots[round_]
        if n == 0:
            return write_busy(feed, [(slot.starts_at, slot.starts_at + timedelta(hours=2))], now=MONDAY)
        return lifecycle.book(clinic.draft(), slot, by=by, now=MONDAY).pk

    for slot, (wrote, booked) in zip(slots, race(2, act, rounds=ROUNDS), strict=True):
        assert wrote.end == "done"
        rows = Appointment.objects.filter(starts_at=slot.starts_at, status="booked")
        if booked.end == "done":
            assert [rows.get().pk, slot.starts_at.isoformat()] in [[pk, at] for pk, at in wrote.value]
        else:
            assert booked.end == "SlotTaken"
            assert not rows.exists()


def test_one_list_that_two_bring_in_at_once_comes_in_once(transactional_db, clinic):
    text = "name,dob,phone\nJune Demo,1951-03-09,718 555 0167\n"
    pks = [ListImport.objects.create(made_at=MONDAY, kind="patients", content=text).pk for _n in range(2)]
    (outcomes,) = race(2, lambda n, _round: len(imports.bring_in(pks[n], now=MONDAY).new))
    assert ends(outcomes) == {"done": 2}
    assert sorted(outcome.value for outcome in outcomes) == [0, 1]
    assert Patient.objects.count() == 1
