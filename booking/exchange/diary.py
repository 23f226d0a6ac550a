"""From a file to the calendar: keeps the upload, shows what would happen, brings it in."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.exchange.plan import Options, Problem, read
from booking.lifecycle import SYSTEM, Actor, NotAllowed, staff
from booking.lifecycle.diary.entries import Entry, Refusal
from booking.lifecycle.diary.uploads import drop_uploads
from booking.lifecycle.diary.write import import_diary, preview
from booking.models import Appointment, DiaryImport
from booking.models.appointment_request import Channel

WHY = {
    Refusal.KNOWN: _("was already imported"),
    Refusal.CHANGED: _("was already imported, at another time: move that one yourself"),
    Refusal.PAST: _("is in the past"),
    Refusal.TOO_FAR: _("is too far ahead"),
    Refusal.TAKEN: _("somebody is booked then"),
    Refusal.BLOCKED: _("the provider is out then, or the time is blocked"),
    Refusal.TWICE: _("overlaps another row in this file"),
    Refusal.PATIENT: _("the patient has another appointment then"),
    Refusal.TOO_LONG: _("ends before it starts, or is longer than 8 hours or than a day"),
}
QUIET = (Refusal.KNOWN, Refusal.PAST)  # counted, and no conflict


@dataclass(frozen=True)
class Outcome:
    """`appointments` and `blocks`: how many fit, from `first` to `last`. `problems`: each that does not, and why."""

    appointments: int
    blocks: int
    known: int
    past: int
    problems: list[Problem]
    first: datetime | None
    last: datetime | None

    @property
    def total(self) -> int:
        return self.appointments + self.blocks


def keep(text: str, options: Options, *, by: User | None, now: datetime) -> DiaryImport:
    """Keep an upload until it is imported. The user's earlier one goes. Unreadable: it is no such file."""
    read(text, options, now=now)
    drop_uploads(made_by=by)
    return DiaryImport.objects.create(made_at=now, made_by=by, content=text, options=asdict(options))


def look(diary_import: DiaryImport, *, now: datetime) -> Outcome:
    """What bringing it in would do now."""
    plan = read(diary_import.content, Options(**diary_import.options), now=now)
    return _outcome(plan.problems, *preview(plan.entries, now=now))


def bring_in(pk: int, *, by: User | None, now: datetime) -> Outcome:
    """All that fits, in one act. NotAllowed: it was brought in already, or deleted."""
    with transaction.atomic():
        diary_import = DiaryImport.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if diary_import is None:
            raise NotAllowed(str(_("This file was deleted. Upload it again.")))
        if diary_import.imported_at:
            raise NotAllowed(str(WHY[Refusal.KNOWN]))
        plan = read(diary_import.content, Options(**diary_import.options), now=now)
        return _outcome(plan.problems, *import_diary(diary_import, plan.entries, by=actor(by), now=now))


def actor(user: User | None) -> Actor:
    return staff(user, Channel.IMPORT) if user else SYSTEM


def _outcome(problems: list[Problem], fit: list[Entry], refused: list) -> Outcome:
    counted = Counter(each.why for each in refused)
    named = [
        Problem(each.entry.row, str(WHY[each.why]), each.entry.starts_at) for each in refused if each.why not in QUIET
    ]
    appointments = sum(entry.who is not None for entry in fit)
    rows = sorted([*problems, *named], key=lambda problem: problem.row)
    starts = sorted(entry.starts_at for entry in fit) or [None]
    known, past = counted[Refusal.KNOWN], counted[Refusal.PAST]
    return Outcome(appointments, len(fit) - appointments, known, past, rows, starts[0], starts[-1])


def coming(diary_import: DiaryImport, *, now: datetime) -> int:
    """How many of its appointments are still to come."""
    since = max(now, diary_import.remind_from or now)
    rows = Appointment.objects.filter(diary_rows__diary_import=diary_import, starts_at__gt=since)
    return rows.filter(status=Appointment.Status.BOOKED).count()


def remind(diary_import: DiaryImport, since: datetime | None, *, now: datetime) -> int:
    """Remind patients of its appointments from then on; None: of none. Returns of how many."""
    diary_import.remind_from = since
    diary_import.save(update_fields=["remind_from"])
    return coming(diary_import, now=now) if since else 0


def forget_uploads(*, now: datetime) -> int:
    """Delete files that nobody brought in within a day: they hold patients' data."""
    return drop_uploads(made_at__lt=now - timedelta(days=1))
