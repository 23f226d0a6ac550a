"""Fills a database with years of past appointments and many open requests, by INSERT ... SELECT in SQL that both
databases understand.

Every value of a row is computed from its number `i` in its batch. Each batch covers its own weeks, further in the past
than the one before.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max, Min, Model

from booking.demo import calendar
from booking.demo.practice import DAY, add_hours
from booking.lifecycle import Actor
from booking.models import (
    Appointment,
    AppointmentRequest,
    Event,
    Message,
    Patient,
    Reason,
    SearchKey,
    SearchWord,
    search_keys,
)
from booking.models.appointment_request import Channel
from booking.models.reference import ALPHABET
from clinic.models import AppointmentType, Location, Practitioner
from tests.bench.loading import bare

BATCH = 50_000
A_DAY = 20  # one practitioner's appointments, 20 minutes each
PAST, WAITING = "past", "waiting"  # chart number prefixes of the patients in the two data sets
SCATTER = 16_180_339_887  # not a multiple of 31: it spreads 0, 1, 2 ... over all confirmation numbers without repeats
OTHER_HALF = 100_000_000  # where the confirmation numbers of the second data set start
TABLES = (Patient, SearchKey, SearchWord, AppointmentRequest, Appointment, Event, Message)
Status = Appointment.Status
BECAME = (
    f"CASE WHEN i % 20 = 3 THEN '{Status.CANCELLED}' WHEN i % 20 = 7 THEN '{Status.NOSHOW}' "
    f"WHEN i % 50 = 11 THEN '{Status.LEFT}' ELSE '{Status.FULFILLED}' END"
)
CAME, WAS_CANCELLED = "i % 20 NOT IN (3, 7)", "i % 20 = 3"


def grow(*, now: datetime, appointments: int = 0, waiting: int = 0, practitioners: int = 0) -> Iterator[str]:
    """Grow the team and both data sets to these sizes; yields progress messages."""
    search_keys.remember_words(["visitor", "demo"])
    yield from _grow_team(practitioners, now)
    with bare(TABLES):
        for heap, size, pour in ((PAST, appointments, pour_past), (WAITING, waiting, pour_waiting)):
            there = Patient.objects.filter(chart_number__startswith=f"{heap} ").count()
            for first in range(there, size, BATCH):
                pour(first, min(BATCH, size - first), now)
                yield f"{heap}: {first:,} and more"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _grow_team(size: int, now: datetime) -> Iterator[str]:
    newcomers = range(Practitioner.objects.count() + 1, size + 1)
    if newcomers:
        with transaction.atomic():
            team = [_newcomer(n) for n in newcomers]
            appointments = calendar.fill(
                team, now=now, clerk=Actor(Event.Actor.DESK), rng=Random(size), before=timedelta(0)
            )
        yield f"{len(team)} more practitioners with {appointments:,} appointments in the next four weeks"


def _newcomer(n: int) -> Practitioner:
    newcomer = Practitioner.objects.create(
        slug=f"dr-extra-{n}", name=f"Dr. Extra Demo {n}, MD", specialty="pain medicine", order=n
    )
    newcomer.appointment_types.set(AppointmentType.objects.filter(is_public=True))
    add_hours(newcomer, Location.objects.all()[n % 2], dict.fromkeys(range(5), DAY))
    return newcomer


def pour_past(first: int, size: int, now: datetime) -> None:
    """Add appointments before the earliest existing one, each booked by phone a week ahead, most of them completed."""
    team = Practitioner.objects.order_by("pk").values_list("pk", flat=True)
    nth = f"(i / {len(team)})"
    monday = _monday_before_all()
    minute = f"({nth} / {A_DAY} % 5 - 7 * ({nth} / {5 * A_DAY})) * 1440 + {nth} % {A_DAY} * 20"
    starts, ends, requested = (_moment(monday, f"{minute} + {more}") for more in (0, 20, -7 * 1440))
    heap = Heap(PAST, first, size)
    follow_up, desk_place = AppointmentType.objects.get(slug=calendar.FOLLOW_UP).pk, Location.objects.first().pk
    heap.add_people()
    heap.add_requests("confirmed", follow_up, requested, _moment(monday, f"{minute} - 6 * 1440"), Channel.PHONE)
    heap.add(
        Appointment, appointment_request_id=heap.key(AppointmentRequest), patient_id=heap.key(Patient),
        appointment_type_id=follow_up, location_id=desk_place,
        practitioner_id=f"CASE i % {len(team)} {' '.join(f'WHEN {n} THEN {pk}' for n, pk in enumerate(team))} END",
        starts_at=starts, ends_at=ends, blocked_from=starts, blocked_until=ends, status=BECAME, version="3",
        cancel_code=f"CASE WHEN {WAS_CANCELLED} THEN 'patient' ELSE '' END",
    )  # fmt: skip
    appointment, arrived = heap.key(Appointment), f"CASE WHEN {CAME} THEN 'arrived' ELSE 'booked' END"
    heap.add_event(0, "book", "''", "'confirmed'", requested, channel="'phone'")
    heap.add_event(1, "book", "''", "'booked'", requested, appointment_id=appointment, cause_id=heap.key(Event, 4))
    heap.add_event(2, "check_in", "'booked'", "'arrived'", starts, only=CAME, appointment_id=appointment)
    heap.add_event(3, "fulfil", arrived, BECAME, ends, appointment_id=appointment)
    heap.add_message(0, 0, "confirmed", requested, appointment_id=appointment)
    heap.add_message(1, 3, "cancelled_by_you", ends, only=WAS_CANCELLED, appointment_id=appointment)
    heap.reset_keys()


def pour_waiting(first: int, size: int, now: datetime) -> None:
    """Add unanswered requests for a call, most of them overdue."""
    heap = Heap(WAITING, first, size)
    requested = _moment(now.replace(microsecond=0), "-(i % 6000)")
    heap.add_people()
    new_patient = AppointmentType.objects.get(slug=calendar.NEW).pk
    heap.add_requests(
        "new", new_patient, requested, _moment(now.replace(microsecond=0), "1440 - i % 6000"), Channel.WEB
    )
    heap.add_event(0, "submit", "''", "'new'", requested, actor="'patient'", channel="'web'")
    heap.add_message(0, 0, "received", requested)
    heap.reset_keys()


class Heap:
    """One batch. Columns are our own SQL expressions over `i` (0, 1 ... size - 1); others get their default."""

    def __init__(self, name: str, first: int, size: int) -> None:
        self.name, self.first, self.size = name, first, size
        self.tops = {model: model.objects.aggregate(top=Max("pk"))["top"] or 0 for model in TABLES}

    def key(self, model: type[Model], spread: int = 1, nth: int = 0) -> str:
        """The primary key of row i; `spread` reserves that many keys for each i, and this is the nth of them."""
        return f"{self.tops[model] + 1} + {spread} * i + {nth}"

    def add(self, model: type[Model], only: str = "1 = 1", **columns: str | int) -> None:
        columns = {"id": self.key(model)} | columns
        fields = model._meta.concrete_fields
        names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
        values = ", ".join(str(columns.get(field.attname) or _default(field)) for field in fields)
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {_numbers(self.size)} WHERE {only}")

    def add_people(self) -> None:
        self.add(
            Patient, name=f"'Visitor ' || ({self.first} + i) || ' Demo'", phone="'+17185550' || (100 + i % 100)",
            birth_date=_day("1930-01-01", "i % 25000"), email=f"'v' || ({self.first} + i) || '@example.org'",
            chart_number=f"'{self.name} ' || ({self.first} + i)", random_id=_uuid(),
        )  # fmt: skip
        number = f"CAST({self.first} + i AS varchar(9))"
        spelt = (f"'visitor' || {number} || 'demo'", f"{number} || 'demo'", "'demo'", _phone_backwards())
        for nth, key in enumerate(spelt):
            self.add(SearchKey, id=self.key(SearchKey, 4, nth), patient_id=self.key(Patient), key=_bytes(key))
        self.add_words(number)

    def add_words(self, number: str) -> None:
        """The endings of the number; those of the other two words are the same for all: see `grow`."""
        for nth in range(5):
            ending = f"substr({number}, {nth + 1})"
            spelt = {"ending": _bytes(ending), "word": _bytes(number)}
            known = (
                "NOT EXISTS (SELECT 1 FROM booking_searchword AS old WHERE {ending} = old.ending AND {word} = old.word)"
            )
            only = (
                f"length({ending}) > {1 if nth else 0} AND {known.format(**spelt)}"  # two heaps have the same numbers
            )
            self.add(SearchWord, only=only, id=self.key(SearchWord, 5, nth), **spelt)

    def add_requests(self, status: str, appointment_type: int, requested: str, respond_by: str, channel: str) -> None:
        start = self.first + (OTHER_HALF if self.name == WAITING else 0)
        self.add(
            AppointmentRequest, patient_id=self.key(Patient), reference=_reference(f"({start} + i)"),
            flow_key=_uuid(), status=f"'{status}'", channel=f"'{channel}'", submitted_at=requested,
            respond_by=respond_by, reason_id=Reason.objects.first().pk, appointment_type_id=appointment_type,
            returning=_true(), wants_call=_true(),
        )  # fmt: skip

    def add_event(self, nth: int, verb: str, was: str, became: str, at: str, **columns: str) -> None:
        columns = {"actor": "'desk'"} | columns
        self.add(
            Event, id=self.key(Event, 4, nth), appointment_request_id=self.key(AppointmentRequest), verb=f"'{verb}'",
            from_status=was, to_status=became, at=at, **columns,
        )  # fmt: skip

    def add_message(self, nth: int, event: int, kind: str, at: str, **columns: str) -> None:
        self.add(
            Message, id=self.key(Message, 2, nth), appointment_request_id=self.key(AppointmentRequest),
            event_id=self.key(Event, 4, event), kind=f"'{kind}'", status="'sent'", due_at=at, sent_at=at, **columns,
        )  # fmt: skip

    def reset_keys(self) -> None:
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), TABLES):
                cursor.execute(sql)


# -- where the SQL of the two databases differs


def _numbers(size: int) -> str:
    if connection.vendor == "postgresql":
        return f"generate_series(0::bigint, {size - 1}) AS heap (i)"
    one_more = f"SELECT i + 1 FROM heap WHERE i < {size - 1}"
    return f"(WITH RECURSIVE heap (i) AS (SELECT 0 UNION ALL {one_more}) SELECT i FROM heap) AS heap"


def _moment(base: datetime, minutes: str) -> str:
    if connection.vendor == "postgresql":
        return f"timestamptz '{base.isoformat()}' + ({minutes}) * interval '1 minute'"
    return f"datetime('{base:%Y-%m-%d %H:%M:%S}', ({minutes}) || ' minutes')"


def _day(base: str, days: str) -> str:
    return (
        f"date '{base}' + ({days})::int"
        if connection.vendor == "postgresql"
        else f"date('{base}', ({days}) || ' days')"
    )


def _phone_backwards() -> str:
    """Reversed phone numbers from +17185550100 to +17185550199: the last two digits swapped, then the others."""
    return "'+' || (i % 10) || (i / 10 % 10) || '105558171'"


def _bytes(text: str) -> str:
    return f"convert_to({text}, 'UTF8')" if connection.vendor == "postgresql" else f"CAST({text} AS BLOB)"


def _uuid() -> str:
    return "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"


def _true() -> str:
    return "true" if connection.vendor == "postgresql" else "1"


def _default(field) -> str:
    """The value that Django would store by default, as SQL."""
    value = field.get_db_prep_save(field.get_default(), connection)
    return str(connection.schema_editor(collect_sql=True).quote_value(value))


def _reference(n: str) -> str:
    """Nine symbols derived from n, scattered, plus the check symbol of booking.models.reference."""
    code = f"({n} * {SCATTER} % {31**9})"
    digits = [f"({code} / {31**place} % 31)" for place in range(9)]
    weighed = " + ".join(f"{weight} * {digit}" for weight, digit in zip(range(11, 2, -1), digits, strict=True))
    check = f"((31 - ({weighed}) % 31) * 16 % 31)"  # 16 is one half modulo 31, and the check symbol weighs 2
    return " || ".join(f"substr('{ALPHABET}', CAST({digit} + 1 AS integer), 1)" for digit in [*digits, check])


def _monday_before_all() -> datetime:
    earliest = Appointment.objects.aggregate(first=Min("starts_at"))["first"].date()
    return datetime.combine(earliest - timedelta(days=earliest.weekday(), weeks=1), time(14), UTC)
