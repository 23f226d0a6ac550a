"""Days and times as the desk reads them: “Thu, Oct 22, 9:20 AM EDT”, in the office's zone.

Spaces inside a date or a time are non-breaking.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from booking.models import Message
from booking.models.appointment_request import Channel, QuietEnd
from booking.notifications.emails import ARRIVE_EARLY
from clinic.country import country
from clinic.formatting import HARD_SPACE
from clinic.practice_info import local_date

register = template.Library()
UTC_ZONE = ZoneInfo("UTC")
NEAR = timedelta(days=300)  # within this range a day is shown without its year


@register.filter
def desk_when(moment: datetime | None, zone: ZoneInfo) -> str:
    """“Thu, Oct 22, 9:20 AM EDT”. Empty for None, as in the next two functions."""
    if moment is None:
        return ""
    return f"{desk_time(moment, zone)}{HARD_SPACE}{moment.astimezone(zone).tzname()}"


@register.filter
def desk_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """“Thu, Oct 22, 9:20 AM”: for places that show the zone separately."""
    if moment is None:
        return ""
    return f"{desk_day(local_date(moment, zone))}, {desk_clock(moment, zone)}"


@register.filter
def desk_recent(moment: datetime, zone: ZoneInfo) -> str:
    """“today, 10:42 AM”, or with the day."""
    same_day = local_date(moment, zone) == local_date(timezone.now(), zone)
    return _("today, %s") % desk_clock(moment, zone) if same_day else desk_time(moment, zone)


@register.filter
def desk_clock(moment: datetime | None, zone: ZoneInfo) -> str:
    """“9:20 AM”, or “09:20”."""
    if moment is None:
        return ""
    here = moment.astimezone(zone)
    return _with_half(_hour(here), here)


@register.filter
def desk_arrival(appointment) -> str:
    """When the patient is asked to arrive, as in our emails: “10:45 AM”."""
    return desk_clock(appointment.starts_at - ARRIVE_EARLY, appointment.location.tz)


@register.filter
def desk_minutes(minutes: int) -> str:
    """A time of day that is stored as minutes: 540 -> “9:00 AM”."""
    return desk_clock(datetime.min.replace(tzinfo=UTC) + timedelta(minutes=minutes), UTC_ZONE)


@register.filter
def desk_short(moment: datetime, zone: ZoneInfo) -> str:
    """“9:20”: where the place on the page says which half of the day."""
    return _hour(moment.astimezone(zone))


@register.filter
def desk_half(moment: datetime, zone: ZoneInfo) -> str:
    """“AM”; empty on a clock of 24 hours."""
    return _half(moment.astimezone(zone))


@register.filter
def desk_24(moment: datetime, zone: ZoneInfo) -> str:
    """“14:40”, for an address."""
    return f"{moment.astimezone(zone):%H:%M}"


@register.filter
def desk_second(moment: datetime, zone: ZoneInfo) -> str:
    """“10:37:30 AM”."""
    here = moment.astimezone(zone)
    return _with_half(f"{_hour(here)}:{here:%S}", here)


@register.filter
def desk_day(day: date) -> str:
    """“Thu, Oct 22”; far from today “Thu, Oct 22, 2028”."""
    far = abs(day - local_date(timezone.now())) > NEAR
    return _day(day, country().dates["short_year" if far else "short"])


@register.filter
def desk_on(moment: datetime, zone: ZoneInfo) -> str:
    """“Oct 22”."""
    return _day(local_date(moment, zone), country().dates["short_day"])


@register.filter
def desk_date(day: date) -> str:
    """“Mar 9, 1951”."""
    return _day(day, country().dates["short_date"])


@lru_cache(maxsize=1024)
def _day(day: date, pattern: str) -> str:
    """A date in words. Cached: a list shows the same few days many times."""
    return date_format(day, pattern).replace(" ", HARD_SPACE)


@register.filter
def zone_name(moment: datetime, zone: ZoneInfo) -> str:
    """“EDT”."""
    return moment.astimezone(zone).tzname()


@register.filter
def date_in(moment: datetime, zone: ZoneInfo) -> str:
    """“2026-10-22”, for a URL."""
    return local_date(moment, zone).isoformat()


@register.filter
def desk_span(appointment) -> str:
    """“Thu, Oct 22, 9:20 – 10:00 AM EDT”, for an appointment."""
    zone = appointment.location.tz
    starts, ends = appointment.starts_at.astimezone(zone), appointment.ends_at.astimezone(zone)
    since = _hour(starts) if _half(starts) == _half(ends) else desk_clock(starts, zone)
    words = [f"{desk_day(starts.date())},", since, "–", desk_clock(ends, zone), ends.tzname()]
    return HARD_SPACE.join(words)


def _hour(here: datetime) -> str:
    return f"{here:%H:%M}" if country().is_24_hours else f"{here.hour % 12 or 12}:{here.minute:02}"


def _half(here: datetime) -> str:
    if country().is_24_hours:
        return ""
    return _("AM") if here.hour < 12 else _("PM")


def _with_half(clock: str, here: datetime) -> str:
    half = _half(here)
    return f"{clock}{HARD_SPACE}{half}" if half else clock


@register.filter
def message_status(message, silence: str) -> str:
    """“sent”. A message that a quiet end stopped was not replaced by a newer one. Empty without a message."""
    if message and silence and message.status == message.Status.SUPERSEDED:
        return _("not sent: %s") % QuietEnd(silence).label.lower()
    if message and message.was_told_then:
        return _told_then(message.event)
    return message.get_status_display() if message else ""


@register.simple_tag
def told_how(
    status: str | None, sent_at: datetime | None, spoken_at: datetime | None, zone: ZoneInfo, *, short: bool = False
) -> str:
    """“told by phone today, 9:55 AM”, “emailed today, 9:55 AM”: a call says more than an email. Empty if neither.

    `short`: “told by phone 9:55 AM”; of another day, the day alone.
    """
    when = _short_recent if short else desk_recent
    if spoken_at:
        return _("told by phone %s") % when(spoken_at, zone)
    if status == Message.Status.SENT and sent_at:
        return _("emailed %s") % when(sent_at, zone)
    if status == Message.Status.NOTIFIED:
        return _("told by letter %s") % when(sent_at, zone) if sent_at else _("told at the time")
    return ""


def _short_recent(moment: datetime, zone: ZoneInfo) -> str:
    same_day = local_date(moment, zone) == local_date(timezone.now(), zone)
    return desk_clock(moment, zone) if same_day else desk_on(moment, zone)


def _told_then(event) -> str:
    """How the patient learned it at once: nobody called or mailed afterwards."""
    if event.actor == event.Actor.PATIENT:
        return _("shown on the screen")
    if event.verb == "book":
        return _("told when booking")
    return _("told in person") if event.channel == Channel.WALK_IN else _("told on the phone")
