"""A patient's search keys: the words of the name, each with the words that follow it; phone and chart number reversed.

“Ana Mc Donald” is kept as “anamcdonald”, “mcdonald” and “donald”: whoever types the beginning of a word finds it, with
or without the space. Code that creates or corrects a patient calls `remember` or `remember_anew`; the desk's search
reads the keys, and the words of all names for near matches. The patient's helpers have keys of their own.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from booking.models import Patient, SearchKey, SearchWord
from clinic.text import clean_text

# Letters that Unicode does not decompose into a base letter and an accent.
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h"})
APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼʻ`´′＇"))
GAPS = str.maketrans(dict.fromkeys(map(chr, APOSTROPHES), " "))
# Müller is also Mueller, and the other way round: one letter that may be written as two.
AS_TWO = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "ae", "Ö": "oe", "Ü": "ue", "Å": "aa", "Ø": "oe"}
)
TWO = re.compile("ae|oe|ue|aa")
HELPER = b"~"  # begins each key of a patient's helper; no letter and no number is encoded so
LONGEST_TOGETHER = 12
LONGEST_KEY = 40  # characters
LONGEST_WORD, SHORTEST_ENDING = 24, 2


def words(text: str) -> list[str]:
    """“Íñigo D’Andre-Łoś” -> ["inigo", "dandre", "los"]: without case, accents and punctuation, for any script."""
    apart = unicodedata.normalize("NFKD", clean_text(text).translate(APOSTROPHES)).casefold()
    plain = unicodedata.normalize("NFKD", apart).translate(LETTERS)
    return "".join(map(_kept, plain)).split()


@lru_cache(4096)  # a page of hostile text must not fill the memory
def _kept(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Mn", "Cf"):  # an accent, a joiner
        return ""
    return character if kind[0] in "LN" or kind == "Mc" else " "


def keys(name: str, phone: str, chart_number: str = "") -> set[bytes]:
    """The search keys for this name, E.164 number and chart number: “A-004417” is found by “A” and its last digits."""
    spelt = {beginning for each in spellings(name) for beginning in _beginnings(each)}
    spelt |= {TWO.sub(lambda found: found[0][0], beginning) for beginning in spelt}
    spelt |= set(words(re.sub(r"\d", " ", chart_number)))
    return {key(beginning) for beginning in spelt} | {phone_key(each) for each in (phone, chart_number) if digits(each)}


def key(text: str) -> bytes:
    return text[:LONGEST_KEY].encode()


def spellings(name: str) -> list[list[str]]:
    """O’Brien is also “o brien”, Müller is also “mueller”."""
    composed = unicodedata.normalize("NFC", name)
    return list(map(words, dict.fromkeys([composed, composed.translate(GAPS), composed.translate(AS_TWO)])))


def _beginnings(spelt: list[str]) -> Iterator[str]:
    """What a search may start with. Chinese, Japanese and Korean names have no spaces: any character may start one."""
    for n, word in enumerate(spelt):
        together = unicodedata.east_asian_width(word[0]) == "W"
        for start in range(min(len(word), LONGEST_TOGETHER) if together else 1):
            yield "".join(spelt[n:])[start:]


def spelled_words(name: str) -> set[str]:
    return {word[:LONGEST_WORD] for each in spellings(name) for word in each}


def endings(word: str) -> list[bytes]:
    """“jones” ends “smithjones”."""
    return [word[start:].encode() for start in range(max(1, len(word) - SHORTEST_ENDING + 1))]


def phone_key(number: str) -> bytes:
    return b"+" + digits(number)[::-1].encode()


def digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdigit())


def remember(patients: Iterable[Patient]) -> None:
    """Add the keys of new patients and the words of their names. Two queries."""
    patients = list(patients)
    SearchKey.objects.bulk_create(_keys_of(patients))
    remember_words({word for patient in patients for word in spelled_words(patient.name)})


def remember_helper(patient: Patient, name: str, phone: str) -> None:
    """Add the keys of somebody who calls for this patient. One query; none without a helper."""
    rows = [SearchKey(patient=patient, key=each) for each in sorted(helper_keys(name, phone))]
    SearchKey.objects.bulk_create(rows, ignore_conflicts=True)


def helper_keys(name: str, phone: str) -> set[bytes]:
    return {HELPER + each for each in keys(name, phone)}


def remember_words(words: Iterable[str]) -> None:
    rows = (SearchWord(ending=ending, word=word.encode()) for word in sorted(words) for ending in endings(word))
    SearchWord.objects.bulk_create(rows, ignore_conflicts=True)


def remember_anew(patient: Patient) -> None:
    """Replace the keys after a name or a number was corrected; those of helpers stay. Three queries."""
    patient.search_keys.exclude(key__gte=HELPER, key__lt=HELPER + b"\xff").delete()
    remember([patient])


def _keys_of(patients: Iterable[Patient]) -> Iterator[SearchKey]:
    for patient in patients:
        for each in sorted(keys(patient.name, str(patient.phone), patient.chart_number)):
            yield SearchKey(patient=patient, key=each)
