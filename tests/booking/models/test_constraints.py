"""The constraint against double booking, tested on tables of its own by raw SQL, without Python checks in between."""

import pytest
from django.contrib.postgres.operations import BtreeGistExtension
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models
from django.db.migrations import operations
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter
from django.utils.dateparse import parse_datetime
from django.utils.timezone import make_aware

from booking.models import Appointment
from booking.models.constraints import NoDoubleBooking, is_double_booking

# No app and no tables to empty after each test: these tests write only to tables of their own.
pytestmark = pytest.mark.django_db(transaction=True, available_apps=[])

RULE = NoDoubleBooking(name="trial_no_double_booking", statuses=("held", "booked"), who="doctor")
DAY = "2026-11-24"

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="holds for text as times, and for triggers")


class Calendar:
    """A throwaway table, changed by real migration operations."""

    def __init__(self):
        self.state = ProjectState()
        self.done = []
        self.flag = "overbooked"

    def migrate(self, operation):
        after = self.state.clone()
        operation.state_forwards("trial", after)
        with connection.schema_editor() as editor:
            operation.database_forwards("trial", editor, self.state, after)
        self.done.append((operation, self.state))
        self.state = after

    def undo(self):
        operation, before = self.done.pop()
        with connection.schema_editor() as editor:
            operation.database_backwards("trial", editor, self.state, before)
        self.state = before

    @property
    def model(self):
        return self.state.apps.get_model("trial", "appointment")

    def book(self, starts, ends, **columns):
        """One raw INSERT; a time without a date is on DAY. Returns the row's id."""
        starts, ends = (f"{DAY} {time}:00" if len(time) == 5 else time for time in (starts, ends))
        texts = [field.column for field in self.model._meta.fields if isinstance(field, models.CharField)]
        row = dict.fromkeys(texts, "") | {"doctor_id": 1, "status": "booked", self.flag: False}
        row |= {"blocked_from": starts, "blocked_until": ends, **columns}
        sql = f"INSERT INTO trial_appointment ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))}) RETURNING id"
        with connection.cursor() as cursor:
            cursor.execute(sql, list(row.values()))
            return cursor.fetchone()[0]

    def change(self, appointment, column, value):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE trial_appointment SET {column} = %s WHERE id = %s", [value, appointment])


def table(*constraints):
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("doctor", models.ForeignKey("trial.doctor", models.PROTECT, db_index=False)),
        ("blocked_from", models.DateTimeField()),
        ("blocked_until", models.DateTimeField()),
        ("status", models.CharField(max_length=9)),
        ("overbooked", models.BooleanField(default=False)),
        ("note", models.CharField(max_length=20, default="")),
        ("code", models.CharField(max_length=20, default="", db_index=True)),
    ]
    indexes = [models.Index(fields=["doctor", "blocked_from"], name="trial_calendar")]
    return operations.CreateModel("appointment", fields, {"constraints": constraints, "indexes": indexes})


@pytest.fixture
def empty_calendar():
    calendar = Calendar()
    calendar.migrate(BtreeGistExtension())
    calendar.migrate(operations.CreateModel("doctor", [("id", models.BigAutoField(primary_key=True))]))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO trial_doctor (id) VALUES (1), (2)")
    yield calendar
    with connection.cursor() as cursor:
        for name in ("trial_appointment", "trial_doctor"):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")


@pytest.fixture
def calendar(empty_calendar):
    empty_calendar.migrate(table(RULE))
    return empty_calendar


def refused():
    return pytest.raises(IntegrityError, match=RULE.name)


# -- what the calendar may contain


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("09:00", "10:00"),
        ("08:30", "09:01"),
        ("09:59", "10:30"),
        ("09:15", "09:30"),
        ("08:00", "11:00"),
        (f"{DAY} 09:59:59.999999", f"{DAY} 10:15:00"),
    ],
)
def test_an_overlap_is_refused(calendar, starts, ends):
    calendar.book("09:00", "10:00")
    with refused():
        calendar.book(starts, ends)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [("10:00", "11:00"), ("08:00", "09:00"), (f"{DAY} 08:30:00.500000", f"{DAY} 08:59:59.999999")],
)
def test_back_to_back_is_allowed(calendar, starts, ends):
    calendar.book("09:00", "10:00")
    assert calendar.book(starts, ends)


@pytest.mark.parametrize("free", [{"doctor_id": 2}, {"status": "cancelled"}, {"overbooked": True}])
def test_another_practitioner_an_inactive_status_or_a_flag_allows_an_overlap(calendar, free):
    calendar.book("09:00", "10:00")
    assert calendar.book("09:00", "10:00", **free)
    with refused():
        calendar.book("09:00", "10:00")


@pytest.mark.parametrize("free", [{"status": "cancelled"}, {"overbooked": True}])
def test_a_row_that_the_constraint_ignores_blocks_nobody(calendar, free):
    calendar.book("09:00", "10:00", **free)
    assert calendar.book("09:00", "10:00")


