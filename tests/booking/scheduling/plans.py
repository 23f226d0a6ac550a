"""Which indexes the database uses."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def plans(look, table="booking_appointment"):
    """The query plans of the statements that were sent and that read this table."""
    with CaptureQueriesContext(connection) as queries:
        look()
    looks = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"]]
    assert looks
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        for sql in looks:
            cursor.execute(f"{explain} {sql}")
            yield "\n".join(str(row[-1]) for row in cursor.fetchall())
