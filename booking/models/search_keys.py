"""A patient's search keys: the normalized words of the name, and the phone number reversed.

Code that creates or corrects a patient calls `remember` or `remember_anew`; the desk's search reads the keys.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from booking.models import Patient, SearchKey

# Letters that Unicode does not decompose into a base letter and an accent.
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h"})
APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼ`´"))
GAPS = str.maketrans(dict.fromkeys(map(chr, APOSTROPHES), " "))
LONGEST_TOGETHER = 12


def words(text: str) -> list[str]:
    """“Íñigo D’Andre-Łoś” -> ["inigo", "dandre", "los"]: without case, accents and punctuation, for any script."""
    apart = unicodedata.normalize("NFKD", text.translate(APOSTROPHES)).casefold()
    plain = unicodedata.normalize("NFKD", apart).translate(LETTERS)
    return "".join(map(_kept, plain)).split()


def _kept(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Mn":  # an accent
        return ""
    return character if kind[0] in "LN" or kind == "Mc" else " "


def keys(name: str, phone: str) -> set[bytes]:
    """The search keys for this name and E.164 number. O’Brien is also “o brien”."""
    spelt = [*words(name), *words(name.translate(GAPS))]
    of_name = {block.encode() for word in spelt for block in _beginnings(word)}
    return of_name | ({phone_key(phone)} if digits(phone) else set())


def _beginnings(word: str) -> list[str]:
    """What a search may start with. Chinese, Japanese and Korean names have no spaces: any character may start one."""
    together = unicodedata.east_asian_width(word[0]) == "W"
    return [word[n:] for n in range(min(len(word), LONGEST_TOGETHER))] if together else [word]


def phone_key(number: str) -> bytes:
    return b"+" + digits(number)[::-1].encode()


def digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdigit())


def remember(patients: Iterable[Patient]) -> None:
    """Add the keys of new patients. One query."""
    SearchKey.objects.bulk_create(_keys_of(patients))


def remember_anew(patient: Patient) -> None:
    """Replace the keys after a name or number was corrected. Two queries."""
    patient.search_keys.all().delete()
    remember([patient])


def _keys_of(patients: Iterable[Patient]) -> Iterator[SearchKey]:
    for patient in patients:
        for key in sorted(keys(patient.name, str(patient.phone))):
            yield SearchKey(patient=patient, key=key)
