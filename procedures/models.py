"""What a treatment page says, who vouches for it, and an exact copy of everything that was ever shown."""

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from procedures import marks
from procedures.frozen import Frozen


class Source(models.Model):
    key = models.CharField(
        _("key"), max_length=20, unique=True, validators=[RegexValidator(marks.KEY)],
        help_text=_("Capitals and digits, such as FREE09. Write [FREE09] after a claim to cite it."),
    )  # fmt: skip
    citation = models.CharField(_("citation"), max_length=300)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    url = models.URLField(_("address"), blank=True)
    opened_on = models.DateField(_("last opened on"), null=True, blank=True)

    class Meta:
        ordering = ["key"]
        verbose_name, verbose_name_plural = _("source"), _("sources")

    def __str__(self):
        return self.key


def check_marks(*texts: str) -> None:
    """Every [KEY] in these texts is a source we have, every picture one we drew."""
    keys = marks.cited_keys(*texts)
    missing = keys - set(Source.objects.filter(key__in=keys).values_list("key", flat=True))
    if missing:
        raise ValidationError(_("There is no source named %(keys)s.") % {"keys": ", ".join(sorted(missing))})
    unknown = marks.drawing_names(*texts) - marks.DRAWINGS.keys()
    if unknown:
        raise ValidationError(_("There is no drawing named %(names)s.") % {"names": ", ".join(sorted(unknown))})


class ProcedureQuerySet(models.QuerySet):
    def published(self):
        """Those on the site now, each with `content`: what its newest published version shows."""
        newest = PublishedVersion.objects.filter(procedure=OuterRef("pk")).order_by("-number")
        return self.filter(is_shown=True).annotate(content=Subquery(newest.values("content")[:1])).exclude(content=None)


class Procedure(models.Model):
    slug = models.SlugField(_("short name in addresses"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    also_called = models.CharField(_("also called"), max_length=200, blank=True)
    summary = models.TextField(_("in one or two sentences"))
    risks_summary = models.TextField(_("what can go wrong, in one or two sentences"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_shown = models.BooleanField(
        _("shown on the site"), default=True, help_text=_("Takes effect at once. A page never published stays hidden.")
    )
    written_by = models.CharField(_("written by"), max_length=120, blank=True)
    reviewed_by = models.CharField(
        _("checked by"), max_length=120, blank=True, help_text=_("Name and profession: Dr. Mara Ellison, MD.")
    )
    reviewed_on = models.DateField(_("last checked"), null=True, blank=True)
    next_review_on = models.DateField(_("next check due"), null=True, blank=True)
    paid_for_by = models.CharField(_("paid for by"), max_length=200, blank=True)

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        ordering = ["order", "name"]
        verbose_name, verbose_name_plural = _("treatment page"), _("treatment pages")
        permissions = [("publish_procedure", "Can publish treatment pages")]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_review_on=None) | Q(reviewed_on__isnull=False, next_review_on__gt=F("reviewed_on")),
                name="procedures_procedure_next_check_follows_last",
                violation_error_message=_("The next check comes after the last one."),
            ),
        ]

    def __str__(self):
        return self.name


class Section(models.Model):
    class Page(models.TextChoices):
        OVERVIEW = "overview", _("What it is")
        RISKS = "risks", _("What can go wrong")

    class Kind(models.TextChoices):
        """How the text is laid out; see templates/procedures/_section_<kind>.html."""

        SUMMARY = "summary", _("in short: the panel at the top")
        FIGURE = "figure", _("drawing beside the panel, with a numbered key")
        TEXT = "text", _("text")
        STEPS = "steps", _("steps with drawings: each ### heading begins one")
        DAYS = "days", _("days after: each ### heading begins one")
        TABLE = "table", _("choices side by side: one Markdown table")
        QUESTIONS = "questions", _("questions to bring: one Markdown list")
        CALL_911 = "call_911", _("red card: call 911")
        CALL_US = "call_us", _("amber card: call us the same day")

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="sections", verbose_name=_("treatment page"))
    page = models.CharField(_("page"), max_length=8, choices=Page, default=Page.OVERVIEW)
    kind = models.CharField(_("layout"), max_length=9, choices=Kind, default=Kind.TEXT)
    anchor = models.SlugField(_("short name in links"), max_length=40)
    heading = models.CharField(_("heading"), max_length=120)
    body = models.TextField(
        _("text"),
        help_text=_("Markdown. [KEY] cites a source. A line ![what it shows](step1) places one of our drawings."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["page", "order", "pk"]
        verbose_name, verbose_name_plural = _("section"), _("sections")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "page", "anchor"], name="procedures_section_one_anchor"),
        ]

    def __str__(self):
        return self.heading

    def clean(self):
        check_marks(self.body)


