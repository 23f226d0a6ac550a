"""What every page shows about the practice: name, phone, desk hours, upcoming closures.

One small copy per process, reloaded after ten seconds. It saves each page three queries, and error pages can still show
the phone number when the database is down. Open times never come from here.
"""

import math
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from time import monotonic
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import Error
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clinic.country import Country, country
from clinic.formatting import clock, days_in_words, display_phone, phone_link, phone_url
from clinic.models import Location, OfficeHours, Practice, Schedule, ScheduleException

KEEP_SECONDS = 10
LONGEST_CODE = 20


@dataclass(frozen=True)
class Office:
    pk: int
    slug: str
    name: str
    address: str
    zone: ZoneInfo
    hours: tuple[tuple[int, int, int], ...] = ()  # weekday, opens, closes
    directions: str = ""
    access: str = ""
    parking: str = ""

    @cached_property
    def hours_in_words(self) -> str:
        """“Monday to Friday, 9:00 am to 5:00 pm; Saturday, 9:00 am to 12:00 pm”."""
        by_span: dict[tuple[int, int], list[int]] = {}
        for weekday, opens, closes in self.hours:
            by_span.setdefault((opens, closes), []).append(weekday)
        return "; ".join(
            _("%(days)s, %(opens)s to %(closes)s")
            % {"days": days_in_words(days), "opens": clock(opens), "closes": clock(closes)}
            for (opens, closes), days in by_span.items()
        )


@dataclass(frozen=True)
class Closure:
    """A dated closure of one office, or of all (location_id None)."""

    location_id: int | None
    first_day: date
    last_day: date
    starts: int
    ends: int
    note: str


@dataclass(frozen=True)
class Image:
    """An uploaded picture of the practice's own; `file` is the last part of its address."""

    file: str
    width: int
    height: int
    words: str = ""

    @property
    def type(self) -> str:
        return "image/svg+xml" if self.file.endswith(".svg") else "image/png"


@dataclass(frozen=True)
class PracticeInfo:
    name: str
    neutral_name: str
    phone: str
    phone_extension: str = ""
    email: str = ""
    language_help: str = ""
    is_demo: bool = False
    is_on: bool = False
    response_days: int = 1
    hold_cap: int = 6
    cancel_notice_hours: int = 24
    most_attempts: int = 3
    rebook_hours: int = 4  # desk hours
    reminder_days: frozenset[int] = frozenset()
    desk_email: str = ""
    desk_emails: frozenset[str] = frozenset()
    funding: tuple[tuple[str, str, bool], ...] = ()  # the practice's own list: clinic/country/funding.py
    link_names: tuple[str, ...] = ()  # where links to the site stand
    accent: str = ""
    accent_dark: str = ""
    mark: Image | None = None
    picture: Image | None = None
    default_location_id: int = 0
    workdays: tuple[int, ...] = ()  # weekdays of any active provider at any active office
    offices: tuple[Office, ...] = ()
    closures: tuple[Closure, ...] = field(default=())

    @cached_property
    def phone_display(self) -> str:
        return display_phone(self.phone, self.phone_extension)

    @cached_property
    def phone_url(self) -> str:
        return phone_url(self.phone, self.phone_extension)

    @cached_property
    def phone_link(self) -> SafeString:
        return phone_link(self.phone, self.phone_extension)

    @property
    def country(self) -> Country:
        return country()

    @property
    def sheet_url(self) -> str:
        """The style sheet with the practice's own color."""
        return reverse("brand_sheet", args=[self.accent.removeprefix("#"), self.accent_dark.removeprefix("#")])

    @property
    def links_from(self) -> dict[str, str]:
        """Code in an address -> where the link stands: {"clinic-website": "Clinic website"}."""
        return {slugify(name)[:LONGEST_CODE]: name for name in self.link_names}

    @property
    def relay_url(self) -> str:
        """Whom callers who are deaf dial; empty if our number is not of this country, whose relay cannot reach it."""
        phones, relay = self.country.phones, self.country.relay
        if not self.phone.startswith(f"+{phones.code}"):
            return ""
        after = self.phone.replace(f"+{phones.code}", phones.trunk, 1) if relay.is_prefix else ""
        return f"tel:{relay.number}{after}"

    def tells_desk(self, kind: str) -> bool:
        """Whether the desk is told this kind of thing by email (clinic.models.practice.DeskEmail)."""
        return bool(self.desk_email) and kind in self.desk_emails

    @cached_property
    def stamp(self) -> int:
        """A value that changes whenever anything here does: part of the cache key of rendered fragments."""
        return hash(self)

    @cached_property
    def desk(self) -> Office | None:
        """The default desk, whose hours set the response deadline."""
        return self.office(self.default_location_id)

    def office(self, location_id: int | None) -> Office | None:
        return self._by_key.get(location_id)

    @cached_property
    def _by_key(self) -> dict[int | None, Office]:
        return {office.pk: office for office in self.offices}

    def closures_ahead(self, today: date, days: int) -> list[Closure]:
        """Closures that have not ended and start within so many days."""
        return [c for c in self.closures if today <= c.last_day and (c.first_day - today).days <= days]

    @cached_property
    def zone(self) -> ZoneInfo:
        return self.desk.zone if self.desk else ZoneInfo("UTC")

    def bounds(self, first: date, last: date) -> tuple[datetime, datetime]:
        """The start of the first day and the end of the last day, in the practice's zone."""
        begins, ends = (datetime.combine(day, time.min, self.zone) for day in (first, last + timedelta(days=1)))
        return begins, ends

    @property
    def hours_in_words(self) -> str:
        return self.desk.hours_in_words if self.desk else ""


