"""Several records of one person: the public site makes a new one with each request.

The same name, however it is written, and date of birth, and a phone, an email or a chart number that they share. With
the name and the date alone they may be two people: the desk compares them. A record is a patient, or its columns.
"""

from booking.models.names import are_the_same

REACHED_BY = ("phone", "email", "chart_number")


def grouped(records):
    """The records by person, in their order."""
    people = []
    for record in records:
        same = [person for person in people if any(is_one(record, known) for known in person)]
        if same:
            same[0].append(record)
        else:
            people.append([record])
    return people


def leading(person):
    """The record that the desk knows longest: what the public site adds never changes how a person looks."""
    return min(person, key=lambda record: (not record.chart_number, record.pk))


def is_one(one, other):
    return one.birth_date == other.birth_date and _is_reached_alike(one, other) and are_the_same(one.name, other.name)


def _is_reached_alike(one, other):
    pairs = ((str(getattr(one, way)).casefold(), str(getattr(other, way)).casefold()) for way in REACHED_BY)
    return any(mine and mine == theirs for mine, theirs in pairs)
