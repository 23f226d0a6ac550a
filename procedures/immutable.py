"""A constraint enforced by the database: published content never changes."""

from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint


class Immutable(BaseConstraint):
    """A constraint: no UPDATE may change these columns. PROTECT and the admin prevent deletion."""

    def __init__(self, *, fields: tuple[str, ...], name: str, **kwargs):
        super().__init__(name=name, **kwargs)
        self.fields = tuple(fields)

    def constraint_sql(self, model, schema_editor):
        """Adds nothing to CREATE TABLE: the trigger is created after the table, also when SQLite remakes it."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model, schema_editor):
        quote = schema_editor.quote_name
        columns = [quote(model._meta.get_field(field).column) for field in self.fields]
        postgres = schema_editor.connection.vendor == "postgresql"
        return Statement(
            POSTGRES if postgres else SQLITE,
            table=Table(model._meta.db_table, quote),
            name=quote(self.name),
            columns=", ".join(columns),
            changed=" OR ".join(f"OLD.{c} {'IS DISTINCT FROM' if postgres else 'IS NOT'} NEW.{c}" for c in columns),
        )

    def remove_sql(self, model, schema_editor):
        if schema_editor.connection.vendor != "postgresql":
            return None  # SQLite remakes the table, and the old trigger is dropped with it
        name = schema_editor.quote_name(self.name)
        return f"DROP TRIGGER {name} ON {schema_editor.quote_name(model._meta.db_table)}; DROP FUNCTION {name}();"

    def validate(self, model, instance, exclude=None, using=None):
        """Does nothing: the trigger compares with the stored row during the write."""

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "fields": self.fields}

    def __eq__(self, other):
        return isinstance(other, Immutable) and (self.name, self.fields) == (other.name, other.fields)


SQLITE = """
CREATE TRIGGER %(name)s BEFORE UPDATE OF %(columns)s ON %(table)s WHEN %(changed)s
BEGIN SELECT RAISE(ABORT, 'what was published never changes'); END
"""
POSTGRES = """
CREATE FUNCTION %(name)s() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'what was published never changes' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER %(name)s BEFORE UPDATE OF %(columns)s ON %(table)s FOR EACH ROW WHEN (%(changed)s)
EXECUTE FUNCTION %(name)s()
"""
