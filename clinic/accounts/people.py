"""Users and their roles. No role, and no way to sign in as somebody else, is given quietly: the desk leads are told."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet

from clinic.accounts import sessions, staff_mail
from clinic.accounts.second_step.requirement import need_it
from clinic.models import AccountChange, Practitioner, StaffMessage

Kind = AccountChange.Kind
NEWS = timedelta(days=14)


def roles_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def record_roles(user: User, before: set[str], *, by: User, now: datetime) -> None:
    """Keep what changed since `before`. Whoever has lost a role, or needs a second step from now on, is signed out
    everywhere.
    """
    after = roles_of(user)
    for role in sorted(after - before):
        record(Kind.GIVEN, user, role, by=by, now=now)
    for role in sorted(before - after):
        record(Kind.TAKEN, user, role, by=by, now=now)
    if before - after or (need_it(after) and not need_it(before)):
        sessions.end_all(user)


def record(kind: AccountChange.Kind, user: User, role: str = "", *, by: User, now: datetime) -> None:
    change = AccountChange.objects.create(kind=kind, user=user, role=role, by=by, at=now)
    staff_mail.account_changed(change, now=now)
    if kind == Kind.PASSWORD:
        staff_mail.queue(user, StaffMessage.Kind.CHANGED, now=now)


def recent_changes(*, now: datetime) -> QuerySet[AccountChange]:
    return AccountChange.objects.filter(at__gt=now - NEWS).select_related("user", "by")


def link_provider(user: User, practitioner: Practitioner | None) -> None:
    """Make this the provider whose day the user sees after signing in."""
    Practitioner.objects.filter(user=user).exclude(pk=practitioner and practitioner.pk).update(user=None)
    if practitioner:
        Practitioner.objects.filter(pk=practitioner.pk).update(user=user)
