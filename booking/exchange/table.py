"""A table that another program wrote as CSV: its heading in plain letters, and its rows."""

import csv
import re
from collections.abc import Iterator
from io import StringIO

from django.utils.translation import gettext as _

from booking.exchange.raw import Unreadable

MOST_ROWS, LONGEST_CELL = 20_000, 10_000
Cells = list[str]


def read_table(text: str) -> tuple[list[str], Iterator[tuple[int, Cells]]]:
    """The titles of the columns, in small letters and without marks; and the rows that are not empty, counted as a
    spreadsheet counts them: the heading is row 1. Unreadable: it is no table.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")  # alone: as old Macs end a line
    csv.field_size_limit(LONGEST_CELL)
    rows = _rows(csv.reader(StringIO(text), _dialect(text)))
    _first, heading = next(rows, (1, []))
    return [" ".join(re.findall(r"[a-z]+", title.lower())) for title in heading], rows


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, semicolons or tabs: whichever the heading has most of."""
    heading = text.partition("\n")[0]
    return type("Chosen", (csv.excel,), {"delimiter": max(",;\t", key=heading.count)})


def _rows(lines: Iterator[Cells]) -> Iterator[tuple[int, Cells]]:
    row = 0
    try:
        for row, cells in enumerate(lines, 1):
            if row > MOST_ROWS + 1:
                raise Unreadable(_("A file can have up to %d rows. Split it into several.") % MOST_ROWS)
            if row == 1 or any(cell.strip() for cell in cells):
                yield row, cells
    except csv.Error:
        says = _("We cannot read row %d: a cell is too long, or a quotation mark is open. Save it as CSV (UTF-8).")
        raise Unreadable(says % (row + 1)) from None
