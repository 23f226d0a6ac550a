"""Files of old calendars that wait to be brought in."""

from django.db import transaction

from booking.models.exchange.diary_import import DiaryImport


@transaction.atomic
def drop_uploads(**such: object) -> int:
    """Delete such files, unless one is just being brought in: it waits for that."""
    waiting = DiaryImport.objects.select_for_update().filter(imported_at=None, **such).order_by("pk")
    return DiaryImport.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).delete()[0]
