"""What the worker remembers from one round to the next."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models import StaffMessage
from clinic.models.practice import DeskEmail


class DeskNotice(models.Model):
    """One thing that the desk is told by email, once. It names nobody. `email`: the one that tells it; empty until
    then.
    """

    kind = models.CharField(max_length=12, choices=DeskEmail)
    key = models.CharField(max_length=60, unique=True, help_text="Of what is told once.")
    at = models.DateTimeField()
    email = models.ForeignKey(StaffMessage, models.PROTECT, null=True, blank=True, related_name="notices")

    class Meta:
        verbose_name, verbose_name_plural = _("notice to the desk"), _("notices to the desk")
        indexes = [models.Index(fields=["at"], name="booking_desknotice_at")]

    def __str__(self):
        return f"{self.kind} {self.pk}"


class WorkerHeartbeat(models.Model):
    """When a worker was last seen, and when the desk was told that none is: one row."""

    seen_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return str(self.seen_at)


class LastBackup(models.Model):
    """When this database was last backed up: one row."""

    taken_at = models.DateTimeField()

    def __str__(self):
        return str(self.taken_at)


class HostBackup(models.Model):
    """Somebody said that whoever hosts the site backs it up, or that this is no longer so. The newest row counts."""

    is_so = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return str(self.at)
