"""The parts of a treatment page as its editors see them: sections, benefits and harms in pairs, other harms."""

from django.contrib import admin
from django.db import models

from procedures.models import Pair, Risk, Section

SHORT_TEXT = {models.TextField: {"widget": admin.widgets.AdminTextareaWidget(attrs={"rows": 3})}}


class SectionInline(admin.StackedInline):
    model = Section
    extra = 0
    fields = [("page", "kind", "order"), ("heading", "anchor", "is_folded"), "body"]


class PairInline(admin.StackedInline):
    model = Pair
    extra = 0
    formfield_overrides = SHORT_TEXT
    fields = [
        ("name", "is_gain", "order"), "intro", ("starts_at", "with_it", "without_it", "unit"), "without_words",
        "meaning", ("compared_with", "paid_by"), ("sureness", "source"),
    ]  # fmt: skip

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return _read_once(super().formfield_for_foreignkey(db_field, request, **kwargs))


class RiskInline(admin.StackedInline):
    model = Risk
    fk_name = "procedure"
    extra = 0
    formfield_overrides = SHORT_TEXT
    fields = [
        ("name", "order"), "count_words", ("per_1000", "low", "high", "unit"), "how_bad", "what_we_do",
        ("sureness", "source"),
    ]  # fmt: skip

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return _read_once(super().formfield_for_foreignkey(db_field, request, **kwargs))


def _read_once(field):
    """The choices of a field, read once per page and not once per row."""
    field.choices = list(field.choices)
    return field
