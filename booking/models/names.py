"""Whether two names may be one person's, however they are written: in any order, with a title, apart or together."""

import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from booking.models.search_keys import spellings, words

TITLES = {
    "mr", "mrs", "ms", "miss", "mx", "mister", "madam", "sir", "dr", "doctor", "prof", "professor", "rev", "reverend",
    "herr", "frau", "mme", "mlle", "monsieur", "madame", "señor", "señora", "señorita", "senor", "senora", "senorita",
    "sra", "srta", "signor", "signora", "shri", "smt", "captain", "capt", "judge", "rabbi", "sgt", "lt", "col", "and",
}  # fmt: skip
SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th", "esq"}
DEGREES = {"md", "phd", "dds", "dpm", "dmd", "rn", "np"}
NO_NAMES = TITLES | SUFFIXES | DEGREES
ALIKE = 0.75  # difflib ratio: "Irina Demo" and "Iryna Demo" have 0.9


class Forms(NamedTuple):
    """All ways to write a name, and those without its initials."""

    whole: frozenset[str]
    short: frozenset[str]

    def fit(self, other: "Forms") -> bool:
        return not (self.whole.isdisjoint(other.whole | other.short) and other.whole.isdisjoint(self.short))


def forms(name: str) -> Forms:
    spelt = [_bare(each) for each in spellings(name)]
    short = [[word for word in each if not _is_initial(word)] or each for each in spelt]
    return Forms(frozenset(_orders(spelt)), frozenset(_orders(short)))


def are_the_same(one: str, other: str) -> bool:
    """“Demo, Mrs. June A.” and “June Demo”. Two initials that differ are two people."""
    return forms(one).fit(forms(other))


def are_alike(one: str, other: str) -> bool:
    pairs = zip(_written_and_sorted(one), _written_and_sorted(other), strict=True)
    return are_the_same(one, other) or any(SequenceMatcher(None, *pair).ratio() >= ALIKE for pair in pairs)


def suffixes(name: str) -> set[str]:
    """What tells a father from his son."""
    return SUFFIXES.intersection(words(name))


def _orders(spelt: list[list[str]]) -> Iterator[str]:
    """The words in one, for each way to spell them: in the order of the alphabet, and from each word on."""
    for each in spelt:
        yield "".join(sorted(each))
        yield from ("".join(each[n:] + each[:n]) for n in range(len(each)))


def _written_and_sorted(name: str) -> tuple[str, str]:
    bare = _bare(words(name))
    return "".join(bare), "".join(sorted(bare))


def _bare(spelt: list[str]) -> list[str]:
    """Without titles and suffixes, unless nothing would be left."""
    bare = [word for word in spelt if word not in NO_NAMES]
    return bare or spelt


def _is_initial(word: str) -> bool:
    """One letter, but not a Chinese or Korean surname."""
    return len(word) == 1 and unicodedata.east_asian_width(word) != "W"
