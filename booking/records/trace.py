"""Who erased whom, and what was done on the command line: rows of the access log that no page writes."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User

from booking.models import Patient
from clinic.models import AccessLog


def keep(
    kind: str, screen: str, records: Sequence[Patient], *, now: datetime, user: User | None = None, address: str = ""
) -> None:
    """Call it in the transaction of the act. No user: somebody on the server."""
    shown = " ".join(key for record in records for key in record.access_keys)
    AccessLog.objects.create(at=now, kind=kind, user=user, address=address, screen=screen, shown=shown)