_kept: PracticeInfo | None = None
_read_at = -math.inf


def practice_info() -> PracticeInfo:
    """The practice as last loaded. Never raises, so that error pages always work."""
    global _kept, _read_at
    if monotonic() - _read_at > KEEP_SECONDS:
        try:
            _kept, _read_at = _read(), monotonic()
        except (Error, Practice.DoesNotExist) as error:
            # A page calls this many times, and each try may take seconds. But a process that never read anything would
            # say, while the database is back, that the practice has no office.
            if _kept or isinstance(error, Practice.DoesNotExist):
                _read_at = monotonic()
    return _kept or PracticeInfo(settings.PRACTICE_NAME, settings.PRACTICE_NAME, settings.PRACTICE_PHONE)


def zone_of(location: Location | None) -> ZoneInfo:
    """The zone of the office; of the practice if there is none."""
    return location.tz if location else practice_info().zone


def zone_at(location_id: int | None) -> ZoneInfo:
    """The same by key, without a query: for an office that is active."""
    office = practice_info().office(location_id)
    return office.zone if office else practice_info().zone


def local_date(moment: datetime, zone: ZoneInfo | None = None) -> date:
    """The date that a clock there shows; a clock of the practice if no zone is given."""
    return moment.astimezone(zone or practice_info().zone).date()


def forget() -> None:
    """Reload at the next use: after setup tables were saved in this process."""
    global _kept, _read_at
    _kept, _read_at = None, -math.inf


def _read() -> PracticeInfo:
    practice = Practice.objects.get()
    return PracticeInfo(
        name=practice.name,
        neutral_name=practice.neutral_name,
        phone=str(practice.phone),
        phone_extension=practice.phone_extension,
        email=practice.email,
        language_help=practice.language_help,
        is_demo=practice.is_demo,
        is_on=practice.is_on,
        response_days=practice.response_days,
        hold_cap=practice.hold_cap,
        cancel_notice_hours=practice.cancel_notice_hours,
        most_attempts=practice.most_attempts,
        rebook_hours=practice.rebook_hours,
        reminder_days=frozenset({practice.first_reminder_days, practice.last_reminder_days} - {0}),
        desk_email=practice.desk_email,
        desk_emails=frozenset(practice.desk_emails),
        funding=tuple((code, words, is_asked) for code, words, is_asked in practice.funding),
        link_names=tuple(practice.link_names),
        accent=practice.accent,
        accent_dark=practice.accent_dark,
        mark=Image(**practice.mark) if practice.mark else None,
        picture=Image(**practice.picture) if practice.picture else None,
        default_location_id=practice.default_location_id,
        workdays=_workdays(),
        offices=_offices(),
        closures=_closures(),
    )


def _offices() -> tuple[Office, ...]:
    hours: dict[int, list[tuple[int, int, int]]] = {}
    for location_id, *span in OfficeHours.objects.order_by("weekday", "opens").values_list(
        "location_id", "weekday", "opens", "closes"
    ):
        hours.setdefault(location_id, []).append(tuple(span))
    return tuple(
        Office(
            at.pk,
            at.slug,
            at.name,
            at.address,
            at.tz,
            tuple(hours.get(at.pk, ())),
            at.directions,
            at.access,
            at.parking,
        )
        for at in Location.objects.filter(is_active=True)
    )


def _workdays() -> tuple[int, ...]:
    hours = Schedule.objects.filter(practitioner__is_active=True, location__is_active=True)
    return tuple(hours.order_by("weekday").values_list("weekday", flat=True).distinct())


def _closures() -> tuple[Closure, ...]:
    """As far ahead as anybody is told, and a little back: a paused deadline may need past closures."""
    now = timezone.now()
    near = (now - timedelta(days=40)).date(), (now + timedelta(days=2 * 366)).date()
    rows = ScheduleException.near(near[0], date.max).filter(kind="closed", practitioner=None)
    closures = [
        Closure(row.location_id, first, last, row.starts, row.ends, row.note)
        for row in rows[:200]
        for first, last in row.days_near(*near)
    ]
    return tuple(sorted(closures, key=lambda closure: (closure.first_day, closure.starts)))
