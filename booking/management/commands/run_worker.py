"""The worker: sends queued messages, queues reminders, releases expired holds and offers, deletes old data.

Any number may run at once. On SIGTERM or SIGINT it finishes the current message and exits.
"""

import logging
import signal
import time
from collections import Counter
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.utils import timezone

from booking.exchange.feeds.read import read_next
from booking.lifecycle import expire_offers
from booking.lifecycle.holds import release_expired
from booking.maintenance import health, retention
from booking.notifications import desk_notices, outbox, reminders
from clinic.access_log import seals
from clinic.models import StaffMessage

log = logging.getLogger(__name__)
PAUSE, STEP = 2.0, 0.2  # seconds between two rounds; seconds until a signal is noticed
MINUTE, HOUR = 60, 60 * 60


class Command(BaseCommand):
    help = "Send due messages, queue reminders, release expired holds and offers, and delete old data, in rounds."
    stopping = False
    requires_system_checks = ()  # a deployment has run them: they take a third of what a start takes

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="run one round and exit, with 1 if a job failed")

    def handle(self, *, once, **options):
        before = {name: signal.signal(name, self.stop) for name in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.run_once() if once else self.run()
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def stop(self, *_):
        self.stopping = True

    def run_once(self):
        failed = [name for jobs, _every in self.rhythms() for name in self.round(jobs())]
        if failed:
            raise CommandError("; ".join(failed))

    def run(self):
        due = dict.fromkeys(self.rhythms(), 0.0)
        while not self.stopping:
            for jobs, every in due:
                if not self.stopping and due[jobs, every] <= time.monotonic():
                    due[jobs, every] = time.monotonic() + every
                    self.round(jobs())
            self.rest()

    def rhythms(self):
        """The jobs, each with its minimum interval in seconds. Reminders come before sending, so that they go out in
        the same round.
        """
        return [(self.minutely, MINUTE), (self.frequent, 0), (self.hourly, HOUR)]

    def rest(self):
        close_old_connections()  # a broken connection is reopened in the next round
        end = time.monotonic() + PAUSE
        while not self.stopping and time.monotonic() < end:
            time.sleep(STEP)

    def minutely(self):
        return {
            "heartbeat": lambda: health.beat(now=timezone.now()) or Counter(),
            "reminders": lambda: Counter(reminders=reminders.write(now=timezone.now())),
            "access log": lambda: Counter(sealed=seals.seal(now=timezone.now())),
            "notices to the desk": lambda: Counter(notices=desk_notices.write(now=timezone.now())),
        }

    def frequent(self):
        return {
            "messages": lambda: outbox.deliver_due(clock=timezone.now, stopping=lambda: self.stopping),
            "messages to staff": lambda: outbox.deliver_due(
                clock=timezone.now,
                stopping=lambda: self.stopping,
                rows=StaffMessage.objects.select_related("user", "about"),
            ),
            "holds": lambda: Counter(released=release_expired(now=timezone.now())),
            "busy times": lambda: Counter(feeds=read_next(now=timezone.now())),
            "offers": lambda: Counter(expired=expire_offers(now=timezone.now())),
        }

    def hourly(self):
        jobs = retention.JOBS.items()
        return {name: lambda name=name, job=job: Counter({name: job(now=timezone.now())}) for name, job in jobs}

    def round(self, jobs: dict[str, Callable]) -> list[str]:
        """Run each job; log one line if it did something. Returns the names of the jobs that failed."""
        done, failed = Counter(), []
        for name, job in jobs.items():
            try:
                done += job()
            except Exception as error:  # noqa: BLE001 - the database may be back in the next round
                log.error("%s failed: %s", name, type(error).__name__)
                failed.append(name)
        if done:
            log.info(", ".join(f"{what} {number}" for what, number in done.items()))
        return failed
