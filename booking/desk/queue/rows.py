"""A page of the queue, each request in two lines of text.

Reads plain columns in one query and builds the text here: model instances and template logic would take four times as
long, and the desk looks at this page all day.
"""

from collections import defaultdict, namedtuple
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
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

from booking.desk import labels, ready
from booking.desk.deadline_badge import DeadlineBadge, Deadlines
from booking.desk.queue import row_words
from booking.desk.queue.queries import Look, Status, Waiting
from booking.lifecycle.call_log import Outcome
from booking.models import Appointment, AppointmentRequest, Reason
from booking.models.patient import age
from booking.models.reference import print_reference
from booking.templatetags.desk_format import desk_recent, desk_when
from clinic.compiled_query import Among, CompiledQuery, Param
from clinic.formatting import display_phone, phone_url
from clinic.models import Location
from clinic.practice_info import local_date, zone_at
from procedures.models import PublishedVersion

QueuedRequest = namedtuple(
    "QueuedRequest",
    "pk patient_id reference status respond_by submitted_at offer_until returned returning replaces_id best_time "
    "location_id next_try_at attempts channel scan referral claimed_by_id claimed_until patient__name "
    "patient__birth_date patient__may_leave_message patient__reach_by patient__phone_extension patient__language "
    "patient__needs_interpreter patient__needs appointment_type__needs_scan appointment_type__needs_referral triage "
    "see_by same_person_as_id first__starts_at first_zone clerk label page is_held "
    "was_held number more helper_name helper_phone",
)
MOST_FOLDED = 200  # on one page
REFERENCE = "REFERENCE"  # placeholder in a URL


@dataclass(frozen=True)
class Row:
    pk: int
    patient_id: int
    url: str
    claim_url: str  # URL of the claim button; empty while another clerk has claimed it
    reference: str
    due: DeadlineBadge
    name: str
    age: int
    returning: bool
    reason: str
    page: str  # the page that the patient came from
    another_time: bool  # the request reschedules an appointment
    called_off: bool  # whose time we could not keep
    time: str
    phone: str
    phone_url: str  # empty without a phone
    call_now: bool
    when_to_call: str
    papers: list[ready.Paper]
    triage: str
    triage_words: str
    needs: str
    state: labels.State
    tried: str
    claim: str
    is_mine: bool
    more: list["Folded"]  # later open requests of the same person

    @property
    def access_keys(self) -> tuple[str, ...]:
        return f"r{self.pk}", f"p{self.patient_id}"


class Folded(NamedTuple):
    url: str
    reference: str


def rows(chosen: Sequence[Waiting], look: Look) -> list[Row]:
    """The rows of one page. One query."""
    read = READ(now=look.now, keys=[row.pk for row in chosen])
    found = {row[0]: QueuedRequest(*row) for row in read}
    page = Page(look, _folded(found.values()))
    return [page.row(found[row.pk], row) for row in chosen if row.pk in found]


def _folded(found: Iterable[QueuedRequest]) -> dict[int, list[tuple[int, str]]]:
    """The keys and references of later requests, by the first of that person. One query, if there are any."""
    firsts = [row.same_person_as_id or row.pk for row in found if row.more]
    if not firsts:
        return {}
    by_first = defaultdict(list)
    rows = AppointmentRequest.objects.filter(same_person_as__in=firsts, status__in=AppointmentRequest.OPEN)
    for first, pk, reference in rows.order_by("pk").values_list("same_person_as", "pk", "reference")[:MOST_FOLDED]:
        by_first[first].append((pk, reference))
    return by_first


def _asked() -> QuerySet:
    """Reads names from other tables by subqueries: the database takes long to plan a join of eight tables."""
    own = Appointment.objects.filter(appointment_request=OuterRef("pk"), starts_at=OuterRef("first__starts_at"))
    live = own.filter(status=Appointment.Status.HELD, held_until__gt=Param("now", DateTimeField()))
    rows = AppointmentRequest.objects.filter(Among("pk", "keys", BigIntegerField()))
    rows = rows.annotate(first=FilteredRelation("requested_times", condition=Q(requested_times__rank=1)))
    return rows.annotate(
        first_zone=_one(Location, "first__location", "zone"),
        clerk=_one(get_user_model(), "claimed_by", Coalesce(NullIf("first_name", Value("")), "username")),
        label=_one(Reason, "reason", "label"),
        page=_one(PublishedVersion, "from_version", "procedure__name"),
        is_held=Exists(live),
        was_held=Exists(own),
        more=Exists(_later()),
        number=Cast("patient__phone", CharField()),  # as a PhoneNumber object it would take as long as the row
    ).values_list(*QueuedRequest._fields)


