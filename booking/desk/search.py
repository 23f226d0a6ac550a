"""Finding a patient by what a caller says: a name in any script, a phone number, a birth date, a reference."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from booking import search_keys
from booking.fields import BirthDateField
from booking.models import Appointment, AppointmentRequest, Patient, SearchKey
from booking.reference import parse_reference

MOST = 25  # patients, and requests, of one answer
MOST_WORDS, WEIGHED, ENOUGH = 6, 3, 500  # a name has so many words; so many are counted, and so far
LONGEST = 120
FEWEST_DIGITS, LAST_FOUR, AREA_AND_MORE, WHOLE_NUMBER = 3, 4, 6, 10
MONTH, DAY = r"[^\W\d]+", r"\d{1,2}(?:st|nd|rd|th)?"
DATE = re.compile(
    rf"\b\d{{1,4}}([/.-])\d{{1,2}}\1\d{{2,4}}\b|{MONTH} {DAY},? \d{{4}}\b|\b{DAY}(?: of)? {MONTH},? \d{{4}}\b",
    re.IGNORECASE,
)
PHONE = re.compile(r"[\d()+][\d\s()+./-]*")
LABELS = {"born", "birth", "birthday", "dob", "d.o.b", "tel", "phone", "cell", "mobile", "ext", "x"}  # beside an answer


@dataclass(frozen=True)
class Wanted:
    reference: str | None = None
    dates: tuple[date, ...] = ()
    digits: str = ""
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.reference or self.dates or self.digits or self.words)


def read(text: str) -> Wanted:
    """What a clerk means: a reference, or a birth date, a phone number and words of a name, in any order."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).strip()
    if reference := parse_reference(text):
        return Wanted(reference)
    dates, number, name = apart(text)
    names = search_keys.words(name)
    return Wanted(dates=dates, digits=_dialled(number), words=tuple(dict.fromkeys(names))[:MOST_WORDS])


def apart(text: str) -> tuple[tuple[date, ...], str, str]:
    """The birth date in a text, its phone number and its name, both as typed; without “dob” and “tel”."""
    dates, text = _dates_among(text.replace("(0)", " "))
    number = "".join(each for each in PHONE.findall(text) if len(search_keys.digits(each)) >= FEWEST_DIGITS).strip()
    words = [word for word in PHONE.sub(" ", text).split() if any(map(str.isalnum, word))]
    names = [word for word in words if word.casefold().strip(".:,") not in LABELS]
    return dates, number, " ".join(names if dates or number else names or words)


def _dates_among(text: str) -> tuple[tuple[date, ...], str]:
    """The birth date in a text, and the text without it."""
    for among in (text, *(found[0] for found in DATE.finditer(text))):
        if dates := birth_dates(among):
            return dates, text.replace(among, " ")
    return (), text


def _dialled(number: str) -> str:
    """The digits that we keep: without the 00 or 0 that is dialled before a number. The last four may begin with it."""
    digits = search_keys.digits(number)
    return digits.lstrip("0") if len(digits) > LAST_FOUR else digits


def birth_dates(text: str) -> tuple[date, ...]:
    """“3/9/1951”, “1951-03-09”, “March 9, 1951”, “03091951”; of “3/9/51” both that it may be; of no date, none."""
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


@dataclass(frozen=True)
class Found:
    requests: list[AppointmentRequest]
    more: bool = False


def find(wanted: Wanted) -> Found:
    """The requests of the patients who fit, newest first, each with its `visits`. At most seven queries, bounded."""
    if wanted.reference:
        return Found(list(_requests().filter(reference=wanted.reference)))
    keys = list(people(wanted)[: MOST + 1]) or list(begun(wanted)[: MOST + 1])
    if not keys:
        return Found([])
    found = list(_requests().filter(patient__in=keys[:MOST]).order_by("-submitted_at", "-pk")[: MOST + 1])
    return Found(found[:MOST], max(len(keys), len(found)) > MOST)


def _requests() -> QuerySet[AppointmentRequest]:
    given = Appointment.objects.exclude(status__in=[Appointment.Status.HELD, Appointment.Status.RELEASED])
    visits = Prefetch("appointments", given.select_related("location", "practitioner"), to_attr="visits")
    named = ["patient", "reason", "duplicate_of", "replaces__location", "replaces__practitioner"]
    return AppointmentRequest.objects.select_related(*named).prefetch_related(visits)


def people(wanted: Wanted) -> QuerySet:
    """The keys of the patients who fit, the best first; not yet bounded. Three queries at most, and its own."""
    phone = [search_keys.phone_key(wanted.digits)] if wanted.digits else []
    if wanted.dates:
        born = Patient.objects.filter(birth_date__in=wanted.dates).filter(*_each([*phone, *wanted.words], "pk"))
        return born.order_by("-pk").values_list("pk", flat=True)
    if not phone and not wanted.words:
        return SearchKey.objects.none().values_list("patient", flat=True)
    first, *rest = [*phone, *wanted.words] if phone else _rarest_first(wanted.words)
    keys = SearchKey.objects.filter(_begins(first)).filter(*_each(rest, "patient"))
    return keys.order_by("key", "-patient").values_list("patient", flat=True)


def begun(wanted: Wanted) -> QuerySet:
    """The keys of those whose US number begins so: “718-555”. For when nobody's number ends so."""
    digits = wanted.digits.removeprefix("1")
    if wanted.dates or not AREA_AND_MORE <= len(digits) < WHOLE_NUMBER:
        return Patient.objects.none().values_list("pk", flat=True)
    rows = Patient.objects.filter(phone__gte=f"+1{digits}", phone__lt=f"+1{int(digits) + 1}")
    return rows.filter(*_each(wanted.words, "pk")).order_by("phone", "-pk").values_list("pk", flat=True)


def _rarest_first(typed: Iterable[str]) -> list[str]:
    """The database begins with the first; of the longest few the rarest one, counted no further than it takes."""
    by_length = sorted(typed, key=len, reverse=True)
    if len(by_length) == 1:
        return by_length
    rarest = min(by_length[:WEIGHED], key=lambda word: SearchKey.objects.filter(_begins(word))[:ENOUGH].count())
    return [rarest, *(word for word in by_length if word != rarest)]


def _each(typed: Iterable[str | bytes], patient: str) -> list[Exists]:
    """Whether the patient in the outer query has a key for each of these."""
    return [Exists(SearchKey.objects.filter(_begins(word), patient=OuterRef(patient))) for word in typed]


def _begins(word: str | bytes) -> Q:
    key = word if isinstance(word, bytes) else word.encode()
    return Q(key__gte=key, key__lt=key + b"\xff")  # no letter is written with this byte
