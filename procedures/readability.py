"""How hard a text is to read, from its plain blocks. Pure functions. A warning, not a verdict.

Dictionary-based tools need the network or crash on the word kyphoplasty; counting vowel groups needs neither. Grades
are US school grades.

Flesch-Kincaid: Kincaid and others 1975. SMOG: McLaughlin 1969; made for 30 sentences, so the figure for a short section
is rough.
"""

import re
from collections.abc import Iterable
from math import sqrt

SENTENCE_END = re.compile(r"(?<!\bDr)(?<!\bvs)[.!?:](?:\s|$)")
WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’-][^\W_]+)*|\d[\d,.]*")
SILENT_END = re.compile(r"(?:[^laeiouy]es|(?<![td])ed|[^laeiouy]e)$")
MANY = 3  # syllables: SMOG counts words with this many or more
NONE: frozenset[str] = frozenset()


def words(text: str) -> list[str]:
    """Words and numbers, in order; a hyphenated word counts as one."""
    return WORD.findall(text)


def sentences(blocks: Iterable[str]) -> list[str]:
    """The sentences of some blocks. A block ends a sentence even without a period, so that headings stay apart."""
    parts = [part.strip() for block in blocks for part in SENTENCE_END.split(block)]
    return [part for part in parts if words(part)]


def syllables(word: str) -> int:
    """Vowel groups of an English word, without a silent ending; at least 1, also for a number."""
    spoken = SILENT_END.sub("", word.lower()) or word.lower()
    return max(1, len(re.findall(r"[aeiouy]{1,2}", spoken)))


def flesch_kincaid(blocks: Iterable[str], once: frozenset[str] = NONE) -> float:
    """The Flesch-Kincaid grade. ValueError for blocks without a word."""
    said, spoken = _counted(blocks, once)
    return 0.39 * len(spoken) / len(said) + 11.8 * sum(spoken) / len(spoken) - 15.59


def smog(blocks: Iterable[str], once: frozenset[str] = NONE) -> float:
    """The SMOG grade. ValueError for blocks without a word."""
    said, spoken = _counted(blocks, once)
    return 1.043 * sqrt(sum(heard >= MANY for heard in spoken) * 30 / len(said)) + 3.1291


def _counted(blocks: Iterable[str], once: frozenset[str]) -> tuple[list[str], list[int]]:
    """(the sentences, the syllables of each word). A word of `once` is hard the first time only: then it is known."""
    said, known, heard = sentences(blocks), set(), []
    if not said:
        raise ValueError("a text without a word")
    for word in (word.lower() for sentence in said for word in words(sentence)):
        heard.append(1 if word in known else syllables(word))
        known |= {word} & once
    return said, heard
