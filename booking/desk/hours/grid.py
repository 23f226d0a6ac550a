"""The rows of a week as they stand on the page: text, complete or not. Buttons add, remove and copy them."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from operator import itemgetter

from clinic.models import Schedule
from clinic.models.practice import Weekday

PREFIX, MOST, LONGEST = "rows", 100, 3
FIELDS = ("weekday", "starts", "ends", "office", "repeats", "counted_from", "valid_from", "valid_until")
Row = dict[str, object]


def stored(rows: Iterable[Schedule]) -> list[Row]:
    return [
        {**{name: getattr(row, name) for name in FIELDS if name != "office"}, "office": row.location_id} for row in rows
    ]


def posted(data) -> list[Row]:
    """Whatever was typed, also if it makes no sense; a row of no weekday, which no page of ours sends, is Monday's."""
    rows = range(min(number(data.get(f"{PREFIX}-TOTAL_FORMS", "")) or 0, MOST))
    typed = [{name: data.get(f"{PREFIX}-{n}-{name}", "") for name in FIELDS} for n in rows]
    return [row | {"weekday": weekday(row["weekday"])} for row in typed]


def number(typed: str) -> int | None:
    """None for what no page of ours sends."""
    return int(typed) if typed.isdecimal() and len(typed) <= LONGEST else None


def weekday(typed: object) -> int:
    return int(str(typed)) if str(typed) in map(str, Weekday.values) else 0


def whole_week(rows: list[Row]) -> list[Row]:
    """In the order of the week, with an empty row for each day that has none."""
    has_rows = {row["weekday"] for row in rows}
    missing = [{"weekday": day, "office": _usual_office(rows)} for day in Weekday.values if day not in has_rows]
    return sorted([*rows, *missing], key=itemgetter("weekday"))


def _usual_office(rows: list[Row]) -> object:
    """Empty if there are no hours yet: a wrong one that nobody chose would be easy to overlook."""
    used = Counter(row.get("office") for row in rows if is_filled(row))
    return used.most_common(1)[0][0] if used else ""


def added(rows: list[Row], day: int) -> list[Row]:
    """Another row for this day, at the office of the one before."""
    before = [row for row in rows if row["weekday"] == day and is_filled(row)]
    return [*rows, {"weekday": day, "office": before[-1]["office"] if before else _usual_office(rows)}]


def removed(rows: list[Row], n: int) -> list[Row]:
    return [row for number, row in enumerate(rows) if number != n]


def copied(rows: list[Row], day: int, to: Iterable[int]) -> list[Row]:
    """The rows of this day on the other days too, in place of theirs."""
    to = {each for each in to if each != day}
    of_day = [row for row in rows if row["weekday"] == day and is_filled(row)]
    kept = [row for row in rows if row["weekday"] not in to]
    return [*kept, *(_on(row, day, other) for other in sorted(to) for row in of_day)]


def _on(row: Row, day: int, other: int) -> Row:
    """The weeks are counted from the same week."""
    moved = row | {"weekday": other}
    with suppress(ValueError, OverflowError):
        moved["counted_from"] = date.fromisoformat(str(row["counted_from"])) + timedelta(days=other - day)
    return moved


def is_filled(row: Row) -> bool:
    return any(row.get(name) not in (None, "") for name in ("starts", "ends"))
