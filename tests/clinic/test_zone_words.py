"""Words for time zones: two offices whose clocks differ never have the same one, and one clock has one word."""

from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from clinic.templatetags.clinic_format import ZONES, local_when, zone_word

pytestmark = pytest.mark.once

WINTER, SUMMER = datetime(2027, 1, 15, 17, tzinfo=UTC), datetime(2027, 7, 15, 17, tzinfo=UTC)
AMERICAN = sorted(zone for zone in available_timezones() if zone.startswith(("America/", "US/", "Pacific/")))


def word(zone, moment):
    return zone_word(zone, moment).replace("\u00a0", " ")


@pytest.mark.parametrize("moment", [WINTER, SUMMER])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("America/Phoenix", "America/Denver"),
        ("America/Regina", "America/Chicago"),
        ("America/Cancun", "America/New_York"),
        ("America/Puerto_Rico", "America/New_York"),
        ("Pacific/Honolulu", "America/Adak"),
        ("America/Havana", "America/Chicago"),
        ("Asia/Shanghai", "America/Winnipeg"),
        ("Asia/Kolkata", "Europe/Dublin"),
    ],
)
def test_two_clocks_have_two_words(one, other, moment):
    assert word(one, moment) != word(other, moment)


@pytest.mark.parametrize("moment", [WINTER, SUMMER])
def test_no_word_of_america_is_of_two_clocks(moment):
    clocks = defaultdict(set)
    for zone in AMERICAN:
        clocks[word(zone, moment)].add(moment.astimezone(ZoneInfo(zone)).utcoffset())
    assert {said: offsets for said, offsets in clocks.items() if len(offsets) > 1} == {}


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("America/New_York", "Eastern Time"),
        ("America/Detroit", "Eastern Time"),
        ("America/Indiana/Indianapolis", "Eastern Time"),
        ("America/Boise", "Mountain Time"),
        ("US/Central", "Central Time"),
        ("America/Phoenix", "Arizona Time"),
        ("US/Arizona", "Arizona Time"),
        ("US/Hawaii", "Hawaii Time"),
    ],
)
def test_the_same_clock_has_the_same_word(zone, said):
    assert word(zone, WINTER) == word(zone, SUMMER) == said


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("Europe/Berlin", "CET (UTC+1)", "CEST (UTC+2)"),
        ("America/Sao_Paulo", "UTC-3", "UTC-3"),
        ("Asia/Kolkata", "IST (UTC+5:30)", "IST (UTC+5:30)"),
        ("America/St_Johns", "NST (UTC-3:30)", "NDT (UTC-2:30)"),
        ("America/Puerto_Rico", "AST (UTC-4)", "AST (UTC-4)"),
        ("UTC", "UTC", "UTC"),
    ],
)
def test_a_zone_without_a_name_says_how_far_it_is(zone, winter, summer):
    assert (word(zone, WINTER), word(zone, SUMMER)) == (winter, summer)


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_carries_its_word(zone):
    assert local_when(SUMMER, zone).endswith(str(ZONES[zone]))
    assert local_when(SUMMER, ZoneInfo(zone)) == local_when(SUMMER, zone)
