"""Who exported or erased whom. No value of theirs: the rows are named by their keys."""

import logging
from collections.abc import Sequence

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User

from booking.models import Patient

log = logging.getLogger(__name__)


def keep(act: str, records: Sequence[Patient], user: User | None = None) -> None:
    """In the admin’s own log, or without a user, on the command line, in the log of the process."""
    if user:
        LogEntry.objects.log_actions(user.pk, records, CHANGE, act)
    else:
        log.info("%s: %s", act, ", ".join(map(str, records)))
