"""Formats days, times and phone numbers for people."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

import phonenumbers
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.country import country
from clinic.country.country import HARD_SPACE
from clinic.models.practice import Weekday

AMERICAN = re.compile(r"\+1[0-9]{10}")


def clock(minutes: int) -> str:
    """540 -> “9:00 am”, or “09:00”."""
    return country().clock(minutes)


def days_in_words(days: Iterable[int]) -> str:
    """[0, 1, 2, 3, 4, 6] -> “Monday to Friday, Sunday”; [0, 3] -> “Monday, Thursday”."""
    words: list[str] = []
    for _offset, pairs in groupby(enumerate(sorted(set(days))), lambda pair: pair[1] - pair[0]):
        run = [str(Weekday(day).label) for _place, day in pairs]
        words += run if len(run) < 3 else [_("%(first)s to %(last)s") % {"first": run[0], "last": run[-1]}]
    return ", ".join(words)


def display_phone(e164: str, extension: str = "") -> str:
    """“+17185550142” -> “(718) 555-0142”, “(718) 555-0142 ext. 7”. Text that is not a number is returned unchanged.

    A number of another country begins with + and its code.
    """
    number = _display(e164)
    return f"{number}{HARD_SPACE}{_('ext.')}{HARD_SPACE}{extension}" if extension else number


def phone_url(e164: str, extension: str = "") -> str:
    """For links: “tel:+17185550142;ext=7”."""
    return f"tel:{e164};ext={extension}" if extension else f"tel:{e164}"


def phone_link(e164: str, extension: str = "") -> SafeString:
    """The number inside a sentence, to tap. Not for an error of a form: the summary of errors makes links of those."""
    tag = '<a class="num nowrap" href="{}">{}</a>'
    return format_html(tag, phone_url(e164, extension), display_phone(e164, extension))


def _display(e164: str) -> str:
    phones = country().phones
    if phones.code == "1" and AMERICAN.fullmatch(e164):  # without the library, which takes longer than a row of a list
        return f"({e164[2:5]}){HARD_SPACE}{e164[5:8]}-{e164[8:]}"
    return _by_library(e164, phones.region, int(phones.code))


@lru_cache(maxsize=4096)
def _by_library(e164: str, region: str, code: int) -> str:
    try:
        number = phonenumbers.parse(e164, region)
    except phonenumbers.NumberParseException:
        return e164
    styles = phonenumbers.PhoneNumberFormat
    style = styles.NATIONAL if number.country_code == code else styles.INTERNATIONAL
    return phonenumbers.format_number(number, style).replace(" ", HARD_SPACE)
