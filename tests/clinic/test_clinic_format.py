"""Days and times as people read them, in the office's zone, never broken across lines."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from clinic.formatting import days_in_words
from clinic.templatetags import clinic_format as say

pytestmark = pytest.mark.once

NEW_YORK = ZoneInfo("America/New_York")
MOMENT = datetime(2026, 12, 3, 15, 20, tzinfo=UTC)
S = "\u00a0"


@pytest.fixture(autouse=True)
def _today(at):
    at("2026-11-23 10:05")


@pytest.mark.parametrize("zone", [NEW_YORK, "America/New_York"])
def test_a_time_is_shown_in_the_offices_zone(zone):
    assert say.local_day(MOMENT, zone) == f"Thursday, December{S}3"
    assert say.local_clock(MOMENT, zone) == f"10:20{S}am"
    assert say.local_when(MOMENT, zone) == f"Thursday, December{S}3, 10:20{S}am Eastern Time"


def test_a_date_in_utc_may_be_the_day_before_here():
    assert say.local_day(datetime(2026, 12, 4, 4, 59, tzinfo=UTC), NEW_YORK) == f"Thursday, December{S}3"


def test_a_day_more_than_300_days_away_shows_its_year():
    assert say.local_day(datetime(2027, 9, 20, 15, tzinfo=UTC), NEW_YORK) == f"Monday, September{S}20, 2027"
    assert say.local_day(datetime(2027, 9, 10, 15, tzinfo=UTC), NEW_YORK) == f"Friday, September{S}10"
    assert say.local_day(datetime(2025, 12, 3, 15, tzinfo=UTC), NEW_YORK).endswith(", 2025")


@pytest.mark.parametrize(("hour", "words"), [(0, "12:00 am"), (9, "9:00 am"), (12, "12:00 pm"), (23, "11:00 pm")])
def test_times_use_a_12_hour_clock(hour, words):
    assert say.local_clock(datetime(2026, 12, 3, hour, tzinfo=NEW_YORK), NEW_YORK) == words.replace(" ", S)


def test_minutes_of_the_day_as_a_clock():
    assert [say.clock(minutes) for minutes in (540, 720, 1440)] == [f"9:00{S}am", f"12:00{S}pm", f"12:00{S}am"]


def test_an_empty_value_gives_an_empty_text():
    assert say.local_day(None, NEW_YORK) == say.local_clock(None, NEW_YORK) == say.local_when(None, NEW_YORK) == ""
    assert say.full_date(None) == say.reference(None) == say.glue(None) == ""


def test_a_full_date_comes_from_a_date_or_its_text():
    assert say.full_date(date(1951, 3, 9)) == say.full_date("1951-03-09") == f"March{S}9, 1951"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 26), date(2026, 11, 26), f"Thursday, November{S}26"),
        (date(2026, 11, 26), date(2026, 11, 27), f"Thursday and Friday, November{S}26 and 27"),
        (date(2026, 11, 30), date(2026, 12, 1), f"Monday, November{S}30, to Tuesday, December{S}1"),
        (date(2026, 12, 24), date(2026, 12, 31), f"Thursday, December{S}24, to Thursday, December{S}31"),
    ],
)
def test_closed_days_in_words(db, first, last, words):
    assert say.day_span(first, last) == words


@pytest.mark.parametrize(
    ("days", "in_words"),
    [
        (range(5), "Monday to Friday"),
        (range(7), "Monday to Sunday"),
        ([6, 0, 1, 2, 3, 4], "Monday to Friday, Sunday"),
        ([0, 1, 3, 4, 5], "Monday, Tuesday, Thursday to Saturday"),
        ([0, 3], "Monday, Thursday"),
        ([2], "Wednesday"),
        ([], ""),
    ],
)
def test_weekdays_in_words(days, in_words):
    assert days_in_words(days) == in_words


def test_a_confirmation_number_is_printed_in_groups():
    assert say.reference("K7M4QX9PTR") == "K7M-4QX-9PTR"


def test_dates_and_times_inside_a_text_are_never_broken():
    assert say.glue("December 3, 9 am to 5 pm, 100.4 °F") == f"December{S}3, 9{S}am to 5{S}pm, 100.4{S}°F"
    assert say.glue("You may 3 times") == "You may 3 times"
