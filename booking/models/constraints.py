"""The constraint against double booking, enforced by the database on both engines."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint, Model
from django.utils.translation import gettext_lazy as _

LONGEST = timedelta(hours=24)  # no row may block more: this bounds the search for overlaps

EXCLUSION = """CONSTRAINT "%(name)s" EXCLUDE USING gist (%(who)s WITH =, tstzrange(%(starts)s, %(ends)s) WITH &&)
WHERE (%(status)s IN (%(statuses)s) AND NOT %(unless)s)"""


def _misspelt(time: str) -> str:
    """SQL that finds a time in another format than Django's: SQLite compares text, so it would escape the check."""
    # "+0 days" makes SQLite normalize the date: without it 31 November would be accepted.
    seconds, fraction = f"datetime(substr({time}, 1, 19), '+0 days')", f"substr({time}, 20)"
    return f"{time} IS NOT {seconds} || {fraction} OR {fraction} <> '' AND {fraction} NOT GLOB '.{'[0-9]' * 6}'"


def _unreadable(row: str) -> str:
    starts, ends = f"{row}.%(starts)s", f"{row}.%(ends)s"
    a_day_later = f"datetime(substr({starts}, 1, 19), '+1 day') || substr({starts}, 20)"
    return f"({_misspelt(starts)} OR {_misspelt(ends)} OR {ends} > {a_day_later})"


# The trigger must read only its own table: otherwise that table's next remake fails. Its lower bound lets the index
# on (who, starts) find the few rows that matter; a function around the indexed column would hide it.
TRIGGER = """CREATE TRIGGER "%(name)s_{suffix}" AFTER {event} ON %(table)s
WHEN NEW.%(status)s IN (%(statuses)s) AND NOT NEW.%(unless)s BEGIN
    SELECT RAISE(ABORT, '%(name)s: a time not in the spelling of Django, or more than a day')
    WHERE {unreadable};
    SELECT RAISE(ABORT, '%(name)s') WHERE EXISTS (
        SELECT 1 FROM %(table)s AS o
        WHERE o.%(who)s = NEW.%(who)s AND o.%(pk)s <> NEW.%(pk)s
        AND o.%(starts)s >= datetime(substr(NEW.%(starts)s, 1, 19), '-1 day')
        AND o.%(starts)s < NEW.%(ends)s AND o.%(ends)s > NEW.%(starts)s
        AND o.%(status)s IN (%(statuses)s) AND NOT o.%(unless)s
    );
END"""
# A trigger sees new rows only: this touches existing rows that break the rule, so that the trigger checks them too.
TOUCH_OFFENDERS = """UPDATE %(table)s SET %(starts)s = %(starts)s WHERE %(pk)s IN (
    SELECT %(pk)s FROM (
        SELECT *, max(%(ends)s) OVER (
            PARTITION BY %(who)s ORDER BY %(starts)s ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS busy_until FROM %(table)s WHERE %(status)s IN (%(statuses)s) AND NOT %(unless)s
    ) AS o WHERE busy_until > %(starts)s OR {unreadable}
)"""
WATCHED = "UPDATE OF %(who)s, %(starts)s, %(ends)s, %(status)s, %(unless)s"
# No percent sign may remain in the SQL: Django executes it sometimes with parameters and sometimes without.
ON_SQLITE = (
    TRIGGER.format(suffix="insert", event="INSERT", unreadable=_unreadable("NEW")),
    TRIGGER.format(suffix="update", event=WATCHED, unreadable=_unreadable("NEW")),
    TOUCH_OFFENDERS.format(unreadable=_unreadable("o")),
)


class NoDoubleBooking(BaseConstraint):
    """Rows with the same `who` and one of `statuses`, except those flagged `unless`, never overlap in [starts, ends).

    An exclusion constraint on PostgreSQL (needs btree_gist), triggers on SQLite. A violation raises IntegrityError;
    `is_double_booking` tells it from others. No row may block more than 24 hours.
    """

    default_violation_error_message = _("This time has just been taken. Please choose another one.")

    def __init__(
        self,
        *,
        name: str,
        statuses: Iterable[str],
        who: str = "practitioner",
        starts: str = "blocked_from",
        ends: str = "blocked_until",
        unless: str = "overbooked",
        **messages: Any,
    ) -> None:
        super().__init__(name=name, **messages)
        self.statuses = tuple(str(status) for status in statuses)
        self.fields = {"who": who, "starts": starts, "ends": ends, "unless": unless, "status": "status"}

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"statuses": self.statuses} | self.fields
        del kwargs["status"]
        return path, args, kwargs

    def __eq__(self, other: object) -> bool:
        return self.deconstruct() == other.deconstruct() if isinstance(other, NoDoubleBooking) else NotImplemented

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str | None:
        """The clause inside CREATE TABLE. Empty on SQLite, where triggers are created once the table has its name."""
        if schema_editor.connection.vendor == "postgresql":
            return str(self._statement(EXCLUSION, model, schema_editor))
        schema_editor.deferred_sql.extend(self._statement(sql, model, schema_editor) for sql in ON_SQLITE)
        return None

    # These two are for PostgreSQL: on SQLite Django remakes the table and thereby recreates the triggers.

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement(f"ALTER TABLE %(table)s ADD {EXCLUSION}", model, schema_editor)

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement('ALTER TABLE %(table)s DROP CONSTRAINT "%(name)s"', model, schema_editor)

    def _statement(self, sql: str, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        columns: dict[str, Any] = {key: model._meta.get_field(name).column for key, name in self.fields.items()}
        columns["pk"] = model._meta.pk.column
        return Statement(
            sql,
            # A remake builds "new__<table>" first: a Table object follows the renaming, a plain string does not.
            table=Table(model._meta.db_table, schema_editor.quote_name),
            name=self.name,
            statuses=", ".join(schema_editor.quote_value(status) for status in self.statuses),
            **{key: schema_editor.quote_name(column) for key, column in columns.items()},
        )

    def validate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Collection[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Show an overlap in the form early. Only the constraint is reliable: another booking may come in between."""
        row = {key: getattr(instance, model._meta.get_field(name).attname) for key, name in self.fields.items()}
        if set(self.fields.values()) & set(exclude or ()) or None in row.values():
            return
        if row["unless"] or row["status"] not in self.statuses:
            return
        rivals = model._default_manager.using(using).filter(
            **{
                self.fields["who"]: row["who"],
                f"{self.fields['starts']}__gte": row["starts"] - LONGEST,
                f"{self.fields['starts']}__lt": row["ends"],
                f"{self.fields['ends']}__gt": row["starts"],
                self.fields["unless"]: False,
                "status__in": self.statuses,
            }
        )
        if rivals.exclude(pk=instance.pk).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)


def is_double_booking(error: IntegrityError, name: str) -> bool:
    """Whether this constraint refused the row, on either engine."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return name == (diagnosis.constraint_name if diagnosis else str(error))
