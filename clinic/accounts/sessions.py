"""How long staff stay signed in, by stamps of our own in the session: Django's expiry is the patients'.

A page that asks for news on its own is no activity (`polling`). The stamp of the last activity is written at most once
a minute, so an idle session may end up to a minute early, and never late.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import StaffAccount

STAMPS = "staff"  # session key: {since, seen, sign_outs}
WRITTEN_EVERY = 60  # seconds


def polling(view):
    """Mark a view that pages ask on their own: it is no sign that somebody is there."""
    view.is_polling = True
    return view


def is_signed_in(session: SessionBase) -> bool:
    return SESSION_KEY in session


def begin(session: SessionBase, user: User, *, now: datetime) -> None:
    """Stamp a session that has just been signed in."""
    session[STAMPS] = {"since": now.timestamp(), "seen": now.timestamp(), "sign_outs": sign_outs(user)}


def touch(session: SessionBase, user: User, *, now: datetime) -> None:
    """Note that the user is there."""
    stamps = session.get(STAMPS)
    if stamps is None:
        begin(session, user, now=now)
    elif now.timestamp() - stamps["seen"] >= WRITTEN_EVERY:
        session[STAMPS] = stamps | {"seen": now.timestamp()}


def end_if_over(request: HttpRequest, *, now: datetime) -> str:
    """Sign the user out if the session is over, and say why."""
    if not is_signed_in(request.session):
        return ""
    reason = _why_over(request.session.get(STAMPS), request.user, now)
    if reason:
        logout(request)
    return reason


def _why_over(stamps: dict | None, user: User, now: datetime) -> str:
    if not user.is_staff or (stamps and stamps["sign_outs"] != sign_outs(user)):
        return _("You were signed out. Sign in again.")
    if stamps is None or _seconds(stamps, now) > 0:
        return ""
    return _of_age() if _age_left(stamps, now) <= 0 else _of_idleness()


def _of_age() -> str:
    hours = settings.STAFF_SESSION_HOURS
    words = ngettext(
        "You were signed out: a sign-in lasts %d hour.", "You were signed out: a sign-in lasts %d hours.", hours
    )
    return words % hours


def _of_idleness() -> str:
    minutes = settings.STAFF_IDLE_MINUTES
    words = ngettext(
        "You were signed out after %d minute without activity.",
        "You were signed out after %d minutes without activity.",
        minutes,
    )
    return words % minutes


def seconds_left(session: SessionBase, *, now: datetime) -> int:
    """How long this session lasts if nothing more happens; 0 without one."""
    stamps = session.get(STAMPS) if is_signed_in(session) else None
    return max(0, int(_seconds(stamps, now))) if stamps else 0


def _seconds(stamps: dict, now: datetime) -> float:
    return min(_age_left(stamps, now), _idle_left(stamps, now))


def _age_left(stamps: dict, now: datetime) -> float:
    return stamps["since"] + timedelta(hours=settings.STAFF_SESSION_HOURS).total_seconds() - now.timestamp()


def _idle_left(stamps: dict, now: datetime) -> float:
    return stamps["seen"] + timedelta(minutes=settings.STAFF_IDLE_MINUTES).total_seconds() - now.timestamp()


def sign_outs(user: User) -> int:
    account = getattr(user, "staff_account", None)
    return account.sign_outs if account else 0


def end_all(user: User) -> int:
    """End every session of this user at its next request, for good. Returns the count that new sessions carry."""
    account, _is_new = StaffAccount.objects.get_or_create(user=user)
    StaffAccount.objects.filter(pk=account.pk).update(sign_outs=F("sign_outs") + 1)
    account.refresh_from_db()
    return account.sign_outs


def end_others(session: SessionBase, user: User) -> None:
    """End every session of this user but this one."""
    session[STAMPS] = session[STAMPS] | {"sign_outs": end_all(user)}
