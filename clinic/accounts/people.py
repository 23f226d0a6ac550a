"""Users and their roles. Giving a role is never quiet: it is kept, and the desk leads are told."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet

from clinic.accounts import sessions, staff_mail
from clinic.models import Practitioner, RoleChange

NEWS = timedelta(days=14)


def roles_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def record_roles(user: User, before: set[str], *, by: User, now: datetime) -> None:
    """Keep what changed since `before`. Whoever has lost a role is signed out everywhere."""
    after = roles_of(user)
    changes = [(role, True) for role in sorted(after - before)] + [(role, False) for role in sorted(before - after)]
    RoleChange.objects.bulk_create(
        RoleChange(user=user, role=role, is_given=is_given, by=by, at=now) for role, is_given in changes
    )
    if changes:
        staff_mail.roles_changed(user, now=now)
    if before - after:
        sessions.end_all(user)


def recent_changes(*, now: datetime) -> QuerySet[RoleChange]:
    return RoleChange.objects.filter(at__gt=now - NEWS).select_related("user", "by")


def link_provider(user: User, practitioner: Practitioner | None) -> None:
    """Make this the provider whose day the user sees after signing in."""
    Practitioner.objects.filter(user=user).exclude(pk=practitioner and practitioner.pk).update(user=None)
    if practitioner:
        Practitioner.objects.filter(pk=practitioner.pk).update(user=user)
