"""Writes mail to staff into its outbox."""

from datetime import datetime

from django.contrib.auth.models import User

from clinic.models import AccountChange, StaffMessage

MANAGES_USERS = "auth.change_user"
READS_CHANGES = "clinic.view_accountchange"


def queue(user: User, kind: str, *, now: datetime, about: User | None = None) -> None:
    StaffMessage.objects.create(user=user, kind=kind, about=about, due_at=now)


def alarm(name: str, *, now: datetime) -> None:
    """Tell the managers that this name is tried too often. Nobody is told of a name that is no user's."""
    about = User.objects.filter(username__iexact=name, is_active=True, is_staff=True).first()
    for manager in User.objects.with_perm(MANAGES_USERS).filter(is_staff=True) if about else []:
        queue(manager, StaffMessage.Kind.ALARM, now=now, about=about)


def account_changed(change: AccountChange, *, now: datetime) -> None:
    """Tell everybody who may read the history of accounts: the desk leads and the managers."""
    for reader in User.objects.with_perm(READS_CHANGES).filter(is_active=True, is_staff=True).exclude(email=""):
        StaffMessage.objects.create(
            user=reader, kind=StaffMessage.Kind.ACCOUNT, about=change.user, change=change, due_at=now
        )
