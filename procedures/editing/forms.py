"""The forms of a treatment page: its facts, benefits and harms. section_form.py has those of its sections."""

from functools import partial

from django import forms
from django.db import models

from clinic.forms import cleaned
from procedures.models import Pair, Procedure, Risk, Source

SHORT = 3  # lines


def field_of(column: models.Field, **kwargs) -> forms.Field | None:
    """The field of a column, with its text cleaned, and a source chosen by what it is rather than by its key alone."""
    if column.related_model is Source:
        kwargs["form_class"] = SourceField
    return cleaned(partial(column.formfield), **kwargs)


class SourceField(forms.ModelChoiceField):
    def label_from_instance(self, source):
        return f"{source.key}: {source.citation[:90]}"


class PartForm(forms.ModelForm):
    """`version`: that of the words when the form was opened. The form does not say to which page its part belongs."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    FOLDED: tuple[str, ...] = ()  # fields that an editor seldom needs
    PICTURE: tuple[str, ...] = ()  # fields that stand together, with the pictures to choose from

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        for field in self.fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = SHORT

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"procedure"}  # else two parts could have one name

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in (*self.FOLDED, *self.PICTURE)]

    @property
    def folded_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in self.FOLDED]

    @property
    def is_unfolded(self) -> bool:
        """Whether something in the fold must be seen: an error, or the choices for a new part."""
        return self.instance.pk is None or any(field.errors for field in self.folded_fields)

    @property
    def changed_columns(self) -> list[str]:
        return [name for name in self.changed_data if name in self.Meta.fields and not self._is_as_before(name)]

    def _is_as_before(self, name: str) -> bool:
        """Line breaks at the end do not come back from a browser."""
        before = self.initial.get(name)
        return isinstance(before, str) and before.strip() == self.cleaned_data.get(name)


class FactsForm(PartForm):
    FOLDED = ("slug", "language", "kind", "order", "is_shown")

    class Meta:
        model = Procedure
        fields = [
            "name", "also_called", "summary", "risks_summary", "written_by", "paid_for_by", "slug", "language", "kind",
            "order", "is_shown",
        ]  # fmt: skip
        formfield_callback = field_of

    def __init__(self, *args, may_publish=False, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_publish:
            del self.fields["is_shown"]
        if self.instance.versions.exists():  # they are not part of a version, and a new address would break every link
            for name in ("slug", "language", "kind"):
                del self.fields[name]


class PairForm(PartForm):
    class Meta:
        model = Pair
        fields = [
            "name", "is_gain", "intro", "starts_at", "with_it", "without_it", "without_words", "unit", "meaning",
            "compared_with", "paid_by", "sureness", "source",
        ]  # fmt: skip
        formfield_callback = field_of


class RiskForm(PartForm):
    class Meta:
        model = Risk
        fields = [
            "name",
            "count_words",
            "per_1000",
            "low",
            "high",
            "unit",
            "how_bad",
            "what_we_do",
            "sureness",
            "source",
        ]
        formfield_callback = field_of
