"""What was brought in from an old calendar, so that the same file changes nothing twice and one act takes it back."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from booking.models.appointment import Appointment
from clinic.models import ScheduleException


class DiaryImport(models.Model):
    """One file. `content` is kept from the upload until it is imported, and no longer."""

    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: a command."
    )
    content = models.TextField(blank=True)
    options = models.JSONField(default=dict, help_text="Its format, and what fills the gaps in its rows.")
    imported_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    remind_from = models.DateTimeField(
        null=True, blank=True, help_text="Patients are reminded of its appointments from then on. Empty: of none."
    )

    def __str__(self):
        return f"Import {self.pk}"


class DiaryRow(models.Model):
    """One appointment or block that came from a file. `key`: a keyed hash of what the old calendar knows it by."""

    diary_import = models.ForeignKey(DiaryImport, models.CASCADE, related_name="rows")
    key = models.CharField(max_length=64, unique=True)
    starts_at = models.DateTimeField(help_text="As in the file.")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="diary_rows")
    block = models.ForeignKey(ScheduleException, models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self):
        return f"Row {self.pk}"


def may_be_reminded() -> Q:
    """Appointments that were not imported, or that have been moved since, or whose import allows it from then on."""
    imported = DiaryRow.objects.filter(appointment=models.OuterRef("pk"))
    allowed = imported.filter(diary_import__remind_from__lte=models.OuterRef("starts_at"))
    return Q(sequence__gt=0) | ~Q(models.Exists(imported)) | Q(models.Exists(allowed))
