"""A PostgreSQL database, by pg_dump and pg_restore of the server's own version.

What they say is never printed: it may quote rows.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from booking.maintenance.backup import CannotBackUp
from booking.maintenance.backup.contents import Contents, Tables

PART = 1024 * 1024
ON_DEBIAN = "/usr/lib/postgresql/{}/bin"
VARIABLES = {"dbname": "PGDATABASE"} | {name: f"PG{name.upper()}" for name in (
    "host", "port", "user", "password", "passfile", "service", "sslmode", "sslrootcert", "sslcert", "sslkey",
)}  # fmt: skip
# Rows are compared as text, so they have to be written in one way.
AS_TEXT = """
    SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres';
    SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
"""
CHECKSUM = """
    SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text FROM public."{}" AS t
"""
ALL_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
# Functions of an extension go with it, and extensions stay: it may take a superuser to make them again.
DROP_ALL = """
DO $$ DECLARE gone text; BEGIN
    FOR gone IN SELECT format('DROP TABLE public.%I CASCADE', tablename) FROM pg_tables WHERE schemaname = 'public'
        UNION ALL SELECT format('DROP FUNCTION %s CASCADE', oid::regprocedure) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    LOOP EXECUTE gone; END LOOP;
END $$;
"""
SAME = """
DO $$ BEGIN
    IF NOT EXISTS ({} INTERSECT SELECT {}::bigint, '{}'::text) THEN RAISE 'other rows'; END IF;
END $$;
"""
POOLED = "A pooler is between: set DATABASE_URL to the server itself for this command, and DATABASE_POOLER to 0."
OTHER_ROWS = b"P0001"  # how a server names RAISE


@contextmanager
def snapshot() -> Iterator[Contents]:
    """The rows are counted in the very snapshot that pg_dump writes."""
    _refuse_pooler()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(AS_TEXT)
        cursor.execute("SELECT pg_export_snapshot()")
        [name] = cursor.fetchone()
        yield Contents(_tables(cursor), _dumped(name))


def _tables(cursor) -> Tables:
    cursor.execute(ALL_TABLES)
    names = [name for (name,) in cursor.fetchall()]
    return {name: _table(cursor, name) for name in names}


def _table(cursor, name: str) -> tuple[int, str]:
    cursor.execute(CHECKSUM.format(name))
    return cursor.fetchone()


def _dumped(name: str) -> Iterator[bytes]:
    options = ["--format=custom", f"--snapshot={name}", "--no-owner", "--no-privileges", "--lock-wait-timeout=60s"]
    with _program("pg_dump", *options, stdout=subprocess.PIPE) as dump:
        yield from iter(lambda: dump.stdout.read(PART), b"")
    if dump.returncode:
        raise CannotBackUp("pg_dump failed: may the user in DATABASE_URL read every table?")


def load(chunks: Iterable[bytes], tables: Tables) -> None:
    """In one transaction, which ends with a comparison of the rows: all of the backup, or nothing."""
    _refuse_pooler()
    same = "".join(SAME.format(CHECKSUM.format(name), *found) for name, found in tables.items())
    options = ["--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate", "--file=-"]
    with _program("psql", *options, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as psql:
        if _restored(chunks, psql):
            _out, said = psql.communicate((AS_TEXT + same).encode())
        else:
            psql.kill()  # before its input ends, at which it would commit
            _out, said = psql.communicate()
    if psql.returncode:
        raise CannotBackUp(_why(said))


def _refuse_pooler() -> None:
    """pg_dump and psql send start-up options, and change settings that the next one at the pooler would find."""
    if settings.DATABASE_POOLER:
        raise CannotBackUp(POOLED)


def _why(said: bytes) -> str:
    """From the code of the error, which is all that psql was asked to say."""
    code = re.search(rb"(?:ERROR|FATAL): +(\w{5})\b", said)
    if code and code[1] == OTHER_ROWS:
        return "The rows are not those that were counted when the backup was taken."
    return f"PostgreSQL refuses the backup ({code[1].decode() if code else 'no code'}), and nothing was changed."


def _restored(chunks: Iterable[bytes], psql: subprocess.Popen) -> bool:
    """Whether all that pg_restore makes of the backup went to psql."""
    with suppress(BrokenPipeError):
        psql.stdin.write(DROP_ALL.encode())
        psql.stdin.flush()
        options = ["--no-owner", "--no-privileges", "--no-comments", "--file=-"]
        with _program("pg_restore", *options, stdin=subprocess.PIPE, stdout=psql.stdin) as restore:
            restore.stdin.writelines(chunks)
        return restore.returncode == 0
    return False


def version() -> int:
    """Of the server, without the part behind the dot."""
    connection.ensure_connection()
    return connection.pg_version // 10000


def _program(name: str, *options: str, **streams: int) -> subprocess.Popen:
    return subprocess.Popen(
        [_folder(version()) / name, *options], env=_environment(), **{"stderr": subprocess.DEVNULL} | streams
    )


@cache
def _folder(wanted: int) -> Path:
    """Where the programs of this version are. Those of another one write what this server may not read."""
    found = (
        settings.POSTGRES_PROGRAMS or shutil.which("pg_dump", path=ON_DEBIAN.format(wanted)) or shutil.which("pg_dump")
    )
    folder = Path(found) if settings.POSTGRES_PROGRAMS else Path(found or "").parent
    if _version_of(folder / "pg_dump") != wanted:
        raise CannotBackUp(
            f"The server is PostgreSQL {wanted}, and its pg_dump is not here: install postgresql-client-{wanted}, "
            "or name the folder of its programs in POSTGRES_PROGRAMS."
        )
    return folder


def _version_of(program: Path) -> int | None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    number = re.search(r"\d+", said)
    return int(number[0]) if number else None


def _environment() -> dict[str, str]:
    """Never as arguments, which everybody on this machine can read."""
    parameters = connection.get_connection_params()
    told = {variable: str(parameters[name]) for name, variable in VARIABLES.items() if parameters.get(name)}
    return os.environ | told | {"PGOPTIONS": "-c statement_timeout=0 -c client_min_messages=error"}
