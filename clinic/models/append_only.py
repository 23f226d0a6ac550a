"""The constraint of a table whose rows stay as they were written, enforced by triggers on both engines."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint, Model

REFUSE = """CREATE TRIGGER "%(name)s_{act}" BEFORE {act} ON %(table)s BEGIN
    SELECT RAISE(ABORT, '%(name)s: rows are only added');
END"""
# INSERT OR REPLACE deletes a row without a word to the trigger of DELETE.
KEEP = """CREATE TRIGGER "%(name)s_insert" BEFORE INSERT ON %(table)s BEGIN
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM %(table)s AS o WHERE o.%(pk)s = NEW.%(pk)s);
END"""
ON_SQLITE = (REFUSE.format(act="update"), REFUSE.format(act="delete"), KEEP)
# No percent sign may remain in the SQL: Django executes it sometimes with parameters and sometimes without.
ON_POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION "%(name)s_refuse"() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%(name)s: rows are only added'; END $$""",
    """CREATE TRIGGER "%(name)s" BEFORE UPDATE OR DELETE OR TRUNCATE ON %(table)s
FOR EACH STATEMENT EXECUTE FUNCTION "%(name)s_refuse"()""",
)


class AppendOnly(BaseConstraint):
    """Rows are added and read, never changed or deleted. Whoever owns the database can drop a trigger."""

    def __eq__(self, other: object) -> bool:
        return self.deconstruct() == other.deconstruct() if isinstance(other, AppendOnly) else NotImplemented

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        """No clause inside CREATE TABLE: the triggers come once the table has its name."""
        engine = schema_editor.connection.vendor
        templates = ON_POSTGRESQL if engine == "postgresql" else ON_SQLITE
        schema_editor.deferred_sql.extend(self._statement(sql, model, schema_editor) for sql in templates)

    # These two are for PostgreSQL: on SQLite Django remakes the table and thereby recreates the triggers.

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement(";\n".join(ON_POSTGRESQL), model, schema_editor)

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return self._statement('DROP FUNCTION "%(name)s_refuse" CASCADE', model, schema_editor)

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """A form can say nothing about it."""

    def _statement(self, sql: str, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        # A remake builds "new__<table>" first: a Table object follows the renaming, a plain string does not.
        table = Table(model._meta.db_table, schema_editor.quote_name)
        return Statement(sql, table=table, name=self.name, pk=schema_editor.quote_name(model._meta.pk.column))
