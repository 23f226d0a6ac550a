"""The confirmation number that a patient reads out on the phone: nine random symbols and a check symbol.

31 symbols, without I, L, O, 0 and 1. The symbols count as 0 to 30 and have the weights 11, 10 ... 2; the weighted sum
of a valid number is 0 modulo 31. Since 31 is prime and all weights differ and are not 0 modulo 31, one wrong symbol, or
any two swapped symbols, always change the sum (as in ISBN-10).
"""

import re
import secrets
import unicodedata
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 10
_WEIGHTS = range(11, 1, -1)
_LONGEST_INPUT = 100
_LONGEST_TEXT = 1000
_MINUS = "\N{MINUS SIGN}"
_SYMBOL = f"[{ALPHABET}{ALPHABET.lower()}]"
_BEGIN, _END = r"(?<![^\W_])", r"(?![^\W_])"  # no letter or digit is before it, none follows
_LABELED = rf"(?:{_BEGIN}|(?<=(?i:number)))"  # “Confirmation numberK7M-4QX-9PTR”, as a page is copied
_PHONE = r"\d{3}[._/]\d{3}[._/]\d{4}"
_FORMS = [
    re.compile(rf"{begin}(?=({ten}){_END})")
    for begin, ten in (
        (_LABELED, rf"{_SYMBOL}{{3}} {_SYMBOL}{{3}} {_SYMBOL}{{4}}"),
        (_LABELED, rf"(?!{_PHONE}){_SYMBOL}{{3}}[._/]{_SYMBOL}{{3}}[._/]{_SYMBOL}{{4}}"),
        (_LABELED, rf"{_SYMBOL}{{10}}"),
        (_BEGIN, rf"(?:{_SYMBOL} *){{9}}{_SYMBOL}"),
    )
]


def new_reference(choice: Callable[[str], str] = secrets.choice) -> str:
    """Ten symbols without dashes. `choice` picks one symbol from the alphabet it is given."""
    random = "".join(choice(ALPHABET) for _ in range(_LENGTH - 1))
    return random + check_symbol(random)


def check_symbol(nine: str) -> str:
    """The check symbol for nine symbols. ValueError unless they are nine symbols of the alphabet."""
    if len(nine) != _LENGTH - 1 or not set(nine) <= set(ALPHABET):
        raise ValueError("a check symbol is for nine symbols of the alphabet")
    return next(symbol for symbol in ALPHABET if _sum(nine + symbol) == 0)


def parse_reference(text: str) -> str | None:
    """The ten symbols that a person meant, without dashes, or None if they are not a valid number.

    Accepts any case, spaces, dashes and invisible characters, and full-width letters and digits. None for other
    symbols, another length, a wrong check symbol, or more than 100 characters. Never raises.
    """
    if not text or len(text) > _LONGEST_INPUT:
        return None
    plain = unicodedata.normalize("NFKC", text)
    symbols = "".join(c for c in plain if not _separates(c)).upper()
    valid = len(symbols) == _LENGTH and set(symbols) <= set(ALPHABET) and _sum(symbols) == 0
    return symbols if valid else None


def find_reference(text: str) -> str | None:
    """The confirmation number inside a text, as people paste it: “Your confirmation number: K7M-4QX-9PTR.”

    The printed form comes first: ten letters of ordinary words may happen to be a valid number.
    """
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT])
    spaced = "".join(" " if _separates(c) else c for c in plain if unicodedata.category(c) != "Cf")
    tens = (re.sub(r"[._/]", "", match[1]) for form in _FORMS for match in form.finditer(spaced))
    found = map(parse_reference, tens)
    return next(filter(None, found), None)


def print_reference(reference: str) -> str:
    """The number as it is displayed, in groups of 3, 3 and 4: K7M-4QX-9PTR."""
    return f"{reference[:3]}-{reference[3:6]}-{reference[6:]}"


def _separates(character: str) -> bool:
    """Spaces, dashes (Pd, and the minus sign) and invisible characters (Cf: soft hyphen, zero width)."""
    dash = character == _MINUS or unicodedata.category(character) in ("Pd", "Cf")
    return dash or character.isspace()


def _sum(symbols: str) -> int:
    values = (ALPHABET.index(symbol) for symbol in symbols)
    return sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True)) % 31
