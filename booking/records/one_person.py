"""Several records of one person: the public site makes a new one with each request.

The same name, however it is written, and date of birth, and a phone, an email or a chart number that they share. With
the name and the date alone they may be two people: the desk compares them. A record is a patient, or its columns.
"""

from functools import cached_property

from django.db.models import F, OuterRef, Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from booking.models.names import forms

REACHED_BY = ("phone", "email", "chart_number")


class _Compared:
    """What is compared of a record, worked out once: many people are born on one day."""

    def __init__(self, record):
        self.record = record
        values = ((way, str(getattr(record, way)).casefold()) for way in REACHED_BY)
        self.reached_by = {(way, value) for way, value in values if value}

    @cached_property
    def name(self):
        return forms(self.record.name)

    def is_one_with(self, other):
        same_day = self.record.birth_date == other.record.birth_date
        return same_day and not self.reached_by.isdisjoint(other.reached_by) and self.name.fit(other.name)


def grouped(records):
    """The records by person, in their order."""
    people = []
    for record in map(_Compared, records):
        same = next((person for person in people if any(map(record.is_one_with, person))), None)
        if same:
            same.append(record)
        else:
            people.append([record])
    return [[each.record for each in person] for person in people]


def leading(person):
    """The record that the desk knows longest: what the public site adds never changes how a person looks."""
    return min(person, key=lambda record: (not record.chart_number, record.pk))


def is_one(one, other):
    return _Compared(one).is_one_with(_Compared(other))


def same_in_sql(record: str, outer: str) -> Q:
    """In a query inside another one: that `record` is the `outer` one or of the same person. Here only names that are
    written alike are the same.
    """

    def is_same(column):
        return Q(Exact(Lower(F(f"{record}__{column}")), Lower(OuterRef(f"{outer}__{column}"))))

    either = Q(*(is_same(way) & ~Q(**{f"{record}__{way}": ""}) for way in REACHED_BY), _connector=Q.OR)
    itself = Q(**{record: OuterRef(outer)})
    return Q(**{f"{record}__birth_date": OuterRef(f"{outer}__birth_date")}) & (itself | is_same("name") & either)
