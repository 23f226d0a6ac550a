"""Email addresses."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.text import clean_text

IN_BRACKETS = re.compile(r"[^<>]*<([^<>]*@[^<>]*)>\W*")
AROUND = " \t\n<>()[]\"'“”‘’.,;:!?"
LABEL = re.compile(r"(?:my )?e-?mail(?: address)?(?: is\b|:|=)", re.IGNORECASE)
REMARK = re.compile(r"(?<=\S)\s*\([^()@]*\)[.,;:!?]*$")  # “june@example.org (work)”
IDEOGRAPHIC_STOP = "\u3002"
LONGEST, LONGEST_BEFORE = 254, 64  # characters of an address, and of its part before the @
MAILTO = re.compile(r"mailto:([^?]*).*", re.IGNORECASE)
TWO = re.compile(r"@\S*[\s,;/|&].*@")
ODD_BEFORE, ODD_AFTER = re.compile(r"[^A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]"), re.compile(r"[^\w.-]|_")


class EmailField(forms.EmailField):
    """An email address as people paste it. What it cannot mend it names."""

    default_error_messages = {
        "invalid": _("Check the email address. It should look like june@example.org."),
        "two": _("Enter one email address."),
        "at": _("Enter a full email address, with the @, such as june@example.org."),
        "ats": _("The email address has more than one @. Keep one."),
        "before": _("Add the part of the email address before the @, such as june@example.org."),
        "after": _("Add the part of the email address after the @, such as june@example.org."),
        "host": _("Add the part of the email address between the @ and the dot, such as june@example.org."),
        "ending": _("The email address ends too soon. Add the part after the dot, such as .com or .org."),
        "spaces": _("Take the spaces out of the email address."),
        "dots": _("The email address has two dots in a row. Keep one."),
        "long": _("Check the email address. The part before the @ can have up to 64 characters."),
        "dot": _("Take out the dot before the @ in the email address."),
        "character": _("We cannot send to an email address with “%(character)s” in it. Check it."),
    }

    def to_python(self, value):
        return mended(value) if value else ""

    def run_validators(self, value):
        if value and (fault := _fault(value)):
            raise ValidationError(self.error_messages[fault], code=fault, params={"character": _odd(value)})
        super().run_validators(value)


def mended(text: str) -> str:
    """“June Demo <mailto:june@example,org>.” -> “june@example.org”."""
    text = unicodedata.normalize("NFKC", clean_text(text)).replace(IDEOGRAPHIC_STOP, ".").strip()
    text = REMARK.sub("", text.removeprefix(found[0]) if (found := LABEL.match(text)) else text)
    if found := IN_BRACKETS.fullmatch(text):
        text = found[1]
    text = MAILTO.sub(r"\1", text.strip(AROUND)).strip(AROUND)
    return text.replace(",", ".") if text.count("@") == 1 else text


def _fault(text: str) -> str:
    """The code of what is wrong with the address; an empty text if it is nothing that we can name."""
    if text.count("@") != 1:
        return ("two" if TWO.search(text) else "ats") if "@" in text else "at"
    if re.search(r"\s", text):
        return "spaces"
    before, _at, after = text.partition("@")
    faults = {
        "before": not before, "after": not after, "dots": ".." in text, "dot": before.endswith("."),
        "host": after.startswith("."), "long": len(before) > LONGEST_BEFORE and len(text) <= LONGEST,
        "character": bool(_odd(text)), "ending": len(after.rpartition(".")[2]) < 2,
    }  # fmt: skip
    return next((code for code, is_so in faults.items() if is_so), "" if "." in after else "ending")


def _odd(text: str) -> str:
    """The first character that an address cannot have."""
    before, _at, after = text.partition("@")
    found = ODD_BEFORE.search(before) or ODD_AFTER.search(after)
    return found[0] if found else ""
