"""The patients whom a search finds: those who match every part, else near matches.

The words may be read apart or together (“mc donald” is also McDonald). A reading with a part that begins no key at all
is left out at once, and the rarest part leads: the number of patients does not matter.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from django.db.models import BinaryField, DateField, Exists, OuterRef, Q, QuerySet

from booking.desk.patients import near_words
from booking.desk.patients.search import SearchTerms
from booking.models import AppointmentRequest, Patient, SearchKey, search_keys
from booking.models.bounded_count import CountOf
from clinic.compiled_query import CompiledQuery, Param
from clinic.country import country

MOST = 26  # patients: one more than a page shows
MOST_READINGS, MOST_NEAR = 3, 2
MOST_COMPARED = 20_000  # keys: a beginning that more have is common, and to count on takes longer than it saves
FEWEST_LEFT = 2  # words
ROWS = 3 * MOST  # a patient has up to three keys that begin alike: Müller, Mueller, Muller
AREA_AND_MORE, WHOLE_NUMBER = 6, 10
Parts = tuple[bytes, ...]


class Matches(NamedTuple):
    patients: list[int]
    are_near: bool = False  # nobody matches every part as typed


def matches(terms: SearchTerms) -> Matches:
    """The best first, at most one more than a page shows. A bounded number of queries."""
    if terms.reference and (patient := _of_reference(terms.reference)):
        return Matches([patient])
    number, readings = _number(terms), _parts(terms)
    counts = _counts({part for parts in readings for part in parts})
    if found := _first_way(readings, counts, terms) or begun(terms):
        return Matches(found)
    if not all(counts[part] for part in number):
        return Matches([])
    return Matches(_second_way(number, terms) or _third_way(number, counts, terms), are_near=True)


def helped(terms: SearchTerms) -> list[int]:
    """The patients whose helper matches every part, and who are born on the date, if there is one. Two queries; one if
    nobody is helped by anyone of that name.
    """
    marked = [tuple(search_keys.HELPER + part for part in parts) for parts in _parts(terms) if parts]
    return _first_way(marked, _counts({part for parts in marked for part in parts}), terms)


def _parts(terms: SearchTerms) -> list[Parts]:
    return [_number(terms) + tuple(map(search_keys.key, reading)) for reading in readings_of(terms.words)]


def _number(terms: SearchTerms) -> Parts:
    return (search_keys.phone_key(terms.digits),) if terms.digits else ()


def _of_reference(reference: str) -> int | None:
    return AppointmentRequest.objects.filter(reference=reference).values_list("patient", flat=True).first()


def readings_of(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The words one by one, all as one, and cut in two: (a, b, c), (abc), (a, bc), (ab, c)."""
    cuts = [tuple(filter(None, ("".join(words[:n]), "".join(words[n:])))) for n in range(len(words))]
    return list(dict.fromkeys([words, *cuts]))


def _first_way(readings: list[Parts], counts: dict[bytes, int], terms: SearchTerms) -> list[int]:
    possible = [parts for parts in readings if (parts or terms.dates) and all(counts[part] for part in parts)]
    found: dict[int, None] = {}
    for parts in possible[:MOST_READINGS]:
        found |= dict.fromkeys(_matching(sorted(parts, key=lambda part: (counts[part], -len(part))), terms))
    return list(found)[:MOST]


def _matching(parts: list[bytes], terms: SearchTerms) -> Iterable[int]:
    given = {f"date_{n}": day for n, day in enumerate(terms.dates)}
    for n, part in enumerate(parts):
        given |= {f"part_{n}": part, f"end_{n}": end(part)}
    return _people(len(parts), len(terms.dates))(**given)


def begun(terms: SearchTerms) -> list[int]:
    """Patients whose number, if of this country, starts with these digits: “718-555”. Used if no number ends so."""
    code = country().phones.code
    digits = terms.digits.removeprefix(code)
    if terms.dates or not AREA_AND_MORE <= len(digits) < WHOLE_NUMBER:
        return []
    rows = Patient.objects.filter(phone__gte=f"+{code}{digits}", phone__lt=f"+{code}{int(digits) + 1}")
    named = [Exists(_keys_in([(part, end(part))])) for part in map(search_keys.key, terms.words)]
    return list(rows.filter(*named).order_by("phone", "-pk").values_list("pk", flat=True)[:MOST])


# -- the second way: a word of the name contains the word typed, or is one letter off


