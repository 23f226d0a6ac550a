"""A dump: plain SQL in parts, each marked with the engine it is for.

Each engine has its own tables. The rows are stored once, in SQL that both engines read.
"""

import gzip
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tests.spare import Spare

FOLDER = Path(__file__).resolve().parent
MADE_AT = datetime(2026, 11, 23, 15, 5, tzinfo=UTC)  # a Monday morning at the demo's offices
HEADING = re.compile(r"^-- for (both|sqlite|postgresql)$\n", re.MULTILINE)
Part = tuple[str, str]  # an engine or "both", and SQL


def write(path: Path, parts: list[Part]) -> None:
    text = "".join(f"-- for {engine}\n{sql.strip()}\n" for engine, sql in parts)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def read(path: Path) -> Iterator[Part]:
    _nothing, *pieces = HEADING.split(gzip.decompress(path.read_bytes()).decode())
    return zip(pieces[::2], pieces[1::2], strict=True)


def load(path: Path, spare: Spare) -> None:
    """Load the dump into an empty database."""
    with spare.django() as connection:  # not a plain one: on SQLite constraints call functions of Django
        connection.ensure_connection()
        vendor, raw = connection.vendor, connection.connection
        sql = "".join(sql for engine, sql in read(path) if engine in (vendor, "both"))
        if vendor == "sqlite":
            raw.create_function("decode", 2, lambda digits, _hex: bytes.fromhex(digits))
            raw.executescript(f"BEGIN; {sql} COMMIT;")
        else:
            with closing(raw.cursor()) as cursor:
                cursor.execute("SET statement_timeout = 0")  # the site's own statement timeout is for visitors
                cursor.execute(sql)
