"""Words of names that are like a word typed: they contain it, or one letter is wrong, missing, too many or turned.

If one letter is wrong, the first half of the word is right, or the second is, or two letters around the middle are
turned. So every candidate is found by an index, and compared here.
"""

from os.path import commonprefix

from django.db.models import F, Q

from booking.models import SearchWord

SHORTEST_INSIDE, SHORTEST_SLIP = 3, 4  # letters
MOST_LIKE = 8  # words for each word typed
MOST_READ = 20_000
PARTICLES = {
    "al", "el", "abu", "bin", "bint", "ibn", "ben", "bar", "da", "das", "de", "del", "della", "den", "der", "di", "do",
    "dos", "du", "la", "las", "le", "los", "mac", "mc", "o", "st", "ten", "ter", "van", "von", "y", "zu",
}  # fmt: skip


def near(words: set[str]) -> dict[str, list[str]]:
    """The words like each of these, the likest first; a short word stays as it is. One query."""
    conditions = [condition for word in words for condition in _candidates(word)]
    wanted = Q()
    for condition in conditions:
        wanted |= condition
    rows = SearchWord.objects.filter(wanted).values_list("word", flat=True)[:MOST_READ] if conditions else []
    found = {bytes(row).decode() for row in rows}
    return {word: [word, *_likest(word, found - {word})] for word in words}


def _likest(typed: str, words: set[str]) -> list[str]:
    """A beginning is no near match: it is found by `typed` itself."""
    like = [word for word in words if not word.startswith(typed) and (is_slip(typed, word) or _is_inside(typed, word))]
    return sorted(like, key=lambda word: (not is_slip(typed, word), word[0] != typed[0], len(word), word))[:MOST_LIKE]


def _candidates(typed: str) -> list[Q]:
    if len(typed) < SHORTEST_INSIDE:
        return []
    inside = _beginning(typed)
    if len(typed) < SHORTEST_SLIP:
        return [inside]
    half = len(typed) // 2
    first, second = typed[:half], typed[half:]
    turned = first[:-1] + second[0] + first[-1] + second[1:]
    return [
        inside,
        _beginning(first) & Q(ending=F("word")),
        Q(ending=second.encode()),
        Q(ending=turned.encode()),
    ]


def _beginning(text: str) -> Q:
    return Q(ending__gte=text.encode(), ending__lt=text.encode() + b"\xff")


def _is_inside(typed: str, word: str) -> bool:
    return len(typed) >= SHORTEST_INSIDE and typed in word


def is_slip(typed: str, word: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbors are turned."""
    if len(typed) < SHORTEST_SLIP or abs(len(typed) - len(word)) > 1:
        return False
    same = len(commonprefix([typed, word]))
    rest, of_word = typed[same:], word[same:]
    turned = rest[1:2] + rest[:1] + rest[2:]
    return of_word in (rest[1:], turned) or rest == of_word[1:] or rest[1:] == of_word[1:]
