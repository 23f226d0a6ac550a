"""What was brought in from lists of providers, hours and patients, so that one act takes it back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.patient import Patient
from clinic.models import Practitioner, Schedule


class ListImport(models.Model):
    """One file. `content` is kept from the upload until it is imported, and no longer."""

    class Kind(models.TextChoices):
        PROVIDERS = "providers", _("Providers")
        HOURS = "hours", _("Weekly hours of providers")
        PATIENTS = "patients", _("Patients")

    kind = models.CharField(max_length=9, choices=Kind)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: a command."
    )
    content = models.TextField(blank=True)
    imported_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"List {self.pk}"


class ListRow(models.Model):
    """One row that came from a list, while it is there."""

    list_import = models.ForeignKey(ListImport, models.CASCADE, related_name="rows")
    patient = models.ForeignKey(Patient, models.CASCADE, null=True, blank=True, related_name="list_rows")
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, null=True, blank=True, related_name="+")
    schedule = models.ForeignKey(Schedule, models.CASCADE, null=True, blank=True, related_name="+")
    written = models.JSONField(
        default=dict,
        blank=True,
        help_text="The values of a provider or of hours, to see whether they were changed since.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(patient__isnull=False, practitioner=None, schedule=None)
                | Q(patient=None, practitioner__isnull=False, schedule=None)
                | Q(patient=None, practitioner=None, schedule__isnull=False),
                name="booking_listrow_of_one_thing",
            ),
        ]

    def __str__(self):
        return f"Row {self.pk}"
