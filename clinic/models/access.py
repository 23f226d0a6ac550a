"""Who looked at what. No name, number or word of a patient: ids and kinds of words alone, so it outlives an erasure."""

from collections.abc import Sequence
from typing import Self

from django.conf import settings
from django.db import connection, models
from django.db.models import functions
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from clinic.models.append_only import AppendOnly

SHOWS_ANY = "string_to_array(shown, ' ') && %s::text[]"  # as its index is written


class AccessLogQuerySet(models.QuerySet):
    def about(self, keys: Sequence[str]) -> Self:
        """Rows that show any of these: “p3” is a patient. By an index on PostgreSQL; SQLite reads all rows."""
        if not keys:
            return self.none()
        if connection.vendor == "postgresql":
            return self.filter(RawSQL(SHOWS_ANY, [list(keys)], output_field=models.BooleanField()))
        words = functions.Concat(models.Value(" "), "shown", models.Value(" "), output_field=models.TextField())
        any_of = [models.Q(words__contains=f" {key} ") for key in keys]
        return self.alias(words=words).filter(models.Q(*any_of, _connector=models.Q.OR))


class AccessLog(models.Model):
    """One row for each page of a patient, or many, that was made for a user; and for sign-ins, failed ones too."""

    class Kind(models.TextChoices):
        VIEW = "view", _("Looked")
        SEARCH = "search", _("Searched")
        PRINT = "print", _("Opened to print")
        EXPORT = "export", _("Downloaded")
        CHANGE = "change", _("Sent a form")
        SIGN_IN = "sign_in", _("Signed in")
        FAILED_SIGN_IN = "failed", _("Failed to sign in")
        SIGN_OUT = "sign_out", _("Signed out")

    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    address = models.CharField(max_length=45)
    screen = models.CharField(max_length=80, help_text="The name of the page’s address.")
    shown = models.TextField(blank=True, help_text="Ids: p3 is a patient, r4 a request, a5 an appointment.")
    asked_by = models.CharField(max_length=60, blank=True, help_text="The kinds of words in a search.")
    hits = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("access"), _("access log")
        indexes = [models.Index(fields=["at"], name="clinic_accesslog_at")]
        constraints = [AppendOnly(name="clinic_accesslog_only_added")]

    def __str__(self):
        return f"{self.kind} {self.pk}"


class AccessSeal(models.Model):
    """A link of the chain: a digest of the rows after those of the seal before, up to `last`, and of that seal's own.

    Written by the worker. The two tables are never changed, so a changed, removed or added row fits its seal no longer.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    last = models.PositiveBigIntegerField(help_text="The last id that it seals.")
    rows = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        verbose_name, verbose_name_plural = _("seal"), _("seals")
        constraints = [AppendOnly(name="clinic_accessseal_only_added")]

    def __str__(self):
        return str(self.number)
