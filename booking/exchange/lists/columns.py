"""The columns of a list by their usual names, in any order. Of several for one thing, the first filled one counts."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from booking.exchange.raw import Unreadable
from booking.exchange.table import read_table
from clinic.text import clean_text


class Line(NamedTuple):
    """A row of the file: what it says, by our names of the columns."""

    row: int
    said: dict[str, str]

    def __getitem__(self, name: str) -> str:  # type: ignore[override]
        return self.said.get(name, "")


def read_lines(text: str, names: Mapping[str, tuple[str, ...]], needed: tuple[tuple[str, ...], ...]) -> Iterator[Line]:
    """`needed`: one of each must be there. Unreadable: it is no table, or lacks such a column."""
    theirs, rows = read_table(text)
    places = {name: [n for n, each in enumerate(theirs) if each == name] for name in theirs}
    columns = {ours: [n for name in known for n in places.get(name, ())] for ours, known in names.items()}
    for some in needed:
        if not any(columns[ours] for ours in some):
            raise Unreadable(_("There is no column “%s”. Name it so in the first row.") % names[some[0]][0])
    for row, cells in rows:
        yield Line(row, {ours: _said(cells, places) for ours, places in columns.items()})


def _said(cells: list[str], places: list[int]) -> str:
    texts = (" ".join(clean_text(cells[n]).split()) for n in places if n < len(cells))
    return next(filter(None, texts), "")
