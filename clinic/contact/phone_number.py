"""Reads a phone number as people write it: any format, with an extension and a remark beside it."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

from clinic.country import country
from clinic.country.country import Phones
from clinic.text import clean_text

MARK = r"(?:;?ext(?:ension|n)?|(?<![^\W\d_])x(?:tn)?|доб|anexo)[\s.:=]*|#\s*"
PAUSE = r";\s*|,{1,2}\s*|\*\s*"  # what a phone puts before the extension
DIGITS = r"[+(]*\d[\d\s()+./·_=|~‐-―-]*"
COUNTED = (
    r"\b(?:after|before|until|till|from|between|apt|apartment|unit|suite|room|floor)\b[\s.#]*"
    r"\d{1,4}(?::\d\d)?(?:\s*(?:to|and|-)\s*\d{1,2}(?::\d\d)?)?"
)
AFTER = rf"\D*|\s*\([^()]*[^\W\d_][^()]*\)|\D*?{COUNTED}\D*"  # “ mom”, “ (weekdays 5 to 7)”, “ after 5 pm”
WHOLE = re.compile(
    rf"(?P<before>[^\d+]*?)(?P<number>{DIGITS})(?:(?P<between>\D*?)(?:{MARK}|{PAUSE})(?P<extension>\d{{1,7}}))?"
    rf"(?P<after>{AFTER})",
    re.IGNORECASE,
)
EXTENSION = re.compile(rf"(?<=[\d)])\s*(?:{MARK})\d{{1,7}}\b", re.IGNORECASE)
GAP = re.compile(r"[^\d+(]+")
LOCAL, NATIONAL = 7, 10  # digits of a US number without and with the area code
MOST_OF_TWO = 40  # digits of two numbers with their prefixes


class UnreadablePhone(ValueError):
    """`code` is a key of the error messages of PhoneField."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Phone:
    """A number in E.164, its extension, the words beside it, and all of it as typed."""

    number: str = ""
    extension: str = ""
    remark: str = ""
    typed: str = ""

    def __bool__(self) -> bool:
        return bool(self.number)


def read_phone(text: str) -> Phone:
    """Raises UnreadablePhone. Without a country code it is a number of our own country."""
    typed = " ".join(clean_text(text).split())
    found = WHOLE.fullmatch(_plain(typed).removeprefix("tel:"))
    if found is None:
        raise UnreadablePhone(_why_not(typed))
    parts = {name: part or "" for name, part in found.groupdict().items()}
    remark = " ".join(part for name in ("before", "between", "after") if (part := parts[name].strip(" .,:;-–—()")))
    try:
        number = _e164(parts["number"])
    except UnreadablePhone as refused:
        if _is_two(parts["number"]):
            raise UnreadablePhone("two") from None
        digits = len(only_digits(parts["number"]))
        raise UnreadablePhone("letters") if remark and digits != LOCAL else refused from None
    return Phone(number, parts["extension"], remark, typed)


def beyond_number(typed: str) -> str:
    """What was typed, if it says more than the number and its extension; otherwise empty."""
    try:
        return typed if typed and read_phone(typed).remark else ""
    except UnreadablePhone:
        return typed


def is_unknown(number: str) -> bool:
    """Whether the library does not know such numbers. It may be older than the area code."""
    return not phonenumbers.is_valid_number(phonenumbers.parse(number))


def abroad(number: str) -> str:
    """The digits from the country code on, if the number begins with + or with what is dialed before the code of
    another country (00 or 011); otherwise an empty text.
    """
    digits = only_digits(number.replace("(0)", ""))
    if not number.lstrip("( ").startswith("+"):
        prefix = next(
            (each for each in country().phones.exits if digits.startswith(each) and len(digits) > NATIONAL), None
        )
        digits = digits[len(prefix) :] if prefix else ""
    return without_old_1(digits)


def without_old_1(digits: str) -> str:
    """Mexico dropped the 1 before mobile numbers in 2019."""
    return f"52{digits[3:]}" if digits.startswith("521") and len(digits) == 13 else digits


def without_extension(text: str) -> str:
    return EXTENSION.sub(" ", text)


def extension_in(text: str) -> str:
    """As typed: “ext 7”."""
    found = EXTENSION.search(text)
    return found[0].strip() if found else ""


def only_digits(text: str) -> str:
    """The digits of any script, as 0 to 9."""
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdigit())


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in plain)


def _why_not(text: str) -> str:
    if len([part for part in re.findall(DIGITS, text) if len(only_digits(part)) >= LOCAL]) > 1:
        return "two"
    return "letters" if only_digits(text) and any(map(str.isalpha, text)) else "nothing"


def _is_two(digits: str) -> bool:
    """Whether a gap divides the digits into two numbers."""
    return len(only_digits(digits)) <= MOST_OF_TWO and any(
        _is_one(digits[: gap.start()]) and _is_one(digits[gap.end() :]) for gap in GAP.finditer(digits.strip())
    )


def _is_one(number: str) -> bool:
    try:
        return bool(_e164(number))
    except UnreadablePhone as refused:
        return refused.code == "local"


def _e164(number: str) -> str:
    digits, phones = abroad(number), country().phones
    if phones.code == "1" and (not digits or digits.startswith("1")):
        return _american(digits or only_digits(number))
    return _foreign(digits) if digits else _national(only_digits(number), phones)


def _american(digits: str) -> str:
    """Area codes and the three digits after them never begin with 0 or 1."""
    national = digits[1:] if len(digits) == NATIONAL + 1 and digits.startswith("1") else digits
    if len(national) == LOCAL:
        raise UnreadablePhone("local")
    if len(national) != NATIONAL:
        raise UnreadablePhone("length")
    if national[0] in "01" or national[3] in "01":
        raise UnreadablePhone("area")
    return f"+1{national}"


def _foreign(digits: str) -> str:
    return _possible(f"+{digits}", None, "abroad")


def _national(digits: str, phones: Phones) -> str:
    """The 0 before the area code may be missing, and the code of the country may be there without a +."""
    if len(digits) <= LOCAL:
        raise UnreadablePhone("local" if len(digits) == LOCAL else "length")
    return _possible(digits, phones.region, "length")


def _possible(digits: str, region: str | None, otherwise: str) -> str:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        raise UnreadablePhone(otherwise) from None
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or not number.national_number:
        raise UnreadablePhone(otherwise)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
