"""Whether the site is backed up: by our own command, which we see, or by its host, whom we have to believe."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.models import HostBackup, LastBackup
from booking.set_up.line import Line, State, tag_of
from clinic.models.staff import name_of
from clinic.practice_info import practice_info
from clinic.templatetags.clinic_format import local_day, local_when

ASK_AGAIN_AFTER = timedelta(days=365)
HOST_MAKES_THEM = gettext_lazy(
    "%(name)s said on %(day)s that your host makes the backups. This site can’t see them: "
    "have one restored twice a year."
)
STILL_SO = gettext_lazy("%(name)s said on %(day)s that your host makes the backups. Is that still so?")


def say(user: User, *, is_so: bool, now: datetime) -> None:
    """That the host makes the backups, or that it does not."""
    HostBackup.objects.create(is_so=is_so, by=user, at=now)


class Backups(NamedTuple):
    """Our newest one, and who said when that the host makes them: it counts until a backup of our own is seen."""

    taken_at: datetime | None
    host: HostBackup | None

    def are_ours(self, now: datetime) -> bool:
        allowed = timedelta(hours=settings.BACKUP_OVERDUE_HOURS)
        return self.taken_at is not None and now - self.taken_at <= allowed

    def are_of_host(self, now: datetime) -> bool:
        return self.host is not None and now - self.host.at <= ASK_AGAIN_AFTER


def backups() -> Backups:
    taken_at = LastBackup.objects.values_list("taken_at", flat=True).first()
    host = HostBackup.objects.select_related("by").first()
    is_told = host is not None and host.is_so and not (taken_at and taken_at > host.at)
    return Backups(taken_at, host if is_told else None)


def line(*, now: datetime) -> Line:
    found = backups()
    state, says, act = _told(found, now)
    tag = _("Too old") if state == State.FAILED else tag_of(state)
    return Line("backup", _("Backups"), state, tag, says, act, is_needed=False)


def _told(found: Backups, now: datetime) -> tuple[State, str, str]:
    """The state, what the line says, and what a press would say about the host."""
    if found.are_ours(now):
        return State.DONE, _newest(found), ""
    if found.host:
        said = {"name": name_of(found.host.by), "day": local_day(found.host.at, practice_info().zone)}
        if found.are_of_host(now):
            return State.DONE, HOST_MAKES_THEM % said, _("They no longer do")
        return State.BEGUN, STILL_SO % said, _("Yes, it is")
    if found.taken_at:
        return State.FAILED, _newest(found), _("Our host backs up")
    says = _("No backup found yet. Whoever runs the site sets it up: see Operations, “Back up”.")
    return State.TO_DO, says, _("Our host backs up")


def _newest(found: Backups) -> str:
    return _("The newest one is from %s.") % local_when(found.taken_at, practice_info().zone)
