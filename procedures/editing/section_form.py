"""The form of a section, and that of a picture for it."""

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from clinic.forms import cleaning
from procedures.citations import drawing_line, split_drawing
from procedures.editing.forms import PartForm, field_of
from procedures.models import Picture, Section
from procedures.pictures import intake
from procedures.pictures.refusal import Refused

LONG = 16  # lines
PICTURE_FIELDS = {"picture": "name", "alt": "alt", "caption": "caption"}  # field -> part of a drawing


class SectionForm(PartForm):
    """A text or a figure has its picture in fields of its own; in the database it is a line of the text."""

    FOLDED = ("page", "kind", "is_folded", "anchor")
    PICTURE = tuple(PICTURE_FIELDS)
    PICTURED = (Section.Kind.TEXT, Section.Kind.FIGURE)

    picture = cleaning(forms.SlugField)(required=False)
    alt = cleaning(forms.CharField)(
        label=_("What the picture shows"), required=False, max_length=250,
        help_text=_("For people who cannot see it. Needed with every picture."),
    )  # fmt: skip
    caption = cleaning(forms.CharField)(label=_("Words below the picture"), required=False, max_length=200)

    class Meta:
        model = Section
        fields = ["heading", "body", "page", "kind", "is_folded", "anchor"]
        formfield_callback = field_of

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].widget.attrs["rows"] = LONG
        self.fields["body"].help_text = _(
            "Below you see how to write lists, headings and links, and how to cite a source."
        )
        self.fields["anchor"].required = False
        self.fields["anchor"].help_text = _("Left blank, it is made from the heading. A new one breaks old links.")
        if self.instance.kind in self.PICTURED:
            self._take_picture_out()
        else:
            for name in self.PICTURE:
                del self.fields[name]

    def clean(self):
        data = super().clean()
        if not data.get("anchor") and not self.errors:
            data["anchor"] = self._free_anchor(slugify(data["heading"])[:36] or "part", data["page"])
        if "picture" in self.fields:
            data["body"] = self._with_picture(data)
        return data

    def _take_picture_out(self) -> None:
        text, drawing = split_drawing(self.instance.body)
        self.fields["body"].required = False
        self.initial |= {"body": text.strip(), **{name: drawing[of] for name, of in PICTURE_FIELDS.items()}}
        self.body_before = self._joined(text, **{name: drawing[of] for name, of in PICTURE_FIELDS.items()})

    def _with_picture(self, data: dict) -> str:
        alt, name = data.get("alt") or "", data.get("picture") or ""
        if name and not alt:
            uploaded = Picture.objects.filter(name=name).values_list("description", flat=True).first()
            if not uploaded:
                self.add_error("alt", _("Say what the picture shows, for people who cannot see it."))
            alt = uploaded or "?"
        if not (data.get("body") or name):
            self.add_error("body", self.fields["body"].error_messages["required"])
        return self._joined(data.get("body") or "", name, alt, data.get("caption") or "")

    def _joined(self, text: str, picture: str, alt: str, caption: str) -> str:
        line = drawing_line(picture, alt, caption) if picture else ""
        return f"{line}\n\n{text.strip()}".strip()

    @property
    def changed_columns(self) -> list[str]:
        columns = [name for name in super().changed_columns if name != "body" or "picture" not in self.fields]
        if "picture" in self.fields and self.cleaned_data["body"] != self.body_before:
            columns.append("body")
        return columns

    def _free_anchor(self, wanted: str, page: str) -> str:
        others = self.instance.procedure.sections.filter(page=page).exclude(pk=self.instance.pk)
        taken = set(others.values_list("anchor", flat=True))
        names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)


class UploadForm(forms.Form):
    """A picture of the practice's own."""

    picture_file = forms.FileField(
        label=_("Picture file"), help_text=_("PNG or SVG, at most 200 kB. Show no patient, and no names.")
    )
    picture_words = cleaning(forms.CharField)(
        label=_("What it shows"), max_length=250, help_text=_("For people who cannot see it. Patients may hear it.")
    )

    def clean_picture_file(self):
        try:
            return intake.read(self.cleaned_data["picture_file"].read())
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from None
