"""What was deleted stays readable in the file of SQLite, in pages that are free and in the write-ahead log.

VACUUM writes the file anew from what is still there. PostgreSQL overwrites old rows as it needs their space.
"""

from datetime import datetime

from django.db import connection

from clinic.practice_info import practice_info

AT_NIGHT = 3  # o'clock: nobody else can write meanwhile


def wipe_at_night(*, now: datetime) -> int:
    return wipe() if now.astimezone(practice_info().zone).hour == AT_NIGHT else 0


def wipe() -> int:
    """Returns 1 if it did so."""
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return 1
