"""Counts whose cost does not depend on the number of rows: above a hundred, a page says “100+”."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery

MOST_COUNTED = 100


class CountOf(Subquery):
    """The number of rows that a bounded query returns, as an expression inside another query."""

    template, output_field = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)", IntegerField()

    def __init__(self, rows: QuerySet, most: int = MOST_COUNTED, **extra: Any) -> None:
        super().__init__(rows.values("pk")[: most + 1], **extra)


def count_of(rows: QuerySet) -> str:
    """“16”, or “100+”."""
    return count_in_words(rows[: MOST_COUNTED + 1].count())


def count_in_words(found: int) -> str:
    return str(found) if found <= MOST_COUNTED else f"{MOST_COUNTED}+"
