"""A limit for one statement, shorter than that of the process."""

from contextlib import contextmanager, nullcontext


def statement_limit(connection, seconds):
    """A context for one statement that fails with django.db.Error if it takes longer."""
    if connection.vendor == "sqlite":
        return _busy_timeout(connection, seconds)
    return nullcontext() if connection.in_atomic_block else connection.execute_wrapper(_at_most(seconds))


@contextmanager
def _busy_timeout(connection, seconds):
    connection.ensure_connection()
    usual = connection.settings_dict["OPTIONS"]["timeout"]
    connection.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
    try:
        yield
    finally:
        connection.connection.execute(f"PRAGMA busy_timeout = {int(usual * 1000)}")


def _at_most(seconds):
    """Sent with the statement, so that it costs no journey of its own. SET LOCAL ends with the statement."""

    def execute(execute, sql, params, many, context):
        return execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}; {sql}", params, many, context)

    return execute
