"""Counts tries to sign in, for all processes together. Ask before anything is hashed: a hash is what costs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import ngettext

from clinic import rate_limits
from clinic.access_log import notes as access_log
from clinic.accounts import staff_mail
from clinic.rate_limits import RateLimit
from clinic.web.client_address import address_of

HOUR = timedelta(hours=1)
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True)
class Tries:
    """At `step` (“password” or “code”) by somebody who says to be `name`, known to us or not, from one address."""

    step: str
    name: str
    address: str

    def wait(self, *, now: datetime) -> timedelta:
        """How long until this try may be made. Zero: now, and it is counted."""
        wait = rate_limits.wait(self._lock.key, limit=1, now=now)
        return wait or self._count_here(now) or self._count_everywhere(now)

    def succeeded(self, *, now: datetime) -> None:
        """The try was right: it counts no longer, and this address may go on if others make the name slow."""
        for count in (self._here, self._lock):
            rate_limits.forget(count.key)
        rate_limits.take_back(self._everywhere.key)
        rate_limits.count(self._known, now=now)

    def _count_here(self, now: datetime) -> timedelta:
        (number,) = rate_limits.count(self._here, now=now)
        if number == self._here.limit:  # if this last one is wrong too
            rate_limits.count(self._lock, now=now)
        return self._lock.window if number > self._here.limit else timedelta(0)

    def _count_everywhere(self, now: datetime) -> timedelta:
        (number,) = rate_limits.count(self._everywhere, now=now)
        if number == self._everywhere.limit + 1:
            staff_mail.alarm(self.name, now=now)
        if number <= self._everywhere.limit or rate_limits.wait(self._known.key, limit=1, now=now):
            return timedelta(0)
        return rate_limits.hit_all([self._slow], now=now)

    @property
    def _here(self) -> RateLimit:
        return self._limit(f"from {self.address}", settings.SIGN_IN_TRIES, self._locked_for)

    @property
    def _lock(self) -> RateLimit:
        return self._limit(f"locked from {self.address}", 1, self._locked_for)

    @property
    def _everywhere(self) -> RateLimit:
        return self._limit("from anywhere", settings.SIGN_IN_TRIES_AN_HOUR, HOUR)

    @property
    def _slow(self) -> RateLimit:
        return self._limit("one at a time", 1, timedelta(seconds=settings.SIGN_IN_SLOW_SECONDS))

    @property
    def _known(self) -> RateLimit:
        return self._limit(f"known from {self.address}", 1, REMEMBERED)

    @property
    def _locked_for(self) -> timedelta:
        return timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)

    def _limit(self, what: str, limit: int, window: timedelta) -> RateLimit:
        return RateLimit(f"{self.step} of {self.name.casefold()}, {what}", limit, window)


def failed_without_name(request: HttpRequest, *, now: datetime) -> None:
    """A passkey or a single sign-on was refused. The log, which only grows, takes a limited number from one address."""
    if rate_limits.hit(f"refused from {address_of(request)}", limit=settings.SIGN_IN_TRIES, window=HOUR, now=now):
        access_log.failed_sign_in(request, None)


def too_often(wait: timedelta) -> str:
    """The same words whether we know the name or not."""
    minutes = -(-int(wait.total_seconds()) // 60) or 1
    words = ngettext(
        "Too many wrong tries. Wait %d minute, then try again, or ask your manager.",
        "Too many wrong tries. Wait %d minutes, then try again, or ask your manager.",
        minutes,
    )
    return words % minutes