def test_a_long_block_of_the_day_before_still_counts(calendar):
    calendar.book("2026-11-23 09:30:00", "2026-11-24 09:30:00")
    with refused():
        calendar.book("09:29", "09:59")


@pytest.mark.parametrize(
    ("column", "value", "free"),
    [
        ("status", "held", {"status": "cancelled"}),
        ("overbooked", False, {"overbooked": True}),
        ("doctor_id", 1, {"doctor_id": 2}),
        ("blocked_from", f"{DAY} 09:30:00", {"starts": "10:00", "ends": "11:00"}),
        ("blocked_until", f"{DAY} 09:30:00", {"starts": "08:00", "ends": "09:00"}),
    ],
)
def test_no_update_can_create_an_overlap(calendar, column, value, free):
    calendar.book("09:00", "10:00")
    appointment = calendar.book(**{"starts": "09:00", "ends": "10:00"} | free)
    with refused():
        calendar.change(appointment, column, value)


def test_an_appointment_does_not_block_itself(calendar):
    appointment = calendar.book("09:00", "10:00")
    calendar.change(appointment, "blocked_until", f"{DAY} 10:30:00")
    calendar.change(appointment, "status", "held")
    with refused():
        calendar.book("10:15", "10:45")


@sqlite_only
@pytest.mark.parametrize(
    "spelling",
    [
        "2026-11-24T09:00:00",
        "2026-11-24 09:00",
        "2026-11-24 09:00:00+00:00",
        "2026-11-24 09:00:00 +00:00",
        "2026-11-24 09:00:00.5",
        "2026-11-31 09:00:00",
        "2026-11-24 24:00:00",
        "1795510800",
        "soon",
    ],
)
def test_sqlite_refuses_times_that_it_could_not_compare(calendar, spelling):
    with pytest.raises(IntegrityError, match="spelling") as caught:
        calendar.book(spelling, "2026-11-24 10:00:00")
    with pytest.raises(IntegrityError, match="spelling"):
        calendar.book("2026-11-24 08:00:00", spelling)
    assert not is_double_booking(caught.value, RULE.name)


@sqlite_only
def test_sqlite_refuses_blocks_longer_than_its_lookup_reaches_back(calendar):
    with pytest.raises(IntegrityError, match="more than a day"):
        calendar.book("2026-11-23 08:00:00", "2026-11-24 08:00:01")


# -- the constraint survives every change of the table

CHANGES = [
    operations.AlterField("appointment", "note", models.CharField(max_length=50, default="none")),
    operations.AlterField("appointment", "status", models.CharField(max_length=30)),
    operations.AlterField("appointment", "blocked_until", models.DateTimeField(db_index=True)),
    operations.AddField("appointment", "room", models.CharField(max_length=5, default="")),
    operations.AddField("appointment", "seen", models.DateTimeField(null=True)),
    operations.RenameField("appointment", "note", "remark"),
    operations.RemoveField("appointment", "note"),
    operations.RemoveField("appointment", "code"),
    operations.AlterField("doctor", "id", models.BigAutoField(primary_key=True, db_comment="ours")),
    operations.AddField("doctor", "room", models.CharField(max_length=5, default="")),
    operations.AlterModelTable("appointment", "trial_appointment"),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.describe())
def test_the_constraint_survives_a_migration_and_its_reverse(calendar, change):
    appointment = calendar.book("09:00", "10:00")
    other = calendar.book("09:00", "10:00", status="cancelled")
    for step in (lambda: calendar.migrate(change), calendar.undo):
        step()
        with refused():
            calendar.book("09:30", "10:30")
        with refused():
            calendar.change(other, "status", "booked")
        calendar.change(appointment, "status", "held")


def test_a_guarded_column_can_be_renamed_as_makemigrations_would(calendar):
    calendar.book("09:00", "10:00")
    calendar.migrate(operations.RemoveConstraint("appointment", RULE.name))
    calendar.migrate(operations.RenameField("appointment", "overbooked", "squeezed_in"))
    renamed = NoDoubleBooking(name=RULE.name, statuses=RULE.statuses, who="doctor", unless="squeezed_in")
    calendar.migrate(operations.AddConstraint("appointment", renamed))
    calendar.flag = "squeezed_in"
    with refused():
        calendar.book("09:00", "10:00")
    assert calendar.book("09:00", "10:00", squeezed_in=True)


def test_without_the_constraint_overlaps_are_possible_and_then_it_cannot_be_added(empty_calendar):
    calendar = empty_calendar
    calendar.migrate(table())
    calendar.book("09:00", "10:00")
    late = calendar.book("09:30", "10:30")
    calendar.book("09:00", "10:00", doctor_id=2)
    calendar.book("09:00", "10:00", status="cancelled")
    with refused():
        calendar.migrate(operations.AddConstraint("appointment", RULE))
    calendar.change(late, "overbooked", True)
    calendar.migrate(operations.AddConstraint("appointment", RULE))
    with refused():
        calendar.book("09:30", "10:30")