class Risk(models.Model):
    class Unit(models.TextChoices):
        BONES = "bones", _("treated bones")
        PEOPLE = "people", _("people treated")

    class Sureness(models.TextChoices):
        FAIRLY = "fairly", _("Fairly sure")
        LESS = "less", _("Less sure")
        UNSURE = "unsure", _("Very unsure")

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="risks", verbose_name=_("treatment page"))
    name = models.CharField(_("what can happen"), max_length=120)
    per_1000 = models.PositiveSmallIntegerField(_("count of 1,000"), null=True, blank=True)
    low = models.PositiveSmallIntegerField(_("could be as low as"), null=True, blank=True)
    high = models.PositiveSmallIntegerField(_("could be as high as"), null=True, blank=True)
    unit = models.CharField(_("of 1,000 what"), max_length=6, choices=Unit, default=Unit.PEOPLE)
    count_words = models.CharField(_("if there is no count of 1,000, say so here"), max_length=120, blank=True)
    how_bad = models.TextField(_("what it means"))
    what_we_do = models.TextField(_("what we do about it"), blank=True)
    sureness = models.CharField(_("how sure we are"), max_length=6, choices=Sureness, default=Sureness.UNSURE)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("source of the count"))
    part_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="parts", verbose_name=_("counted within")
    )
    is_pictured = models.BooleanField(_("draw its 1,000 marks"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("risk"), _("risks")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "name"], name="procedures_risk_one_name"),
            models.CheckConstraint(
                condition=Q(per_1000__isnull=False, count_words="") | (Q(per_1000=None) & ~Q(count_words="")),
                name="procedures_risk_one_kind_of_count",
                violation_error_message=_("Give a count of 1,000, or say in words why there is none. Not both."),
            ),
            models.CheckConstraint(
                # isnull=False throughout: SQL lets a CHECK pass when a comparison meets NULL
                condition=Q(low=None, high=None)
                | Q(low__isnull=False, high__isnull=False, per_1000__isnull=False)
                & Q(low__lte=F("per_1000"), per_1000__lte=F("high"), high__lte=1000),
                name="procedures_risk_range_holds_the_count",
                violation_error_message=_("The count lies between its lowest and its highest, within 1,000."),
            ),
            models.CheckConstraint(condition=Q(per_1000=None) | Q(per_1000__lte=1000), name="procedures_risk_of_1000"),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        check_marks(self.how_bad, self.what_we_do)


def new_public_id() -> str:
    return secrets.token_urlsafe(16)  # 128 bits: it travels in links and must not be guessed


class PublishedVersion(models.Model):
    """Exactly what the public was shown, from this moment on. Written by procedures.publishing, never changed."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="versions", verbose_name=_("treatment page"))
    public_id = models.CharField(_("public id"), max_length=22, unique=True, default=new_public_id, editable=False)
    number = models.PositiveIntegerField(_("version"))
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    content = models.JSONField(_("content"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)

    class Meta:
        ordering = ["procedure", "-number"]
        verbose_name, verbose_name_plural = _("published version"), _("published versions")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="procedures_version_one_number"),
            Frozen(
                fields=("procedure", "public_id", "number", "published_at", "content", "sha256"),
                name="procedures_version_frozen",
            ),
        ]

    def __str__(self):
        return f"{self.content['name']} {self.number}"
