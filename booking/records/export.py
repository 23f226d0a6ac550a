"""Everything that we have about one person, for them: as data, and as one page to read and print.

Staff are named by role. What the staff wrote is quoted as it stands.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Field, ForeignKey, Model
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.lifecycle.call_log import Outcome
from booking.lifecycle.verbs import verb_of
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient
from booking.models.appointment_request import Triage
from booking.models.reference import print_reference
from booking.records.columns import LABELS
from clinic.country import country, funding
from clinic.country.country import HARD_SPACE
from clinic.formatting import display_phone
from clinic.models.practice import Weekday
from clinic.practice_info import local_date, practice_info
from clinic.templatetags.clinic_format import local_clock

CODES = {
    code: str(label)
    for choices in (AppointmentRequest.DeclineCode, Appointment.CancelCode, Outcome, Triage)
    for code, label in choices.choices
}
STATES = dict(AppointmentRequest.Status.choices) | dict(Appointment.Status.choices)


HEADINGS = {
    "requests": gettext_lazy("Requests"),
    "times": gettext_lazy("Times asked for"),
    "appointments": gettext_lazy("Appointments and held times"),
    "history": gettext_lazy("History, calls and notes"),
    "messages": gettext_lazy("Messages"),
}


class Value(NamedTuple):
    """A column: `raw` is for programs, `words` for people."""

    name: str
    label: str
    raw: Any
    words: str


class Part(NamedTuple):
    """A row with the rows that belong to it, by name."""

    values: list[Value]
    parts: dict[str, list["Part"]]

    @property
    def sections(self) -> list[tuple[str, list["Part"]]]:
        return [(HEADINGS[name], rows) for name, rows in self.parts.items() if rows]


def export(records: Sequence[Patient]) -> list[Part]:
    """One part for each record of the person. Five queries for each, and some for each request."""
    return [_of_patient(record) for record in records]


def as_data(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """What json.dumps takes."""
    return [
        {value.name: value.raw for value in part.values} | {name: as_data(rows) for name, rows in part.parts.items()}
        for part in parts
    ]


def as_page(parts: Sequence[Part], *, now: datetime) -> str:
    """One file that refers to nothing outside itself."""
    context = {"records": parts, "as_of": _when(now), "practice": practice_info()}
    return render_to_string("booking/records/_export.html", context)


def _of_patient(record: Patient) -> Part:
    rows = AppointmentRequest.objects.filter(patient=record).order_by("submitted_at", "pk")
    others = ("from_version__procedure", "duplicate_of", "same_person_as", "replaces")
    requests = rows.select_related("reason", "appointment_type", "location", "practitioner", *others)
    return Part(_values(record), {"requests": [_of_request(row) for row in requests]})


def _of_request(row: AppointmentRequest) -> Part:
    places = ("practitioner", "location")
    children = {
        "times": row.requested_times.select_related(*places),
        "appointments": row.appointments.select_related(*places, "appointment_type"),
        "history": Event.objects.filter(appointment_request=row).order_by("pk"),
        "messages": Message.objects.filter(appointment_request=row).order_by("pk"),
    }
    return Part(_values(row), {name: [Part(_values(each), {}) for each in found] for name, found in children.items()})


def _values(row: Model) -> list[Value]:
    """The columns that say something."""
    found = (_value(row, row._meta.get_field(name)) for name in LABELS[type(row)])
    return [value for value in found if value.raw not in (None, "", [], {})]


def _value(row: Any, field: Field) -> Value:
    raw, label = getattr(row, field.name), str(LABELS[type(row)][field.name])
    if isinstance(row, Event) and field.name in SAID:
        return Value(field.name, label, *SAID[field.name](row))
    if isinstance(field, ForeignKey):
        return Value(field.name, label, _named(raw), _named(raw))
    return Value(field.name, label, raw if _is_plain(raw) else str(raw), _words(field, raw))


def _named(other: Any) -> str:
    """A row of another table by its name: another appointment by its time."""
    if isinstance(other, Appointment):
        return _when(other.starts_at)
    return "" if other is None else str(other)


def _is_plain(raw: Any) -> bool:
    return raw is None or isinstance(raw, bool | int | str | list | dict)


def _words(field: Field, raw: Any) -> str:
    if field.name in PRINTED:
        return str(PRINTED[field.name](str(raw)))
    if isinstance(raw, bool):
        return _("Yes") if raw else _("No")
    if isinstance(raw, datetime):
        return _when(raw)
    if isinstance(raw, date):
        return _day(raw)
    if isinstance(raw, list):
        return ", ".join(str(LISTED.get(each, each)) for each in raw)
    return str(dict(field.flatchoices).get(raw, raw))


PRINTED = {"reference": print_reference, "phone": display_phone, "insurance": funding.words_of}
LISTED = dict(Patient.Need.choices) | dict(Weekday.choices)


def _day(day: date, pattern: str = "full") -> str:
    return country().say(day, pattern).replace(HARD_SPACE, " ")


def _when(moment: datetime) -> str:
    zone = practice_info().zone
    day = _day(local_date(moment, zone), "weekday_year")
    return f"{day}, {local_clock(moment, zone)}".replace(HARD_SPACE, " ")


# -- what an event says


def _verb(event: Event) -> tuple[str, str]:
    return event.verb, str(verb_of(event).history)


def _state(name: str):
    return lambda event: (getattr(event, name), str(STATES.get(getattr(event, name), "")))


def _reason(event: Event) -> tuple[str, str]:
    """Only codes: it may also be the confirmation number of somebody else’s request."""
    return (event.reason, CODES[event.reason]) if event.reason in CODES else ("", "")


def _before(event: Event) -> tuple[dict[str, Any], str]:
    found = list(_overwritten(event.before))
    return {value.name: value.raw for value in found}, "; ".join(f"{value.label}: {value.words}" for value in found)


def _overwritten(before: dict[str, Any]) -> Iterator[Value]:
    """Without the columns that an export leaves out."""
    for column, stored in before.items():
        for model in (Patient, AppointmentRequest, Appointment):
            field = next((each for each in model._meta.concrete_fields if each.attname == column), None)
            if field is not None and field.name in LABELS[model] and stored not in (None, "", []):
                yield _stored(field, str(LABELS[model][field.name]), stored)
                break


def _stored(field: Field, label: str, stored: Any) -> Value:
    if isinstance(field, ForeignKey):
        name = _named(field.related_model._default_manager.filter(pk=stored).first())
        return Value(field.name, label, name, name)
    return Value(field.name, label, stored, _words(field, field.to_python(stored)))


SAID = {
    "verb": _verb, "from_status": _state("from_status"), "to_status": _state("to_status"), "reason": _reason,
    "before": _before,
}  # fmt: skip
