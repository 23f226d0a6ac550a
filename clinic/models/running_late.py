from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models.practice import Practitioner


class RunningLate(models.Model):
    """How late a provider runs on a day, as somebody said it: the last row counts, and 0 is on time again."""

    class Minutes(models.IntegerChoices):
        ON_TIME = 0, _("On time again")
        TEN = 10, _("10 min")
        TWENTY = 20, _("20 min")
        THIRTY = 30, _("30 min")
        FORTY_FIVE = 45, _("45 min")

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="+", verbose_name=_("provider"))
    day = models.DateField()
    minutes = models.PositiveSmallIntegerField(choices=Minutes)
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    told = models.PositiveSmallIntegerField(default=0, help_text="How many patients it was emailed to.")

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("provider running late"), _("providers running late")
        indexes = [models.Index(fields=["day"], name="clinic_runninglate_day")]

    def __str__(self):
        return f"Late {self.pk}"
