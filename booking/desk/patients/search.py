"""Reads what a caller says: a name in any script, phone number, date of birth or confirmation number."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import dropwhile

from django.core.exceptions import ValidationError

from booking.form_fields import BirthDateField
from booking.models import search_keys
from booking.models.names import DEGREES, SUFFIXES, TITLES
from booking.models.reference import find_reference
from clinic.contact import abroad, without_extension, without_old_1
from clinic.text import clean_text

MOST_WORDS = 6  # letters of a name
LONGEST = 120
FEWEST_DIGITS, LAST_FOUR = 3, 4
MONTH, DAY = r"[^\W\d]+", r"\d{1,2}(?:st|nd|rd|th)?"
DATE = re.compile(
    rf"\b\d{{1,4}}([/.-])\d{{1,2}}\1\d{{2,4}}\b|{MONTH} {DAY},? \d{{4}}\b|\b{DAY}(?: of)? {MONTH},? \d{{4}}\b",
    re.IGNORECASE,
)
PHONE = re.compile(r"(?!\d(?:nd|rd|th)\b)[\d()+][\d\s()+./-]*", re.IGNORECASE)
REMARK = re.compile(  # beside a number: “(daughter)”, “home”, “after 5 pm”
    r"(?<=\d)\s*(?:\([^()]*[^\W\d_][^()]*\)|\b(?:home|work|office|cell|mobile|mom|mother|dad|father|daughter|wife|husband"
    r"|aide|neighbor|(?:after|before) \d{1,2} ?[ap]\.?m)\b\.?)",
    re.IGNORECASE,
)
LIKE_DATE = re.compile(r"\d{1,2}([/.-])\d{1,2}\1(?:\d\d|\d{4})|\d{4}([/.-])\d{1,2}\2\d{1,2}")
ANSWER = "#"  # stands for a date or a number
LABELS = {  # labels next to an answer
    "born", "on", "b", "date", "of", "birth", "birthday", "dob", "d.o.b",
    "tel", "phone", "cell", "mobile", "number", "ext", "x",
}  # fmt: skip


@dataclass(frozen=True)
class SearchTerms:
    reference: str | None = None
    dates: tuple[date, ...] = ()
    digits: str = ""
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kinds)

    @property
    def kinds(self) -> list[str]:
        """What the text consists of, without a word of it: for the access log."""
        given = {"number": self.reference, "birth_date": self.dates, "phone": self.digits, "name": self.words}
        return [kind for kind, said in given.items() if said]


def read(text: str) -> SearchTerms:
    """What the text means: a confirmation number, or a date of birth, phone number and name parts in any order."""
    reference = find_reference(text)
    if reference and not reference.isalpha():
        return SearchTerms(reference)
    dates, number, name = apart(unicodedata.normalize("NFKC", text[:LONGEST]).strip())
    words = tuple(dict.fromkeys(search_keys.words(_without_suffixes(name))))[:MOST_WORDS]
    return SearchTerms(reference, dates, _dialed(number), words)  # ten letters may be a name as well


def _without_suffixes(name: str) -> str:
    return " ".join(word for word in name.split() if _plain(word).replace(".", "") not in SUFFIXES | DEGREES) or name


def apart(text: str) -> tuple[tuple[date, ...], str, str]:
    """The date of birth, phone number and name in a text, the last two as typed, without “dob”, “tel” and “Mrs”."""
    dates, number, blocks = _blocks_of(text)
    names = [name for name in _names(blocks) if _plain(name) not in TITLES]
    return dates, number, " ".join(names or ([] if ANSWER in blocks else blocks))


def name_of(text: str) -> str:
    """Without titles before it. In “Max Born 12/11/1940” the name is Born; in “June Demo born 3/9/1951” it is not."""
    _dates, _number, blocks = _blocks_of(text)
    names = _names(blocks)
    if len(names) == 1 and f"{names[0]} Born" in " ".join(blocks):
        names.append("Born")
    without = list(dropwhile(lambda name: _plain(name) in TITLES, names))
    return " ".join(without if len(without) > 1 else names)


def remark_in(text: str) -> str:
    """As typed beside a number: “(daughter)”."""
    found = REMARK.search(without_extension(text))
    return found[0].strip() if found else ""


def _blocks_of(text: str) -> tuple[tuple[date, ...], str, list[str]]:
    """The date of birth, the phone number, and the words in order, with a placeholder for each of the two."""
    text = REMARK.sub(" ", without_extension(clean_text(text).replace("(0)", " ")))
    dates, text = _dates_among(text.replace(ANSWER, " "))
    number = "".join(filter(_may_be_dialed, PHONE.findall(text))).strip().rstrip(" (+./-")
    text = PHONE.sub(lambda found: f" {ANSWER} " if search_keys.digits(found[0]) else " ", text)
    return dates, number, [word for word in text.split() if word == ANSWER or any(map(str.isalnum, word))]


def _may_be_dialed(number: str) -> bool:
    """Whether it can be a phone number. Text that looks like a date cannot, even an impossible date."""
    return len(search_keys.digits(number)) >= FEWEST_DIGITS and not LIKE_DATE.fullmatch(number.strip())


def _names(blocks: list[str]) -> list[str]:
    """The words without placeholders, and labels directly before or after a placeholder."""
    plain = [_plain(block) for block in blocks]
    said = [word == ANSWER for word in plain]
    for around in (range(len(plain) - 2, -1, -1), range(1, len(plain))):
        for n in around:
            said[n] |= plain[n] in LABELS and said[n - around.step]
    return [block for n, block in enumerate(blocks) if not said[n]]


def _plain(word: str) -> str:
    return word.casefold().strip(".:,;()")


def _dates_among(text: str) -> tuple[tuple[date, ...], str]:
    """The date of birth in a text, and the text without it."""
    for among in (text, *(found[0] for found in DATE.finditer(text))):
        if dates := birth_dates(among):
            return dates, text.replace(among, f" {ANSWER} ")
    return (), text


def _dialed(number: str) -> str:
    """The digits to search for, without a leading 011, 00 or 0 prefix. The last four digits may start with 0."""
    digits = abroad(number) or without_old_1(search_keys.digits(number))
    return digits.lstrip("0") if len(digits) > LAST_FOUR else digits


def birth_dates(text: str) -> tuple[date, ...]:
    """“3/9/1951”, “1951-03-09”, “March 9, 1951”, “03091951”. “3/9/51” gives both possible years; other text none."""
    if found := _date(text):
        return (found,)
    short = re.fullmatch(r"(.+[/.\-\s,])(\d\d)", text)
    typed = [f"{short[1]}{century}{short[2]}" for century in (19, 20)] if short else []
    return tuple(found for each in typed if (found := _date(each)))


def _date(text: str) -> date | None:
    try:
        return BirthDateField().to_python([text])
    except ValidationError:
        return None
