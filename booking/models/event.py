from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.appointment_request import AppointmentRequest


class Event(models.Model):
    """History: one row for each change of a request or appointment, written by booking.lifecycle."""

    class Actor(models.TextChoices):
        PATIENT = "patient", _("patient")
        DESK = "desk", _("front desk")
        WORKER = "worker", _("system")

    appointment_request = models.ForeignKey(
        AppointmentRequest, models.PROTECT, null=True, blank=True, related_name="events"
    )
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="events")
    cause = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="effects",
        help_text="The event of the request that brought this change of an appointment about.",
    )  # fmt: skip
    verb = models.CharField(max_length=20)
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    at = models.DateTimeField()
    actor = models.CharField(max_length=7, choices=Actor)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=14, blank=True)
    note = models.TextField(blank=True)
    before = models.JSONField(default=dict, blank=True, help_text="What stood in the columns that this changed.")
    undone = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False, help_text="A note that every page about this person shows.")
    form_key = models.CharField(max_length=32, blank=True, help_text="A second press of one button is known by it.")

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("event"), _("history")
        indexes = [models.Index(fields=["at"], name="booking_event_at")]
        constraints = [
            models.CheckConstraint(
                condition=Q(appointment_request__isnull=False) | Q(appointment__isnull=False),
                name="booking_event_of_something",
            ),
        ]

    def __str__(self):
        return f"{self.verb} {self.pk}"

    @property
    def access_keys(self) -> tuple[str, ...]:
        """Read it with its request."""
        return self.appointment_request.access_keys if self.appointment_request else ()
