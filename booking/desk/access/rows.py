"""The access log as the filters of its page narrow it, a page at a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from booking.desk.access.sentences import sentence
from booking.desk.day.views import parse
from booking.desk.patients import person as people
from booking.desk.undo_bar import key_in
from booking.models import AppointmentRequest, Patient
from booking.models.reference import parse_reference
from clinic.models import AccessLog
from clinic.practice_info import practice_info

PAGE, MOST_NAMED = 50, 3
ID = re.compile(r"[pra]\d{1,18}", re.ASCII)


@dataclass(frozen=True)
class Filter:
    """`of`: a confirmation number, or an id as in the file, which names an erased patient too. Then of every day."""

    of: str
    person: people.Person | None
    day: date | None
    by: int | None
    kind: str

    @classmethod
    def read(cls, sent: QueryDict) -> "Filter":
        of = sent.get("of", "").strip()
        kind = sent.get("kind", "")
        return cls(
            of=of[:40],
            person=_person_of(of),
            day=parse(sent.get("day") or None) if sent.get("day") or not of else None,
            by=key_in(sent, "by"),
            kind=kind if kind in AccessLog.Kind else "",
        )

    @property
    def records(self) -> list[Patient]:
        return self.person.records if self.person else []

    @property
    def keys(self) -> list[str]:
        """As the log names whom this is about: every record of the person."""
        named = [key for record in self.records for key in record.access_keys]
        return named or ([self.of] if ID.fullmatch(self.of) else [])

    @property
    def is_unknown(self) -> bool:
        return bool(self.of) and not self.keys

    @property
    def is_every_day(self) -> bool:
        return bool(self.of) and not self.day

    @property
    def chosen(self) -> dict[str, str]:
        given = {"of": self.of, "day": self.day.isoformat() if self.day else "", "by": self.by, "kind": self.kind}
        return {name: str(value) for name, value in given.items() if value}

    def rows(self) -> QuerySet[AccessLog]:
        """Newest first."""
        rows = AccessLog.objects.select_related("user").order_by("-pk")
        if self.of:
            rows = rows.about(self.keys)
        if self.day:
            since, until = practice_info().bounds(self.day, self.day)
            rows = rows.filter(at__gte=since, at__lt=until)
        rows = rows.filter(user=self.by) if self.by else rows
        return rows.filter(kind=self.kind) if self.kind else rows


def _person_of(text: str) -> people.Person | None:
    """Of any request. Two queries; none if it is no confirmation number."""
    symbols = parse_reference(text)
    found = AppointmentRequest.objects.filter(reference=symbols).values_list("patient__random_id", flat=True)
    random_id = found.first() if symbols else None
    return people.find(random_id, timezone.now()) if random_id else None


class Line(NamedTuple):
    """`named`: a few of the patients; `more`: how many the row has besides."""

    row: AccessLog
    sentence: str
    named: list[Patient]
    more: int


def lines(rows: Sequence[AccessLog], about: Sequence[str]) -> list[Line]:
    """One query. The patient whom the list is about is not named again, and the others in the row are a number."""
    shown = {row.pk: [key for key in row.shown.split() if key[0] == "p"] for row in rows}
    first = {pk: [] if about else keys[:MOST_NAMED] for pk, keys in shown.items()}
    known = Patient.objects.in_bulk({int(key[1:]) for keys in first.values() for key in keys})
    return [
        Line(row, sentence(row), _named(first[row.pk], known), len(set(shown[row.pk]) - {*first[row.pk], *about}))
        for row in rows
    ]


def _named(keys: list[str], known: dict[int, Patient]) -> list[Patient | None]:
    """None: a patient who was erased."""
    return [known.get(int(key[1:])) for key in keys]
