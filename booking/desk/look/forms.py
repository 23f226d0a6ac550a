"""How the site looks: the practice's color, mark and picture."""

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.form_fields import TextField
from clinic.brand import colors
from procedures.pictures import intake
from procedures.pictures.refusal import Refused


class ColorField(TextField):
    """“#0b5c5a”; the number sign may be missing."""

    def __init__(self, *, dark: bool, **kwargs):
        super().__init__(required=False, **kwargs)
        self.dark = dark
        self.widget.attrs |= {"class": "form-control", "size": 8, "autocomplete": "off", "spellcheck": "false"}

    def clean(self, value):
        typed = super().clean(value).lower().strip()
        color = f"#{typed.removeprefix('#')}" if typed else ""
        if not color:
            return ""
        if not colors.COLOR.fullmatch(color):
            raise forms.ValidationError(_("Enter the color as # and 6 digits or letters from A to F, such as #0b5c5a."))
        self._refuse_pale(color)
        return color

    def _refuse_pale(self, color):
        try:
            colors.check(color, dark=self.dark)
        except colors.Unreadable as refused:
            advice = _("Choose a lighter one.") if self.dark else _("Choose a darker one.")
            raise forms.ValidationError(
                _("This color is hard to read here: its contrast is %(ratio)s to 1, and it needs 4.5 to 1. %(advice)s"),
                params={"ratio": f"{refused.ratio:.1f}", "advice": advice},
            ) from None


class PictureFile(forms.FileField):
    """Cleaned to a picture that may be kept, or None."""

    def __init__(self, **kwargs):
        super().__init__(required=False, help_text=_("PNG or SVG, at most 200 kB."), **kwargs)
        self.widget.attrs["class"] = "form-control"

    def clean(self, data, initial=None):
        file = super().clean(data, initial)
        try:
            return intake.read(file.read()) if file else None
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from None


class LookForm(forms.Form):
    accent = ColorField(
        dark=False,
        label=_("Color of links and buttons"),
        help_text=_("Its code, as your designer has it, such as #0b5c5a. Leave blank for our green."),
    )
    accent_dark = ColorField(
        dark=True, label=_("The same on dark screens"),
        help_text=_("Leave blank for a lighter shade of your color."),
    )  # fmt: skip
    mark = PictureFile(label=_("Your logo"))
    no_mark = forms.BooleanField(label=_("Show no logo"), required=False)
    picture = PictureFile(label=_("Picture on the home page"))
    words = TextField(
        label=_("What the picture shows"), max_length=250, required=False,
        help_text=_("For people who cannot see it. Show no patient."),
    )  # fmt: skip
    no_picture = forms.BooleanField(label=_("Show no picture"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["words"].widget.attrs |= {"class": "form-control", "autocomplete": "off"}

    def clean(self):
        data = super().clean()
        if data.get("picture") and not data.get("words") and "words" not in self.errors:
            self.add_error("words", _("Say what the picture shows, for people who cannot see it."))
        if data.get("accent_dark") and not data.get("accent") and "accent" not in self.errors:
            self.add_error("accent", _("Enter the color for light screens, too."))
        return data
