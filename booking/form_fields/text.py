"""Lines of text and names."""

import unicodedata

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import CleanText

REPLACED = "\ufffd"  # where the browser sent bytes that are not text


class Uncut(CleanText):
    """Mixin for fields without a maxlength attribute: browsers would cut long text silently; we report it instead."""

    default_error_messages = {"max_length": _("Use up to %(limit_value)d characters. You have %(show_value)d.")}

    def widget_attrs(self, widget):
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class TextField(Uncut, forms.CharField):
    """A line of free text, or several with `lines`."""

    def __init__(self, *, lines=1, **kwargs):
        self.lines = lines
        super().__init__(**({"widget": forms.Textarea(attrs={"rows": lines})} if lines > 1 else {}), **kwargs)

    def to_python(self, value):
        text = super().to_python(value)
        return text if self.lines > 1 else " ".join(text.split())


class NameField(Uncut, forms.CharField):
    """A name in any script, with at least one letter."""

    def __init__(self, *, max_length=120, **kwargs):
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs.update(spellcheck="false")

    def to_python(self, value):
        return " ".join(unicodedata.normalize("NFC", super().to_python(value)).split())

    def validate(self, value):
        super().validate(value)
        if value and not any(character.isalpha() for character in value):
            raise forms.ValidationError(_("Enter a name with letters."))
        if REPLACED in value:
            raise forms.ValidationError(_("Enter the name without special characters."))
