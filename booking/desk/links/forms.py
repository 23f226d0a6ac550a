"""Where links to the site stand, as the manager calls these places."""

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from booking.form_fields import TextField
from clinic.practice_info import LONGEST_CODE

MOST, LONGEST = 20, 40


class LinkNamesForm(forms.Form):
    names = TextField(
        label=_("Where your links are"), max_length=MOST * LONGEST, lines=4,
        help_text=_("One per line, such as Clinic website or Google. Requests say which link they came from."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["names"].widget.attrs["class"] = "form-control"

    def clean_names(self):
        names = [" ".join(line.split()) for line in self.cleaned_data["names"].splitlines() if line.strip()]
        codes = [slugify(name)[:LONGEST_CODE] for name in names]
        if not all(codes) or len(set(codes)) < len(codes):
            raise forms.ValidationError(_("Each line needs letters A to Z or digits, and no two may begin the same."))
        if len(names) > MOST or any(len(name) > LONGEST for name in names):
            raise forms.ValidationError(_("Up to 20 lines, each of up to 40 characters."))
        return names
