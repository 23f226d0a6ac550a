from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from procedures import citations
from procedures.models.picture import Picture


class Source(models.Model):
    key = models.CharField(
        _("key"), max_length=20, unique=True, validators=[RegexValidator(citations.KEY)],
        help_text=_("Capital letters and digits, such as FREE09. Write [FREE09] after a claim to cite it."),
    )  # fmt: skip
    citation = models.CharField(_("citation"), max_length=300)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    url = models.URLField(_("web address"), blank=True)
    opened_on = models.DateField(_("last opened on"), null=True, blank=True)

    class Meta:
        ordering = ["key"]
        verbose_name, verbose_name_plural = _("source"), _("sources")

    def __str__(self):
        return self.key


def check_marks(*texts: str) -> None:
    """Check that every [KEY] in these texts is a known source, and every picture one of our drawings or pictures."""
    keys = citations.cited_keys(*texts)
    missing = keys - set(Source.objects.filter(key__in=keys).values_list("key", flat=True))
    if missing:
        raise ValidationError(_("There is no source named %(keys)s.") % {"keys": ", ".join(sorted(missing))})
    unknown = citations.drawing_names(*texts) - citations.DRAWINGS.keys()
    unknown -= set(Picture.objects.filter(name__in=unknown).values_list("name", flat=True))
    if unknown:
        raise ValidationError(_("There is no picture named %(names)s.") % {"names": ", ".join(sorted(unknown))})
