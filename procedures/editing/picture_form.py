"""The fields of a picture beside a text, and the form that uploads one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import cleaning
from procedures.models import Picture
from procedures.pictures import intake
from procedures.pictures.refusal import Refused


class PictureFields(forms.Form):
    """Mixed into a form whose text may have a picture."""

    picture = cleaning(forms.SlugField)(label=_("Picture"), required=False)
    alt = cleaning(forms.CharField)(
        label=_("What the picture shows"), required=False, max_length=250,
        help_text=_("For people who cannot see it. Needed with every picture."),
    )  # fmt: skip
    caption = cleaning(forms.CharField)(label=_("Words below the picture"), required=False, max_length=200)

    PICTURE = ("picture", "alt", "caption")

    def have_no_picture(self) -> None:
        for name in self.PICTURE:
            del self.fields[name]

    def picture_of(self, data: dict) -> dict[str, str]:
        """The fields of a piece about its picture. An uploaded picture brings its own description."""
        found = {name: data.get(name) or "" for name in self.PICTURE}
        if found["picture"] and not found["alt"]:
            found["alt"] = (
                Picture.objects.filter(name=found["picture"]).values_list("description", flat=True).first() or ""
            )
        if found["picture"] and not found["alt"]:
            self.add_error("alt", _("Say what the picture shows, for people who cannot see it."))
        return found


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
