"""What happened with a treatment and without it: a count of 100, or the points gained on a scale from 0 to 100."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from procedures.models.parts import Risk
from procedures.models.procedure import Procedure
from procedures.models.source import Source, check_marks


class Pair(models.Model):
    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="pairs", verbose_name=_("treatment page"))
    name = models.CharField(_("what can happen"), max_length=120)
    is_gain = models.BooleanField(_("a benefit"), default=False)
    intro = models.TextField(_("what was counted, and in whom"))
    starts_at = models.PositiveSmallIntegerField(
        _("score at the start"), null=True, blank=True, help_text=_("From 0 to 100. Leave blank for a count of 100.")
    )
    with_it = models.PositiveSmallIntegerField(_("with treatment"), help_text=_("Of 100, or the points gained."))
    without_it = models.PositiveSmallIntegerField(_("without treatment"), null=True, blank=True)
    without_words = models.CharField(_("if there is no count without treatment, say why"), max_length=120, blank=True)
    unit = models.CharField(_("100 of what"), max_length=6, choices=Risk.Unit, default=Risk.Unit.PEOPLE)
    meaning = models.TextField(_("what it means"), blank=True)
    compared_with = models.CharField(_("compared with"), max_length=160)
    paid_by = models.CharField(_("who paid for the study"), max_length=120)
    sureness = models.CharField(_("how sure we are"), max_length=6, choices=Risk.Sureness, default=Risk.Sureness.UNSURE)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("source of the numbers"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["-is_gain", "order", "pk"]
        verbose_name, verbose_name_plural = _("benefit or harm in a pair"), _("benefits and harms in pairs")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "name"], name="procedures_pair_one_name"),
            models.CheckConstraint(
                condition=Q(without_it__isnull=False, without_words="") | (Q(without_it=None) & ~Q(without_words="")),
                name="procedures_pair_one_kind_of_count",
                violation_error_message=_("Enter a number without treatment or why there is none, but not both."),
            ),
            models.CheckConstraint(
                # isnull=False: in SQL a CHECK passes if a comparison involves NULL
                condition=Q(with_it__lte=100)
                & (Q(without_it=None) | Q(without_it__lte=100))
                & (Q(starts_at=None) | Q(starts_at__isnull=False, starts_at__lte=100 - F("with_it"))),
                name="procedures_pair_of_100",
                violation_error_message=_("The numbers can’t be more than 100."),
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        check_marks(self.intro, self.meaning, self.without_words)
        if self.starts_at is not None and self.starts_at + (self.without_it or 0) > 100:
            raise ValidationError(_("The numbers can’t be more than 100."))
