"""How the database finds what it is asked for."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def plans(look, table="booking_appointment"):
    """How the database finds the rows of a table: the plans of the very statements that were sent."""
    with CaptureQueriesContext(connection) as queries:
        look()
    looks = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"]]
    assert looks
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        for sql in looks:
            cursor.execute(f"{explain} {sql}")
            yield "\n".join(str(row[-1]) for row in cursor.fetchall())
