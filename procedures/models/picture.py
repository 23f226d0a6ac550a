"""Pictures that editors uploaded. Rows, not files: the disks of web servers may be read-only."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from procedures.immutable import Immutable


class Picture(models.Model):
    """Its address is made from its bytes, so that a page which was published shows the same picture forever."""

    class Kind(models.TextChoices):
        PNG = "png", "PNG"
        SVG = "svg", "SVG"

    MOST_BYTES = 200_000

    name = models.SlugField(_("name"), max_length=40, unique=True)
    description = models.CharField(_("what it shows"), max_length=250)
    kind = models.CharField(_("kind"), max_length=3, choices=Kind)
    content = models.BinaryField()
    sha256 = models.CharField(_("fingerprint"), max_length=64, unique=True)
    width = models.PositiveSmallIntegerField(_("width"))
    height = models.PositiveSmallIntegerField(_("height"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))
    published_at = models.DateTimeField(_("first published at"), null=True)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        verbose_name, verbose_name_plural = _("picture"), _("pictures")
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("content"), 200_000), name="procedures_picture_at_most_200_kb"
            ),
            Immutable(fields=("kind", "content", "sha256", "width", "height"), name="procedures_picture_frozen"),
        ]

    def __str__(self):
        return self.name

    @property
    def file(self) -> str:
        """The last part of its address."""
        return f"{self.sha256}.{self.kind}"
