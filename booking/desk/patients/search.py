"""Finds patients by what a caller says: a name in any script, phone number, date of birth or confirmation number."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.core.exceptions import ValidationError
from django.db.models import BinaryField, DateField, Exists, OuterRef, Q, QuerySet

from booking.desk.patients.results import MOST
from booking.form_fields import BirthDateField
from booking.models import AppointmentRequest, Patient, SearchKey, search_keys
from booking.models.reference import parse_reference
from clinic.compiled_query import CompiledQuery, Param

MOST_WORDS = 6  # letters of a name
LONGEST = 120
FEWEST_DIGITS, LAST_FOUR, AREA_AND_MORE, WHOLE_NUMBER = 3, 4, 6, 10
MONTH, DAY = r"[^\W\d]+", r"\d{1,2}(?:st|nd|rd|th)?"
DATE = re.compile(
    rf"\b\d{{1,4}}([/.-])\d{{1,2}}\1\d{{2,4}}\b|{MONTH} {DAY},? \d{{4}}\b|\b{DAY}(?: of)? {MONTH},? \d{{4}}\b",
    re.IGNORECASE,
)
PHONE = re.compile(r"[\d()+][\d\s()+./-]*")
LIKE_DATE = re.compile(r"\d{1,2}([/.-])\d{1,2}\1(?:\d\d|\d{4})|\d{4}([/.-])\d{1,2}\2\d{1,2}")
ANSWER = "#"  # stands for a date or a number
LABELS = {  # labels next to an answer
    "born", "on", "b", "date", "of", "birth", "birthday", "dob", "d.o.b",
    "tel", "phone", "cell", "mobile", "number", "ext", "x",
}  # fmt: skip
TITLES = {"mr", "mrs", "ms"}


@dataclass(frozen=True)
class SearchTerms:
    reference: str | None = None
    dates: tuple[date, ...] = ()
    digits: str = ""
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.reference or self.dates or self.digits or self.words)


def read(text: str) -> SearchTerms:
    """What the text means: a confirmation number, or a date of birth, phone number and name parts in any order."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).strip()
    if reference := parse_reference(text):
        return SearchTerms(reference)
    dates, number, name = apart(text)
    names = search_keys.words(name)
    return SearchTerms(dates=dates, digits=_dialed(number), words=tuple(dict.fromkeys(names))[:MOST_WORDS])


def apart(text: str) -> tuple[tuple[date, ...], str, str]:
    """The date of birth, phone number and name in a text, the last two as typed, without “dob”, “tel” and “Mrs”."""
    dates, number, blocks = _blocks_of(text)
    return dates, number, " ".join(_names(blocks) or ([] if ANSWER in blocks else blocks))


def name_of(text: str) -> str:
    """The name in a text. In “Max Born 12/11/1940” the name is Born; in “June Demo born 3/9/1951” it is not."""
    _dates, _number, blocks = _blocks_of(text)
    names = _names(blocks)
    if len(names) == 1 and f"{names[0]} Born" in " ".join(blocks):
        names.append("Born")
    return " ".join(names)


def _blocks_of(text: str) -> tuple[tuple[date, ...], str, list[str]]:
    """The date of birth, the phone number, and the words in order, with a placeholder for each of the two."""
    dates, text = _dates_among(text.replace("(0)", " ").replace(ANSWER, " "))
    number = "".join(filter(_may_be_dialed, PHONE.findall(text))).strip()
    text = PHONE.sub(lambda found: f" {ANSWER} " if search_keys.digits(found[0]) else " ", text)
    return dates, number, [word for word in text.split() if word == ANSWER or any(map(str.isalnum, word))]


def _may_be_dialed(number: str) -> bool:
    """Whether it can be a phone number. Text that looks like a date cannot, even an impossible date."""
    return len(search_keys.digits(number)) >= FEWEST_DIGITS and not LIKE_DATE.fullmatch(number.strip())


