"""A treatment page: what its editors work on, and each version that was published."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from procedures.immutable import Immutable

ENGLISH = "en"
LANGUAGES = [(ENGLISH, "English"), ("es", "Español")]


class ProcedureQuerySet(models.QuerySet):
    def spoken(self):
        """Each page in the reader's language, or in English if it does not exist in that language."""
        language = (get_language() or ENGLISH).partition("-")[0]
        if language == ENGLISH:
            return self.filter(language=ENGLISH)
        written = Procedure.objects.filter(language=language, is_shown=True, versions__isnull=False).values("slug")
        return self.filter(Q(language=language, slug__in=written) | Q(language=ENGLISH) & ~Q(slug__in=written))

    def published(self, *parts):
        """Pages on the site now, each with `content`: these parts of its newest published version."""
        newest = PublishedVersion.objects.filter(procedure=OuterRef("pk")).order_by("-number")
        content = JSONObject(**{part: f"content__{part}" for part in parts})  # all of it takes ten times as long
        shown = self.spoken().filter(Exists(newest), is_shown=True)
        return shown.annotate(content=Subquery(newest.values_list(content)[:1]))

    def overdue(self, today):
        """Pages whose published version is due for review."""
        newest = PublishedVersion.objects.filter(procedure=OuterRef("pk")).order_by("-number")
        shown = self.filter(is_shown=True).annotate(due=Subquery(newest.values("content__people__next_review_on")[:1]))
        return [page for page in shown.exclude(due=None) if page.due <= today.isoformat()]


class Procedure(models.Model):
    """A page in one language, with its parts. Each language has its own row."""

    class Kind(models.TextChoices):
        PROCEDURE = "procedure", _("a treatment")
        CONDITION = "condition", _("a condition")
        PRACTICE = "practice", _("about the practice")

    class Stage(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        PUBLISHED = "published", _("Published")

    kind = models.CharField(_("topic"), max_length=9, choices=Kind, default=Kind.PROCEDURE)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default=ENGLISH)
    slug = models.SlugField(_("short name in web addresses"))
    stage = models.CharField(_("stage"), max_length=9, choices=Stage, default=Stage.DRAFT)
    name = models.CharField(_("name"), max_length=80)
    also_called = models.CharField(_("also called"), max_length=200, blank=True)
    summary = models.TextField(_("summary, 1 or 2 sentences"))
    risks_summary = models.TextField(_("what can go wrong, 1 or 2 sentences"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_shown = models.BooleanField(
        _("shown on the website"),
        default=True,
        help_text=_("Takes effect right away. A page that has never been published stays hidden."),
    )
    written_by = models.CharField(_("written by"), max_length=120, blank=True)
    reviewed_by = models.CharField(
        _("reviewed by"),
        max_length=120,
        blank=True,
        help_text=_("Name and profession. For example, Dr. Anna Lee, MD."),
    )
    reviewed_on = models.DateField(_("last reviewed"), null=True, blank=True)
    next_review_on = models.DateField(_("next review due"), null=True, blank=True)
    reviewed_sha256 = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Fingerprint of the text that was checked."
    )
    paid_for_by = models.CharField(_("paid for by"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        ordering = ["order", "name"]
        verbose_name, verbose_name_plural = _("treatment page"), _("treatment pages")
        permissions = [
            ("review_procedure", "Can say that a treatment page was checked"),
            ("publish_procedure", "Can publish treatment pages"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["slug", "language"], name="procedures_procedure_one_for_each_language"),
            models.CheckConstraint(
                condition=Q(next_review_on=None) | Q(reviewed_on__isnull=False, next_review_on__gt=F("reviewed_on")),
                name="procedures_procedure_next_check_follows_last",
                violation_error_message=_("The next review must be after the last one."),
            ),
        ]

    def __str__(self):
        return self.name

    def path(self, page: str = "overview") -> str:
        """The URL path of the page or of one of its subpages."""
        if self.kind == self.Kind.PRACTICE:
            return reverse("procedures:practice_page", args=[self.slug])
        if page == "overview":
            return reverse("procedures:detail", args=[self.slug])
        return reverse("procedures:page", args=[self.slug, page])


def new_public_id() -> str:
    return secrets.token_urlsafe(16)  # 128 bits: it is used in links and must not be guessable


class PublishedVersion(models.Model):
    """Exactly what the public was shown once it was published. Written by procedures.publishing, never changed."""

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
            Immutable(
                fields=("procedure", "public_id", "number", "published_at", "content", "sha256"),
                name="procedures_version_frozen",
            ),
        ]

    def __str__(self):
        return f"{self.content['name']} {self.number}"
