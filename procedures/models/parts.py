"""The parts of a treatment page: sections of text, and risks with their counts."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.country import by_country
from procedures import citations
from procedures.models.procedure import Procedure
from procedures.models.source import Source, check_marks


class Section(models.Model):
    class Page(models.TextChoices):
        """The pages of a treatment, in menu order. The value is the last part of the URL."""

        OVERVIEW = "overview", _("Overview")
        HOW = "how", _("How it is done")
        RISKS = "risks", _("Benefits and harms")
        BEFORE_AFTER = "before-after", _("Before and after")
        CHOICES = "choices", _("Other choices")
        AID = "aid", _("Weigh it up")
        QUESTIONS = "questions", _("Questions")
        COST = "cost", by_country(lambda here: here.funding_words.cost)

    class Kind(models.TextChoices):
        """How the text is laid out; see templates/procedures/_section_<kind>.html."""

        SUMMARY = "summary", _("in short: the panel at the top")
        FIGURE = "figure", _("drawing beside the panel, with a numbered key")
        TEXT = "text", _("text")
        STEPS = "steps", _("steps with drawings: each ### heading starts one")
        DAYS = "days", _("days after: each ### heading starts one")
        TABLE = "table", _("choices side by side: one Markdown table")
        QUESTIONS = "questions", _("questions to bring: one Markdown list")
        ANSWERS = "answers", _("questions with folded answers: each ### heading is a question")
        WORDS = "words", _("words explained: each ### heading is a word")
        VALUES = "values", _("what matters to me: a Markdown table with a question and its two ends in each row")
        CALL_911 = "call_911", _("red card: call for help at once")
        CALL_US = "call_us", _("amber card: call us the same day")

    STEPPED = (Kind.STEPS, Kind.DAYS, Kind.ANSWERS, Kind.WORDS)
    TABLED = (Kind.TABLE, Kind.VALUES)
    DRAWN = (Kind.FIGURE, Kind.TEXT, *STEPPED)

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="sections", verbose_name=_("treatment page"))
    page = models.CharField(_("page"), max_length=12, choices=Page, default=Page.OVERVIEW)
    kind = models.CharField(_("layout"), max_length=9, choices=Kind, default=Kind.TEXT)
    anchor = models.SlugField(_("short name in links"), max_length=40)
    heading = models.CharField(_("heading"), max_length=120)
    body = models.TextField(
        _("text"),
        help_text=_(
            "Markdown. [KEY] cites a source. A line ![what it shows](step1) places one of our drawings. "
            "[emergency number] is the number of your country."
        ),
    )
    is_folded = models.BooleanField(
        _("folded"), default=False, help_text=_("Only the heading shows until it is pressed. Paper shows all of it.")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

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
        steps = re.split(r"^###", self.body, flags=re.MULTILINE) if self.kind in self.STEPPED else [self.body]
        drawn = [len(citations.drawing_names_of(text)) for text in steps]
        if max(drawn) > 1 or (any(drawn) and self.kind not in self.DRAWN):
            raise ValidationError(_("Use one drawing in a text, figure, or step, and none in other layouts."))
        if self.procedure_id and self.procedure.kind == Procedure.Kind.PRACTICE and self.page != self.Page.OVERVIEW:
            raise ValidationError(_("A page about the practice has only one part: “Overview”."))


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
    per_1000 = models.PositiveSmallIntegerField(_("count per 1,000"), null=True, blank=True)
    low = models.PositiveSmallIntegerField(_("could be as low as"), null=True, blank=True)
    high = models.PositiveSmallIntegerField(_("could be as high as"), null=True, blank=True)
    unit = models.CharField(_("1,000 of what"), max_length=6, choices=Unit, default=Unit.PEOPLE)
    count_words = models.CharField(_("if there is no count per 1,000, say why here"), max_length=120, blank=True)
    how_bad = models.TextField(_("what it means"))
    what_we_do = models.TextField(_("what we do about it"), blank=True)
    sureness = models.CharField(_("how sure we are"), max_length=6, choices=Sureness, default=Sureness.UNSURE)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("source of the count"))
    part_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="parts", verbose_name=_("counted within")
    )
    is_pictured = models.BooleanField(_("draw 1,000 dots"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name, verbose_name_plural = _("risk"), _("risks")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "name"], name="procedures_risk_one_name"),
            models.CheckConstraint(
                condition=Q(per_1000__isnull=False, count_words="") | (Q(per_1000=None) & ~Q(count_words="")),
                name="procedures_risk_one_kind_of_count",
                violation_error_message=_("Enter a count per 1,000 or a reason why there is none, but not both."),
            ),
            models.CheckConstraint(
                # isnull=False throughout: in SQL a CHECK passes if a comparison involves NULL
                condition=Q(low=None, high=None)
                | Q(low__isnull=False, high__isnull=False, per_1000__isnull=False)
                & Q(low__lte=F("per_1000"), per_1000__lte=F("high"), high__lte=1000),
                name="procedures_risk_range_holds_the_count",
                violation_error_message=_("The count must be between the low and high values, and no more than 1,000."),
            ),
            models.CheckConstraint(condition=Q(per_1000=None) | Q(per_1000__lte=1000), name="procedures_risk_of_1000"),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        check_marks(self.how_bad, self.what_we_do)
        whole = self.part_of
        if whole and (whole == self or whole.unit != self.unit or (whole.per_1000 or 0) < (self.per_1000 or 0)):
            raise ValidationError(_("A part must use the same unit as its whole and can’t be larger."))
