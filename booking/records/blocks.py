"""What staff typed as the private reason of a block or a closure may name a patient."""

from collections.abc import Iterable

from booking.models.search_keys import words
from clinic.models import ScheduleException


def forget(names: Iterable[str]) -> None:
    """Empty the private reasons that have all words of one of these names. The time stays blocked."""
    sought = [set(words(name)) for name in names if len(words(name)) > 1 or not name.isascii()]
    typed = ScheduleException.objects.exclude(private_reason="").values_list("pk", "private_reason")
    naming = [pk for pk, reason in typed if any(name <= set(words(reason)) for name in sought)] if sought else []
    ScheduleException.objects.filter(pk__in=naming).update(private_reason="")