def _later() -> QuerySet:
    """Open requests that stand folded under this one."""
    same = Q(same_person_as=OuterRef("pk")) | Q(same_person_as=OuterRef("same_person_as"))
    return AppointmentRequest.objects.filter(same, pk__gt=OuterRef("pk"), status__in=AppointmentRequest.OPEN)


def _one(model: type[Model], key: str, name: str | Coalesce) -> Subquery:
    return Subquery(model.objects.filter(pk=OuterRef(key)).order_by().values_list(name)[:1])


READ = CompiledQuery(_asked)


class Page:
    """Values that all rows of a page share, computed once."""

    def __init__(self, look: Look, folded: dict[int, list[tuple[int, str]]]) -> None:
        self.look, self.deadlines, self.folded = look, Deadlines(look.now), folded
        self.url, self.claim_url = (reverse(name, args=[REFERENCE]) for name in ("desk:request", "desk:claim"))

    def row(self, appointment_request: QueuedRequest, waiting: Waiting) -> Row:
        look, zone = self.look, zone_at(appointment_request.location_id)
        claim, is_mine = row_words.claim(appointment_request, look), look.has_claimed(appointment_request)
        return Row(
            pk=appointment_request.pk,
            patient_id=appointment_request.patient_id,
            url=self.url.replace(REFERENCE, appointment_request.reference),
            claim_url="" if claim and not is_mine else self.claim_url.replace(REFERENCE, appointment_request.reference),
            reference=print_reference(appointment_request.reference),
            due=_due(appointment_request, waiting, self.deadlines, zone),
            name=appointment_request.patient__name,
            age=age(appointment_request.patient__birth_date, local_date(look.now, zone)),
            returning=appointment_request.returning,
            reason=appointment_request.label,
            page=appointment_request.page or "",
            another_time=appointment_request.replaces_id is not None,
            called_off=waiting.is_called_off,
            time=_time(appointment_request),
            phone=display_phone(appointment_request.number, appointment_request.patient__phone_extension)
            or _("No phone"),
            phone_url=phone_url(appointment_request.number, appointment_request.patient__phone_extension)
            if appointment_request.number
            else "",
            call_now=appointment_request.status == Status.NEW and look.may_call(waiting),
            when_to_call=row_words.when_to_call(appointment_request, zone, look.now),
            papers=ready.papers(
                appointment_request.scan if appointment_request.appointment_type__needs_scan else None,
                appointment_request.referral if appointment_request.appointment_type__needs_referral else None,
            ),
            triage=appointment_request.triage,
            triage_words=ready.triaged(appointment_request.triage, appointment_request.see_by),
            needs=labels.needs_of(
                appointment_request.patient__needs,
                appointment_request.patient__needs_interpreter,
                appointment_request.patient__language,
            ),
            state=labels.state(appointment_request.status, appointment_request.returned, _outcome(waiting)),
            tried=row_words.tried(appointment_request.attempts),
            claim=claim,
            is_mine=is_mine,
            more=self.more(appointment_request),
        )

    def more(self, appointment_request: QueuedRequest) -> list[Folded]:
        later = self.folded.get(appointment_request.same_person_as_id or appointment_request.pk, [])
        return [
            Folded(self.url.replace(REFERENCE, reference), print_reference(reference))
            for pk, reference in later
            if pk > appointment_request.pk
        ]


def _due(appointment_request, waiting: Waiting, deadlines: Deadlines, zone: ZoneInfo) -> DeadlineBadge:
    """The deadline; or, while waiting for the patient, when the offer ends or since when the request waits."""
    if appointment_request.status == Status.OFFERED:
        return DeadlineBadge("plain", _("offer ends"), desk_recent(appointment_request.offer_until, zone))
    if appointment_request.status == Status.WAITLISTED:
        return DeadlineBadge("plain", _("waiting since"), desk_recent(appointment_request.submitted_at, zone))
    return deadlines.due(appointment_request.respond_by, waiting.desk_id)


def _time(appointment_request) -> str:
    """“1st choice: Thu, Oct 22, 9:20 AM EDT, held”."""
    if appointment_request.first__starts_at is None:
        is_called = not labels.reach_by(appointment_request.patient__reach_by)
        return _("Wants a call, no time chosen") if is_called else _("Wants an email, no time chosen")
    said = _("1st choice: %s, not held")
    if appointment_request.was_held:
        said = _("1st choice: %s, held") if appointment_request.is_held else _("1st choice: %s, hold expired")
    return said % desk_when(appointment_request.first__starts_at, ZoneInfo(appointment_request.first_zone))


def _outcome(waiting: Waiting) -> str:
    return str(Outcome(waiting.last_call).label) if waiting.last_call else ""