def _second_way(number: Parts, terms: SearchTerms) -> list[int]:
    """Particles may be missing: whoever says “al Hassan” may be written Hassan."""
    tried = readings_of(terms.words)[:MOST_READINGS]
    without_particles = tuple(word for word in terms.words if word not in near_words.PARTICLES)
    readings = dict.fromkeys([without_particles, terms.words, ("".join(terms.words),)])
    like = near_words.near({word for words in readings for word in words})
    counts = _counts({search_keys.key(word) for words in like.values() for word in words} | set(number))
    there = {word: [part for part in map(search_keys.key, words) if counts[part]] for word, words in like.items()}
    new = [words for words in readings if any(words) and (words not in tried or any(len(like[w]) > 1 for w in words))]
    wanted = [[there[word] for word in words] + [[part] for part in number] for words in new]
    possible = [parts for parts in wanted if all(parts)]
    found = (
        _near(sorted(parts, key=lambda each: sum(map(counts.__getitem__, each))), terms)
        for parts in possible[:MOST_NEAR]
    )
    return next(filter(None, found), [])


def _near(wanted: list[list[bytes]], terms: SearchTerms) -> list[int]:
    """Patients who have a key that begins with one of each list. The first list has the fewest."""
    ranges = [[(part, end(part)) for part in parts] for parts in wanted]
    if terms.dates:
        rows = Patient.objects.filter(*map(_has_key("pk"), ranges), birth_date__in=terms.dates).order_by("-pk")
        return list(rows.values_list("pk", flat=True)[:MOST])
    first = SearchKey.objects.filter(_in(ranges[0])).filter(*map(_has_key("patient"), ranges[1:]))
    return list(dict.fromkeys(first.values_list("patient", flat=True)[:ROWS]))[:MOST]


def _has_key(patient: str) -> Callable[[list[tuple[bytes, bytes]]], Exists]:
    return lambda ranges: Exists(_keys_in(ranges, patient))


def _keys_in(ranges: list[tuple[bytes, bytes]], patient: str = "pk") -> QuerySet:
    return SearchKey.objects.filter(_in(ranges), patient=OuterRef(patient))


def _in(ranges: list[tuple[bytes, bytes]]) -> Q:
    found = Q()
    for first, last in ranges:
        found |= Q(key__gte=first, key__lt=last)
    return found


# -- the third way: one word is a stranger, and what is left is a whole number, a date of birth or two words


def _third_way(number: Parts, counts: dict[bytes, int], terms: SearchTerms) -> list[int]:
    is_sure = bool(terms.dates) or len(terms.digits) >= WHOLE_NUMBER
    possible = [words for words in _fewer(terms.words, counts) if is_sure or len(words) >= FEWEST_LEFT]
    found = (_first_way([number + tuple(map(search_keys.key, words))], counts, terms) for words in possible)
    return next(filter(None, found), [])


def _fewer(words: tuple[str, ...], counts: dict[bytes, int]) -> list[tuple[str, ...]]:
    """Without the words that begin no name; if all do, without one: the first, the last, the second."""
    known = tuple(word for word in words if counts[search_keys.key(word)])
    if known != words:
        return [known]
    return list(dict.fromkeys(words[:n] + words[n + 1 :] for n in (0, len(words) - 1, 1) if n < len(words)))


# -- the queries of the first way, by number of parts and of dates


def end(part: bytes) -> bytes:
    """The upper bound for all keys with this prefix: no letter is encoded with this byte."""
    return part + b"\xff"


def _counts(parts: set[bytes]) -> dict[bytes, int]:
    """How many keys begin with each part, up to the most compared. One query."""
    if not parts:
        return {}
    given = {f"part_{n}": part for n, part in enumerate(parts)} | {f"end_{n}": end(p) for n, p in enumerate(parts)}
    row = next(_count(len(parts))(**given), [0] * len(parts))
    return dict(zip(parts, row, strict=True))


@cache
def _count(parts: int) -> CompiledQuery:
    ranges = [SearchKey.objects.filter(_begins(n)).order_by("key") for n in range(parts)]
    any_row = SearchKey.objects.filter(pk__gte=0).order_by("pk")
    return CompiledQuery(lambda: any_row.values_list(*(CountOf(keys, MOST_COMPARED) for keys in ranges))[:1])


@cache
def _people(parts: int, dates: int) -> CompiledQuery:
    born = [Param(f"date_{n}", DateField()) for n in range(dates)]
    if born:
        rows = Patient.objects.filter(*_each(range(parts), "pk"), birth_date__in=born)
        return CompiledQuery(lambda: rows.order_by("-pk").values_list("pk", flat=True)[:MOST])
    keys = SearchKey.objects.filter(_begins(0)).filter(*_each(range(1, parts), "patient"))
    return CompiledQuery(lambda: keys.order_by("key", "-patient").values_list("patient", flat=True)[:ROWS])


def _each(parts: Iterable[int], patient: str) -> list[Exists]:
    """Conditions: the patient in the outer query has a key for each part."""
    return [Exists(SearchKey.objects.filter(_begins(n), patient=OuterRef(patient))) for n in parts]


def _begins(n: int) -> Q:
    return Q(key__gte=Param(f"part_{n}", BinaryField()), key__lt=Param(f"end_{n}", BinaryField()))
