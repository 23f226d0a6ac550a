"""A page of the queue, each request in two lines of words.

Plain columns in one query, and the words put together here: from model instances and in the template a page takes
four times as long, and this is the page that the desk looks at all day.
"""

from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Exists,
    FilteredRelation,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.desk import labels
from booking.desk.deadline_badge import Due, Promises
from booking.desk.queue.queries import PAGE, Look, Status, Waiting
from booking.lifecycle.call_log import Outcome
from booking.models import Appointment, AppointmentRequest, Reason
from booking.models.patient import age
from booking.models.reference import print_reference
from booking.templatetags.desk_format import desk_recent, desk_when
from clinic.compiled_query import Given, Prepared
from clinic.formatting import display_phone
from clinic.models import Location
from clinic.practice_info import frame
from procedures.models import PublishedVersion

Asked = namedtuple(
    "Asked",
    "pk reference status reply_by submitted_at offer_until returned returning replaces_id best_time location_id "
    "next_try_at attempts channel scan referral claimed_by_id claimed_until patient__name patient__birth_date "
    "patient__may_leave_message patient__language patient__needs_interpreter patient__needs first__starts_at "
    "first_zone clerk label page is_held was_held number",
)
KEYS, NOBODY = [f"key_{n}" for n in range(PAGE)], 0
REFERENCE = "REFERENCE"  # where it stands in an address
WHEN_TO_CALL = {
    AppointmentRequest.BestTime.MORNING: gettext_lazy("mornings"),
    AppointmentRequest.BestTime.AFTERNOON: gettext_lazy("afternoons"),
    AppointmentRequest.BestTime.ANY: gettext_lazy("any time"),
}


@dataclass(frozen=True)
class Row:
    url: str
    take: str  # where a button takes it in hand; nothing while a colleague has it
    reference: str
    due: Due
    name: str
    age: int
    returning: bool
    reason: str
    page: str  # that the patient came from
    another_time: bool  # for a visit that there is
    time: str
    phone: str
    call_now: bool
    when_to_call: str
    scan: str
    scan_words: str
    referral: str
    referral_words: str
    needs: str
    state: labels.State
    tried: str
    in_hand: str
    is_mine: bool


def rows(chosen: Sequence[Waiting], look: Look) -> list[Row]:
    """Of one page at most. One query."""
    keys = dict.fromkeys(KEYS, NOBODY) | {key: row.pk for key, row in zip(KEYS, chosen, strict=False)}
    found = {row[0]: Asked(*row) for row in READ(now=look.now, **keys)}
    page = Page(look)
    return [page.row(found[row.pk], row) for row in chosen if row.pk in found]


def _asked() -> QuerySet:
    """Names of other tables one by one: the database takes long to plan a join of eight tables."""
    own = Appointment.objects.filter(request=OuterRef("pk"), starts_at=OuterRef("first__starts_at"))
    live = own.filter(status=Appointment.Status.HELD, held_until__gt=Given("now", DateTimeField()))
    rows = AppointmentRequest.objects.filter(pk__in=[Given(key, BigIntegerField()) for key in KEYS])
    rows = rows.annotate(first=FilteredRelation("requested_times", condition=Q(requested_times__rank=1)))
    return rows.annotate(
        first_zone=_one(Location, "first__location", "zone"),
        clerk=_one(get_user_model(), "claimed_by", Coalesce(NullIf("first_name", Value("")), "username")),
        label=_one(Reason, "reason", "label"),
        page=_one(PublishedVersion, "from_version", "procedure__name"),
        is_held=Exists(live),
        was_held=Exists(own),
        number=Cast("patient__phone", CharField()),  # read as a number object, it takes as long as the row
    ).values_list(*Asked._fields)


def _one(model: type[Model], key: str, name: str | Coalesce) -> Subquery:
    return Subquery(model.objects.filter(pk=OuterRef(key)).order_by().values_list(name)[:1])


READ = Prepared(_asked)


class Page:
    """What all rows of a page share, worked out once."""

    def __init__(self, look: Look) -> None:
        self.look, self.promises = look, Promises(look.now)
        self.url, self.take = (reverse(name, args=[REFERENCE]) for name in ("desk:request", "desk:claim"))

    def row(self, asked: Asked, waiting: Waiting) -> Row:
        look, office = self.look, frame().office(asked.location_id)
        zone = office.zone if office else frame().zone
        in_hand, is_mine = _in_hand(asked, look), look.has_in_hand(asked)
        return Row(
            url=self.url.replace(REFERENCE, asked.reference),
            take="" if in_hand and not is_mine else self.take.replace(REFERENCE, asked.reference),
            reference=print_reference(asked.reference),
            due=_due(asked, waiting, self.promises, zone),
            name=asked.patient__name,
            age=age(asked.patient__birth_date, look.now.astimezone(zone).date()),
            returning=asked.returning,
            reason=asked.label,
            page=asked.page or "",
            another_time=asked.replaces_id is not None,
            time=_time(asked),
            phone=display_phone(asked.number),
            call_now=asked.status == Status.NEW and look.may_call(waiting),
            when_to_call=_when_to_call(asked, zone),
            scan=asked.scan,
            scan_words=str(labels.ready(asked.scan, asked.channel)),
            referral=asked.referral,
            referral_words=str(labels.ready(asked.referral, asked.channel)),
            needs=labels.needs_of(asked.patient__needs, asked.patient__needs_interpreter, asked.patient__language),
            state=labels.state(asked.status, asked.returned, _outcome(waiting)),
            tried=_tried(asked.attempts),
            in_hand=in_hand,
            is_mine=is_mine,
        )


def _due(asked, waiting: Waiting, promises: Promises, zone: ZoneInfo) -> Due:
    """The promise; while we wait for the patient, what we wait for."""
    if asked.status == Status.OFFERED:
        return Due("plain", _("offer ends"), desk_recent(asked.offer_until, zone))
    if asked.status == Status.WAITLISTED:
        return Due("plain", _("waits since"), desk_recent(asked.submitted_at, zone))
    return promises.due(asked.reply_by, waiting.desk_id)


def _time(asked) -> str:
    """“1st: Thu, Oct 22, 9:20 AM EDT, held”."""
    if asked.first__starts_at is None:
        return _("Call me, no time chosen")
    said = _("1st: %s, not held")
    if asked.was_held:
        said = _("1st: %s, held") if asked.is_held else _("1st: %s, hold ended")
    return said % desk_when(asked.first__starts_at, ZoneInfo(asked.first_zone))


def _when_to_call(asked, zone: ZoneInfo) -> str:
    """“mornings, message is fine”, or “mornings, next try today, 2:30 PM”."""
    said = [str(WHEN_TO_CALL[asked.best_time])]
    if asked.next_try_at:
        said.append(_("next try %s") % desk_recent(asked.next_try_at, zone))
    elif asked.patient__may_leave_message:
        said.append(_("message is fine"))
    return ", ".join(said)


def _outcome(waiting: Waiting) -> str:
    return str(Outcome(waiting.last_call).label) if waiting.last_call else ""


def _tried(attempts: int) -> str:
    return _("%(number)d of %(most)d tried") % {"number": attempts, "most": frame().most_attempts} if attempts else ""


def _in_hand(asked, look: Look) -> str:
    """“Rosa, 6 min left”, while the claim runs."""
    if asked.claimed_until is None or asked.claimed_until <= look.now:
        return ""
    minutes = -((look.now - asked.claimed_until) // timedelta(minutes=1))
    name = _("You") if asked.claimed_by_id == look.user_id else asked.clerk
    return _("%(name)s, %(minutes)d min left") % {"name": name, "minutes": minutes}
