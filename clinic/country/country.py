"""What a country is to us: data, and nothing that asks which country it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.dateformat import format as date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

Words = str | Promise
HARD_SPACE = "\u00a0"  # dates and times must not break across lines
EXAMPLE = date(1951, 3, 9)
MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y")
DAY_FIRST = ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y")
IN_WORDS = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y")


@dataclass(frozen=True)
class Advice:
    """A number for what is urgent and no emergency."""

    name: Words
    number: str
    says: Words


@dataclass(frozen=True)
class Relay:
    """How people who are deaf reach us. `short` is for the foot of an email."""

    dial: Words
    then: Words
    number: str
    is_prefix: bool  # whether our own number follows it
    short: Words


@dataclass(frozen=True)
class Phones:
    region: str  # as `phonenumbers` calls it
    code: str
    trunk: str  # the 0 before a number that is dialed inside the country
    exits: tuple[str, ...]  # what is dialed before the code of another country
    example: str


@dataclass(frozen=True)
class Funding:
    """Who pays."""

    code: str
    label: Words


@dataclass(frozen=True)
class FundingWords:
    label: Words
    theirs: Words
    choose: Words
    short: Words
    heading: Words  # on the page that checks all answers
    cost: Words  # the name of a page of a treatment
    refused: Words
    bring: Words
    name_help: Words
    decline: Words


@dataclass(frozen=True)
class Holidays:
    place: Words
    region: str
    language: str
    usual: frozenset[str]  # most practices close on these
    example: Words


@dataclass(frozen=True, eq=False)
class Country:
    """`language` is that of its pages; `dates` has patterns of Django's `date` by our own names; `own_words` are those
    that no text of another country has. `languages`: those that patients choose from, English and then by the number of
    speakers, each as the desk reads it and as it calls itself.
    """

    code: str
    name: Words
    language: str
    languages: tuple[tuple[str, Words], ...]
    emergency: str
    emergency_place: Words
    advice: Advice | None
    relay: Relay
    phones: Phones
    dates: Mapping[str, str]
    is_day_first: bool
    date_order: Words
    is_24_hours: bool
    two_days: Words
    day_span: Words
    zone: str
    address_help: Words
    holidays: Holidays
    funding: tuple[Funding, ...]
    funding_words: FundingWords
    own_words: tuple[str, ...]

    def clock(self, minutes: int) -> str:
        """540 -> “9:00 am”, or “09:00”."""
        hour, minute = divmod(minutes % (24 * 60), 60)
        if self.is_24_hours:
            return f"{hour:02}:{minute:02}"
        return f"{hour % 12 or 12}:{minute:02}{HARD_SPACE}{_('am') if hour < 12 else _('pm')}"

    def say(self, day: date | datetime, pattern: str) -> str:
        return date_format(day, self.dates[pattern])

    def figures(self, day: date) -> str:
        """“3/9/1951”, or “9/3/1951”."""
        first, second = (day.day, day.month) if self.is_day_first else (day.month, day.day)
        return f"{first}/{second}/{day.year}"

    def example(self, pattern: str = "full") -> str:
        """“March 9, 1951”, for the help of a field and for what is wrong with it."""
        return self.say(EXAMPLE, pattern).replace(HARD_SPACE, " ")

    @property
    def example_figures(self) -> str:
        return self.figures(EXAMPLE)

    @property
    def days_read(self) -> list[str]:
        """The ways to write a day that are read, for `strptime`. In figures alone the order is the country's."""
        return ["%Y-%m-%d", *(DAY_FIRST if self.is_day_first else MONTH_FIRST), *IN_WORDS]
