"""What is too long for every run, within four minutes: many more pages of the fuzz, on SQLite and on PostgreSQL.

python -m tests.smoke [pytest's own arguments]
"""

import os
import sys
import tempfile

from tests.postgres import running_postgres
from tests.run import finish, pytest, say

PARTS = ["tests/fuzz/test_fuzz.py", "tests/fuzz/test_headers.py"]
LARGER = {"FUZZ_PAGES": "600", "FUZZ_FIELDS": "6", "FUZZ_SEED": "smoke"}


def main(arguments: list[str]) -> int:
    for name, value in LARGER.items():
        os.environ.setdefault(name, value)
    with running_postgres() as server, tempfile.TemporaryFile() as printed:
        say(f"Two runs side by side, PostgreSQL {server.version} is the second.")
        chosen = [*PARTS, "-q", "--tb=short", "-p", "no:cacheprovider", *arguments]
        on_sqlite, on_postgresql = pytest(None, chosen, None), pytest(server.url, chosen, printed)
        return max(finish("SQLite", on_sqlite, None), finish("PostgreSQL", on_postgresql, printed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
