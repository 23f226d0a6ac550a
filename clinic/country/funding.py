"""Who pays: the list of the country, or the practice's own.

A request holds a code. Words that the practice takes out of its list are kept, since requests have their codes.
"""

from collections.abc import Iterable

from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from clinic.country import COUNTRIES, country
from clinic.country.country import Words
from clinic.practice_info import practice_info

MOST, LONGEST, CODE = 20, 60, 12
Row = tuple[str, str, bool]  # code, words, whether it is asked


def asked() -> list[tuple[str, Words]]:
    """The choices of the public form."""
    own = [(code, words) for code, words, is_asked in practice_info().funding if is_asked]
    return own or [(each.code, each.label) for each in country().funding]


def known() -> list[tuple[str, Words]]:
    """The choices of the desk, which may correct an older request: also what is no longer asked."""
    given = dict(asked())
    return [*given.items(), *((code, words) for code, words, _is in practice_info().funding if code not in given)]


def asked_by_desk() -> list[tuple[str, Words]]:
    return [("", _("Not asked")), *known()]


def words_of(code: str) -> Words:
    everywhere = {each.code: each.label for here in COUNTRIES.values() for each in here.funding}
    return (everywhere | dict(known())).get(code, code)


def rows_of(lines: Iterable[str], before: Iterable[Row]) -> list[Row]:
    """The practice's own list. Words that are there already keep their code; the country's list is no own one."""
    wanted = list(dict.fromkeys(lines))
    ours = {str(each.label): each.code for each in country().funding}
    codes = ours | {words: code for code, words, _is_asked in before}
    if wanted in ([], list(ours)) and not before:
        return []
    rows = [(codes.get(words) or get_random_string(CODE), words, True) for words in wanted or ours]
    taken = {code for code, _words, _is_asked in rows}
    return rows + [(code, words, False) for code, words, _is_asked in before if code not in taken]
