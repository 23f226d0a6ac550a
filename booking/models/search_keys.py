"""The search keys of a patient: the words of the name, folded, and the phone number backwards, last digits first.

Whoever makes or corrects a patient calls `remember` or `remember_anew`; the desk's search reads the keys.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from booking.models import Patient, SearchKey

# What Unicode does not take apart into a letter and a mark.
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h"})
APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼ`´"))
GAPS = str.maketrans(dict.fromkeys(map(chr, APOSTROPHES), " "))
LONGEST_TOGETHER = 12


def words(text: str) -> list[str]:
    """“Íñigo D’Andre-Łoś” -> ["inigo", "dandre", "los"]: without case, accents and punctuation, in any script."""
    apart = unicodedata.normalize("NFKD", text.translate(APOSTROPHES)).casefold()
    plain = unicodedata.normalize("NFKD", apart).translate(LETTERS)
    return "".join(map(_kept, plain)).split()


def _kept(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Mn":  # an accent
        return ""
    return character if kind[0] in "LN" or kind == "Mc" else " "


def keys(name: str, phone: str) -> set[bytes]:
    """The search keys of a patient of this name and E.164 number. O’Brien is also “o brien”."""
    spelt = [*words(name), *words(name.translate(GAPS))]
    of_name = {block.encode() for word in spelt for block in _beginnings(word)}
    return of_name | ({phone_key(phone)} if digits(phone) else set())


def _beginnings(word: str) -> list[str]:
    """Family and given name are written together in Chinese, Japanese and Korean: each sign may begin one."""
    together = unicodedata.east_asian_width(word[0]) == "W"
    return [word[n:] for n in range(min(len(word), LONGEST_TOGETHER))] if together else [word]


def phone_key(number: str) -> bytes:
    return b"+" + digits(number)[::-1].encode()


def digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdigit())


def remember(patients: Iterable[Patient]) -> None:
    """Make new patients findable. One query."""
    SearchKey.objects.bulk_create(_keys_of(patients))


def remember_anew(patient: Patient) -> None:
    """After a name or a number was corrected. Two queries."""
    patient.search_keys.all().delete()
    remember([patient])


def _keys_of(patients: Iterable[Patient]) -> Iterator[SearchKey]:
    for patient in patients:
        for key in sorted(keys(patient.name, str(patient.phone))):
            yield SearchKey(patient=patient, key=key)
