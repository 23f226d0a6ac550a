"""Files of old calendars and lists that wait to be brought in."""

from django.db import transaction

from booking.models import DiaryImport, ListImport


@transaction.atomic
def drop_uploads(**such: object) -> int:
    """Delete such files, unless one is just being brought in: it waits for that."""
    return sum(_drop(model, such) for model in (DiaryImport, ListImport))


def _drop(model: type[DiaryImport | ListImport], such: dict[str, object]) -> int:
    waiting = model.objects.select_for_update().filter(imported_at=None, **such).order_by("pk")
    return model.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).delete()[0]