def _names(blocks: list[str]) -> list[str]:
    """The words without titles, placeholders, and labels directly before or after a placeholder."""
    plain = [block.casefold().strip(".:,") for block in blocks]
    said = [word == ANSWER for word in plain]
    for around in (range(len(plain) - 2, -1, -1), range(1, len(plain))):
        for n in around:
            said[n] |= plain[n] in LABELS and said[n - around.step]
    return [block for n, block in enumerate(blocks) if not said[n] and plain[n] not in TITLES]


def _dates_among(text: str) -> tuple[tuple[date, ...], str]:
    """The date of birth in a text, and the text without it."""
    for among in (text, *(found[0] for found in DATE.finditer(text))):
        if dates := birth_dates(among):
            return dates, text.replace(among, f" {ANSWER} ")
    return (), text


def _dialed(number: str) -> str:
    """The digits to search for, without a leading 00 or 0 prefix. The last four digits may start with 0."""
    digits = search_keys.digits(number)
    return digits.lstrip("0") if len(digits) > LAST_FOUR else digits


def birth_dates(text: str) -> tuple[date, ...]:
    """“3/9/1951”, “1951-03-09”, “March 9, 1951”, “03091951”. “3/9/51” gives both possible years; other text none."""
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:2]}/{text[2:4]}/{text[4:]}"
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


# -- finding


def patients(terms: SearchTerms) -> list[int]:
    """Keys of the matching patients, best first, one more than are shown. At most two queries, bounded."""
    if terms.reference:
        return list(AppointmentRequest.objects.filter(reference=terms.reference).values_list("patient", flat=True))
    return list(people(terms)) or list(begun(terms)[: MOST + 1])


def people(terms: SearchTerms) -> Iterator[int]:
    """Patients who match every part. One query: the database starts with the first part."""
    parts = [search_keys.phone_key(terms.digits)] if terms.digits else []
    parts += sorted(
        (word.encode() for word in terms.words), key=len, reverse=True
    )  # the longest part matches the fewest
    if not parts and not terms.dates:
        return iter(())
    given = {f"date_{n}": day for n, day in enumerate(terms.dates)}
    for n, part in enumerate(parts):
        given |= {f"part_{n}": part, f"end_{n}": _end(part)}
    return _people(len(parts), len(terms.dates))(**given)


def _end(part: bytes) -> bytes:
    """The upper bound for all keys with this prefix: no letter is encoded with this byte."""
    return part + b"\xff"


def begun(terms: SearchTerms) -> QuerySet:
    """Keys of patients whose US number starts with these digits: “718-555”. Used if no number ends with them."""
    digits = terms.digits.removeprefix("1")
    if terms.dates or not AREA_AND_MORE <= len(digits) < WHOLE_NUMBER:
        return Patient.objects.none().values_list("pk", flat=True)
    rows = Patient.objects.filter(phone__gte=f"+1{digits}", phone__lt=f"+1{int(digits) + 1}")
    keys, words = SearchKey.objects.filter(patient=OuterRef("pk")), [word.encode() for word in terms.words]
    named = [Exists(keys.filter(key__gte=word, key__lt=_end(word))) for word in words]
    return rows.filter(*named).order_by("phone", "-pk").values_list("pk", flat=True)


# -- the queries, by number of parts and of dates


@cache
def _people(parts: int, dates: int) -> CompiledQuery:
    born = [Param(f"date_{n}", DateField()) for n in range(dates)]
    if born:
        rows = Patient.objects.filter(*_each(range(parts), "pk"), birth_date__in=born)
        return CompiledQuery(lambda: rows.order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
    keys = SearchKey.objects.filter(_begins(0)).filter(*_each(range(1, parts), "patient"))
    return CompiledQuery(lambda: keys.order_by("key", "-patient").values_list("patient", flat=True)[: MOST + 1])


def _each(parts: Iterable[int], patient: str) -> list[Exists]:
    """Conditions: the patient in the outer query has a key for each part."""
    return [Exists(SearchKey.objects.filter(_begins(n), patient=OuterRef(patient))) for n in parts]


def _begins(n: int) -> Q:
    return Q(key__gte=Param(f"part_{n}", BinaryField()), key__lt=Param(f"end_{n}", BinaryField()))
