from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models import AppointmentType
from procedures.models import Procedure
from procedures.models.procedure import new_public_id


class Reason(models.Model):
    """Why a patient comes, and which appointment type that requires."""

    class Picture(models.TextChoices):
        BONE = "bone", _("a broken bone of the spine")
        BACK = "back", _("the back")
        NECK = "neck", _("the neck")
        LEG = "leg", _("a leg")
        FALL = "fall", _("a fall")
        AFTER = "after", _("after a treatment")

    label = models.CharField(_("label"), max_length=80, unique=True)
    slug = models.SlugField(_("short name in web addresses"), unique=True)
    procedure = models.ForeignKey(
        Procedure, models.SET_NULL, null=True, blank=True, related_name="reasons", verbose_name=_("page")
    )
    appointment_type_new = models.ForeignKey(
        AppointmentType, models.PROTECT, related_name="+", verbose_name=_("appointment type for a new patient")
    )
    appointment_type_returning = models.ForeignKey(
        AppointmentType, models.PROTECT, related_name="+", verbose_name=_("appointment type for a returning patient")
    )
    public_id = models.CharField(
        max_length=22, unique=True, default=new_public_id, editable=False,
        help_text="In addresses, where a label would tell what hurts.",
    )  # fmt: skip
    picture = models.CharField(
        _("drawing on the home page"),
        max_length=5,
        choices=Picture,
        blank=True,
        help_text=_("A lamp, if you choose none."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["order", "label"]
        verbose_name, verbose_name_plural = _("reason for an appointment"), _("reasons for an appointment")

    def __str__(self):
        return self.label

    def appointment_type(self, *, returning: bool) -> AppointmentType:
        return self.appointment_type_returning if returning else self.appointment_type_new
