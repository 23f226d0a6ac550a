"""Suggestions that a patient can keep: few a day, spread over days and providers, after the notice."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from booking.scheduling.desk_slots import Open
from booking.scheduling.slots import Slot
from booking.scheduling.suggestions import by_notice, suggested
from tests.builders import MONDAY, NEW_YORK, local

pytestmark = pytest.mark.once
ADA, BEN, CY = 1, 2, 3


def free(day, hour, who=ADA, minute=0, zone=NEW_YORK):
    hours = SimpleNamespace(location=SimpleNamespace(tz=zone))
    return Open(Slot(local(2026, 12, day, hour, minute, zone), who, 1), hours)


def all_day(day, *people):
    return [free(day, hour, who) for hour in range(9, 17) for who in people]


def said(found):
    return [(each.local.day, each.local.hour, each.slot.practitioner_id) for each in found]


@pytest.mark.parametrize(
    ("found", "few"),
    [
        ([], []),
        (all_day(1, ADA), [(1, 9, ADA), (1, 10, ADA)]),  # one day alone has no more than two
        (all_day(1, ADA, BEN), [(1, 9, ADA), (1, 10, BEN)]),  # two people, and never the same hour twice
        ([free(1, 9, ADA), free(1, 9, BEN)], [(1, 9, ADA)]),
        ([free(1, 9), *all_day(2, ADA)], [(1, 9, ADA), (2, 9, ADA), (2, 10, ADA)]),
        (
            [*all_day(1, ADA), *all_day(2, ADA, BEN), *all_day(3, ADA, BEN)],  # who was suggested least comes first
            [(1, 9, ADA), (1, 10, ADA), (2, 9, BEN), (2, 10, BEN), (3, 9, ADA), (3, 10, BEN)],
        ),
        (
            [each for day in range(1, 9) for each in all_day(day, ADA, BEN, CY)],
            [(1, 9, ADA), (1, 10, BEN), (2, 9, CY), (2, 10, ADA), (3, 9, BEN), (3, 10, CY)],
        ),
        ([*all_day(1, ADA), free(1, 16, BEN)], [(1, 9, ADA), (1, 16, BEN)]),  # the other person, however late
    ],
)
def test_they_are_few_a_day_and_spread_over_days_and_people(found, few):
    assert said(suggested(found)) == few


@pytest.mark.parametrize(
    ("first", "few"),
    [
        ({date(2026, 12, 3)}, [3, 3, 1, 1, 2, 2]),
        ({date(2026, 12, 4), date(2026, 12, 2)}, [2, 2, 4, 4, 1, 1]),
        ({date(2026, 12, 9)}, [1, 1, 2, 2, 3, 3]),  # nothing is open on the day that the patient chose
    ],
)
def test_the_days_that_the_patient_chose_come_first(first, few):
    found = [each for day in range(1, 5) for each in all_day(day, ADA, BEN)]
    assert [each.local.day for each in suggested(found, first=first)] == few


def test_a_day_is_that_of_the_office():
    honolulu = ZoneInfo("Pacific/Honolulu")
    late = [free(1, hour, zone=honolulu) for hour in (9, 13, 15)]  # two dates in UTC, one there
    assert len(suggested(late)) == 2


@pytest.mark.parametrize(
    ("notice", "sooner"),
    [(0, 0), (24 * 60, 1), (25 * 60, 2), (25 * 60 - 1, 1), (14 * 24 * 60, 4)],
)
def test_what_starts_exactly_when_the_notice_ends_is_after_it(notice, sooner):
    starts = [timedelta(hours=23, minutes=59), timedelta(hours=24, minutes=59), timedelta(hours=25), timedelta(days=3)]
    found = [Open(Slot(MONDAY + start, ADA, 1), None) for start in starts]
    after, soon = by_notice(found, SimpleNamespace(notice=notice), MONDAY)
    assert (len(soon), [*soon, *after]) == (sooner, found)


def test_nothing_is_asked_of_the_clock():
    long_ago = [Open(Slot(datetime(1999, 1, 1, tzinfo=ZoneInfo("UTC")), ADA, 1), free(1, 9).hours)]
    assert suggested(long_ago) == long_ago
