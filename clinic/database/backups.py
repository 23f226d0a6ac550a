"""When the database was last backed up: what makes a backup says so here, and the set-up checklist reads it."""

from datetime import datetime

from clinic.models import Backup


def record(*, now: datetime) -> None:
    """A whole backup was made."""
    Backup.objects.update_or_create(pk=1, defaults={"made_at": now})


def newest() -> datetime | None:
    """None: there is no backup yet."""
    return Backup.objects.values_list("made_at", flat=True).first()