@sqlite_only
def test_it_cannot_be_added_if_there_is_a_time_that_sqlite_could_not_compare(empty_calendar):
    empty_calendar.migrate(table())
    empty_calendar.book("2026-11-24T09:00:00", "2026-11-24T10:00:00")
    with refused():
        empty_calendar.migrate(operations.AddConstraint("appointment", RULE))


def test_removing_it_removes_all_of_it(calendar):
    calendar.migrate(operations.RemoveConstraint("appointment", RULE.name))
    calendar.book("09:00", "10:00")
    assert calendar.book("09:00", "10:00")


def test_a_table_whose_columns_have_database_defaults_keeps_it_too(empty_calendar):
    create = table(RULE)
    create.fields.append(("origin", models.CharField(max_length=9, db_default="desk")))
    empty_calendar.migrate(create)
    empty_calendar.book("09:00", "10:00")
    with refused():
        empty_calendar.book("09:00", "10:00")


@sqlite_only
@pytest.mark.parametrize(
    ("rule", "index", "who"),
    [
        (RULE.name, "trial_calendar", "doctor_id"),
        (Appointment.NO_DOUBLE_BOOKING, "booking_appointment_calendar", "practitioner_id"),
    ],
)
def test_sqlite_looks_for_overlaps_by_the_index(calendar, rule, index, who):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [f"{rule}_insert"])
        look_up = cursor.fetchone()[0].split("WHERE EXISTS (")[1].split(");")[0]
        for column in (who, "id", "blocked_from", "blocked_until"):
            look_up = look_up.replace(f'NEW."{column}"', f"'{DAY} 09:00:00'")
        cursor.execute(f"EXPLAIN QUERY PLAN {look_up}")
        plan = cursor.fetchone()[-1]
    assert f"USING INDEX {index} ({who}=? AND blocked_from>? AND blocked_from<?)" in plan


# -- validation in Python


def appointment(calendar, starts, ends, **fields):
    starts, ends = (make_aware(parse_datetime(f"{DAY} {time}")) for time in (starts, ends))
    return calendar.model(
        **{"doctor_id": 1, "blocked_from": starts, "blocked_until": ends, "status": "booked"} | fields
    )


def test_a_form_shows_an_overlap_as_a_sentence(calendar):
    calendar.book("09:00", "10:00")
    with pytest.raises(ValidationError, match="This time has just been taken"):
        RULE.validate(calendar.model, appointment(calendar, "09:30", "10:30"))


@pytest.mark.parametrize(
    "fields", [{"doctor_id": 2}, {"status": "cancelled"}, {"overbooked": True}, {"blocked_until": None}]
)
def test_a_form_ignores_rows_that_the_constraint_ignores(calendar, fields):
    calendar.book("09:00", "10:00")
    row = appointment(calendar, "09:30", "10:30", **fields)
    assert RULE.validate(calendar.model, row) is None


@pytest.mark.parametrize(("starts", "ends"), [("08:00", "09:00"), ("10:00", "11:00"), ("11:00", "12:00")])
def test_a_form_ignores_rows_that_cannot_overlap(calendar, starts, ends):
    calendar.book("09:00", "10:00")
    calendar.book("11:00", "12:00", status="cancelled")
    calendar.book("11:00", "12:00", overbooked=True)
    assert RULE.validate(calendar.model, appointment(calendar, starts, ends)) is None


def test_a_form_notices_a_long_block_of_the_day_before(calendar):
    calendar.book("2026-11-23 09:30:00", "2026-11-24 09:30:00")
    with pytest.raises(ValidationError):
        RULE.validate(calendar.model, appointment(calendar, "09:00", "10:00"))


def test_a_form_without_a_guarded_field_does_not_validate_it(calendar):
    calendar.book("09:00", "10:00")
    assert RULE.validate(calendar.model, appointment(calendar, "09:30", "10:30"), exclude={"doctor"}) is None


def test_a_form_may_change_an_appointment_within_its_own_time(calendar):
    row = appointment(calendar, "09:00", "10:00")
    row.save()
    assert RULE.validate(calendar.model, row) is None
    with pytest.raises(ValidationError):
        RULE.validate(calendar.model, appointment(calendar, "09:00", "10:00"))


def test_its_error_is_distinguished_from_any_other(calendar):
    calendar.book("09:00", "10:00")
    with refused() as taken:
        appointment(calendar, "09:00", "10:00").save()
    with pytest.raises(IntegrityError) as other:
        appointment(calendar, "11:00", "12:00", status=None).save()
    assert is_double_booking(taken.value, RULE.name)
    assert not is_double_booking(taken.value, "another_name")
    assert not is_double_booking(other.value, RULE.name)


def test_a_migration_file_can_contain_it():
    rule = NoDoubleBooking(
        name="n", statuses=["a"], who="w", starts="s", ends="e", unless="u", violation_error_code="c"
    )
    text, imports = MigrationWriter.serialize(rule)
    names = {}
    exec("\n".join(imports), names)
    assert eval(text, names) == rule == rule.clone()
    assert rule != NoDoubleBooking(name="n", statuses=["a", "b"], who="w", starts="s", ends="e", unless="u")
    assert rule != RULE
    assert rule != "n"
