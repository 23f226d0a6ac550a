"""The form of a section: its text, its picture, and its steps, days, questions or words one by one."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from clinic.forms import cleaning
from procedures.citations import DRAWINGS
from procedures.editing.forms import PartForm, field_of
from procedures.editing.picture_form import PictureFields
from procedures.editing.pieces import DRAWN_FIRST, DRAWN_IN_STEPS, Piece, put_together, take_apart
from procedures.models import Picture, Section

LONG, MIDDLE, SHORT = 16, 4, 3  # lines
MOST_STEPS = 100
HOW_TO = _("See below how to write lists, headings and links, and how to cite a source.")


class StepForm(PictureFields):
    """A step, a day, a question with its answer, or a word that is explained."""

    heading = cleaning(forms.CharField)(label=_("Heading"), max_length=120)
    text = cleaning(forms.CharField)(label=_("Text"), widget=forms.Textarea(attrs={"rows": MIDDLE}))

    field_order = ("heading", "text", *PictureFields.PICTURE)

    def __init__(self, *args, pictures=None, **kwargs):
        super().__init__(*args, **kwargs)
        if pictures is None:
            self.have_no_picture()
        else:
            self.fields["picture"].widget = forms.Select(choices=pictures)

    def clean(self):
        data = super().clean()
        pictured = self.picture_of(data) if "picture" in self.fields else {}
        return data | {"piece": Piece(data.get("heading", ""), data.get("text", ""), **pictured)}


class Steps(forms.BaseFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["ORDER"].label, form.fields["DELETE"].label = _("Position"), _("Remove this")

    def pieces(self) -> list[Piece]:
        return [form.cleaned_data["piece"] for form in self.ordered_forms]


StepFormSet = forms.formset_factory(
    StepForm, formset=Steps, extra=1, can_order=True, can_delete=True, max_num=MOST_STEPS, absolute_max=MOST_STEPS
)


class SectionForm(PictureFields, PartForm):
    """In the database, the text, its picture and its steps are one text. `steps` is None for other layouts."""

    FOLDED = ("page", "kind", "is_folded", "anchor")

    class Meta:
        model = Section
        fields = ["heading", "body", "page", "kind", "is_folded", "anchor"]
        formfield_callback = field_of

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.layout = self.initial.get("kind", self.instance.kind)
        first, *steps = self.pieces_before = take_apart(self.instance.body, self.layout)
        self.steps = self._steps(steps) if self.layout in Section.STEPPED else None
        self.initial |= {"body": first.text} | {name: getattr(first, name) for name in self.PICTURE}
        if self.layout not in DRAWN_FIRST:
            self.have_no_picture()
        self._set_up_fields(first)

    def clean(self):
        data = super().clean()
        if not data.get("anchor") and not self.errors:
            data["anchor"] = self._free_anchor(slugify(data["heading"])[:36] or "part", data["page"])
        if self.steps is not None and not self.steps.is_valid():
            raise ValidationError(_("Nothing was saved. Check what is marked in the steps."))
        data["body"] = put_together(self._pieces(data))
        return data

    @property
    def changed_columns(self) -> list[str]:
        columns = [name for name in super().changed_columns if name != "body"]
        is_same = self.cleaned_data["body"] == put_together(self.pieces_before)
        return columns if is_same else [*columns, "body"]

    def _set_up_fields(self, first: Piece) -> None:
        body, anchor = self.fields["body"], self.fields["anchor"]
        has_picture = self.data.get("picture") if self.is_bound else first.picture
        body.required = self.steps is None and not has_picture
        body.widget.attrs["rows"] = LONG if self.steps is None else SHORT
        body.label, body.help_text = _("Text") if self.steps is None else _("Text at the start"), HOW_TO
        anchor.required = False
        anchor.help_text = _("If blank, it is made from the heading. A new one breaks old links.")

    def _steps(self, pieces: list[Piece]) -> Steps:
        names = [*Picture.objects.values_list("name", flat=True), *sorted(DRAWINGS)]
        pictures = [("", _("No picture")), *((name, name) for name in names)]
        given = {"pictures": pictures if self.layout in DRAWN_IN_STEPS else None}
        initial = [piece._asdict() for piece in pieces]
        return StepFormSet(self.data if self.is_bound else None, prefix="steps", initial=initial, form_kwargs=given)

    def _pieces(self, data: dict) -> list[Piece]:
        pictured = self.picture_of(data) if "picture" in self.fields else {}
        return [Piece("", data.get("body") or "", **pictured), *(self.steps.pieces() if self.steps is not None else [])]

    def _free_anchor(self, wanted: str, page: str) -> str:
        others = self.instance.procedure.sections.filter(page=page).exclude(pk=self.instance.pk)
        taken = set(others.values_list("anchor", flat=True))
        names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)
