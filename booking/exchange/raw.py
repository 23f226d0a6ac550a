"""A row of an old calendar as its file has it, before it is known whom and what it means."""

import codecs
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _


class Unreadable(Exception):
    """The file cannot be read at all. The sentence says why; it quotes nothing of the file."""

    def __init__(self, sentence: str) -> None:
        super().__init__("Unreadable")
        self.sentence = sentence


@dataclass(frozen=True)
class Raw:
    """Texts as they stand. `starts_at` and `ends_at` without a zone are in the office's. `uid`: what the old calendar
    calls it; without one the contents name it.
    """

    row: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    uid: str = ""
    provider: str = ""
    office: str = ""
    appointment_type: str = ""
    reason: str = ""
    name: str = ""
    birth_date: str = ""
    phone: str = ""
    email: str = ""
    chart_number: str = ""
    problem: str = ""  # why it cannot be read, or why it is left out
    is_free: bool = False  # left out, since it takes no time: canceled, or marked as free


def text_of(content: bytes) -> str:
    """In UTF-8, as Excel writes “Unicode text”, or as an older Windows does. Unreadable: it is no text."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise Unreadable(_("This isn’t a text file. Save it as CSV (UTF-8) and try again."))
    return text
