"""How long a page waits for the database, so that it can still say in time that the database is away.

A frozen PostgreSQL keeps none of its own timeouts, and TCP has nothing to complain about while the machine below
acknowledges what nobody reads. libpq would wait for ever, so web processes wait themselves.
"""

import math
import select
from time import monotonic

import psycopg2
from django.conf import settings
from django.db import connection
from psycopg2 import extensions

EVENTS = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}
GRACE = 0.5  # seconds after which a server that did not even refuse a slow statement is frozen
DOUBT, BRIEFLY = 3, 0.1  # seconds that a process then doubts the server, and how long it waits each time


class Patience:
    """Waits for a connection, called by psycopg2. What it raises closes the connection.

    After a silence it waits only briefly, so that a page does not wait for the session, then to reconnect, then for
    the phone number; and so that the requests in the queue behind it are answered in time too.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self._doubts_until = seconds, -math.inf

    def __call__(self, waiting: extensions.connection) -> None:
        end = monotonic() + self.left()
        while (state := waiting.poll()) != extensions.POLL_OK:
            if not _is_ready(waiting.fileno(), EVENTS[state], end - monotonic()):
                self._doubt()
                raise psycopg2.OperationalError("the database is silent")
        self._doubts_until = -math.inf

    def left(self) -> float:
        return min(BRIEFLY, self.seconds) if self._doubts() else self.seconds

    def _doubts(self) -> bool:
        return monotonic() < self._doubts_until

    def _doubt(self) -> None:
        """Not anew while it doubts: a server that is only slow to come back would never be waited for."""
        if not self._doubts():
            self._doubts_until = monotonic() + DOUBT


def _is_ready(file: int, event: int, seconds: float) -> bool:
    poll = select.poll()  # not select.select, which fails from the 1024th open file on
    poll.register(file, event)
    return bool(poll.poll(max(0, seconds) * 1000))


def limit() -> None:
    """In this process, no statement takes longer than DATABASE_SECONDS. Commands and the worker take their time."""
    options = connection.settings_dict["OPTIONS"]
    if connection.vendor == "sqlite":
        options["timeout"] = settings.DATABASE_SECONDS
        return
    if not settings.DATABASE_POOLER:
        options["options"] += f" -c statement_timeout={settings.DATABASE_SECONDS * 1000}"
    extensions.set_wait_callback(Patience(settings.DATABASE_SECONDS + GRACE))
