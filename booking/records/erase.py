"""Erasing a person: whatever they told us, and whatever was written about them, goes. A stub stays.

The stub is the rows themselves with their keys, confirmation numbers, times, statuses and codes, and who of the staff
did what: appointments are still counted, and the history still says that something happened. Each column of these
tables is either in KEPT or in BLANK; a test finds one that is in neither.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext as _

from booking.lifecycle import NotAllowed
from booking.lifecycle.diary.uploads import drop_uploads
from booking.models import (
    Appointment,
    AppointmentRequest,
    DiaryRow,
    Event,
    ListRow,
    Message,
    Patient,
    RequestedTime,
    SearchKey,
    SearchWord,
)
from booking.models.search_keys import endings, key, spelled_words
from booking.notifications import messages
from booking.records import blocks, sessions, trace
from clinic.models import AccessLog

NO_BIRTH_DATE = date(1800, 1, 1)  # the column takes no empty one; nobody can type this one
MOST_COMPARED = 1000  # names
BLANK: dict[type[Model], dict[str, Any]] = {
    Patient: {
        "name": Patient.ERASED, "birth_date": NO_BIRTH_DATE, "reach_by": Patient.ReachBy.PHONE, "phone": "",
        "phone_extension": "", "phone_typed": "", "may_leave_message": False, "email": "", "language": "",
        "needs_interpreter": False, "needs": [], "wants_reminders": False, "chart_number": "", "called_by": None,
        "called_until": None,
    },
    AppointmentRequest: {
        "returning": False, "note": "", "from_version": None, "came_from": "", "helper_name": "", "helper_phone": "",
        "helper_phone_extension": "", "helper_phone_typed": "", "helper_relation": "", "may_speak_with_helper": False,
        "best_time": AppointmentRequest.BestTime.ANY, "wants_call": False, "never_days": [],
        "part_of_day": AppointmentRequest.PartOfDay.ANY, "wanted_week": None, "location": None, "practitioner": None,
        "insurance": "", "scan": "", "referral": "", "triage": "", "see_by": None, "answer": "",
        "attempts": 0, "next_try_at": None,
        "claimed_by": None, "claimed_until": None, "same_person_as": None, "origin": "",
        "link_version": F("link_version") + 1,
    },
    Appointment: {"overbook_reason": "", "in_two_places_reason": ""},
    Event: {"note": "", "before": {}, "pinned": False, "form_key": ""},
    Message: {"sent_copy": "", "dedupe_key": None, "failure": ""},
}  # fmt: skip
KEPT: dict[type[Model], set[str]] = {
    Patient: {"id", "random_id", "erased_at"},
    AppointmentRequest: {
        "id", "reference", "flow_key", "patient", "status", "channel", "submitted_at", "respond_by", "paused_at",
        "returned", "version", "reason", "appointment_type", "decline_code", "quiet_end", "offer_until", "duplicate_of",
        "replaces",
    },
    Appointment: {
        "id", "appointment_request", "patient", "held_for", "appointment_type", "practitioner", "location", "starts_at",
        "ends_at", "blocked_from", "blocked_until", "status", "held_until", "overbooked", "in_two_places",
        "cancel_code", "needs_rebooking_since", "sequence", "version",
    },
    Event: {
        "id", "appointment_request", "appointment", "cause", "verb", "from_status", "to_status", "at", "actor", "by",
        "channel", "reason", "undone",
    },
    Message: {
        "id", "appointment_request", "appointment", "event", "kind", "day", "sequence", "status", "due_at", "attempts",
        "sent_at",
    },
}  # fmt: skip
DELETED = (RequestedTime, SearchKey, DiaryRow, ListRow)


def why_not(records: Sequence[Patient], *, now: datetime) -> str:
    """Why these records cannot be erased now, as a sentence; empty if they can."""
    if AppointmentRequest.objects.filter(patient__in=records, status__in=AppointmentRequest.OPEN).exists():
        return _("A request is still open. Answer or close it first, then erase.")
    expected = (Appointment.Status.BOOKED, Appointment.Status.ARRIVED)
    if Appointment.objects.filter(patient__in=records, status__in=expected, ends_at__gt=now).exists():
        return _("An appointment is still to come. Cancel it first, then erase.")
    return ""


@transaction.atomic
def erase_person(records: Sequence[Patient], *, now: datetime, user: User | None = None, address: str = "") -> None:
    """Erase a person who asks for it: their records, and what browsers have left. It is logged in the same transaction.
    Old calendars that were uploaded and not brought in may name anybody, and would bring them back: they all go.

    NotAllowed: as `why_not` says.
    """
    drop_uploads()  # first, as bringing one in locks it first
    sessions.forget(records)
    erase(records, now=now)
    trace.keep(AccessLog.Kind.CHANGE, "desk:erase_patient", records, now=now, user=user, address=address)


@transaction.atomic
def erase(records: Sequence[Patient], *, now: datetime) -> None:
    """Erase all records of one person. NotAllowed: as `why_not` says."""
    requests = AppointmentRequest.objects.filter(patient__in=records).order_by()
    list(requests.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    patients = Patient.objects.filter(pk__in=[record.pk for record in records], erased_at=None)
    names = set(patients.select_for_update().order_by("pk").values_list("name", flat=True))
    if sentence := why_not(records, now=now):
        raise NotAllowed(sentence)
    names |= _earlier_names(requests)
    messages.drop_all(requests)
    RequestedTime.objects.filter(appointment_request__in=requests).delete()
    SearchKey.objects.filter(patient__in=records).delete()
    DiaryRow.objects.filter(appointment__patient__in=records).delete()
    ListRow.objects.filter(patient__in=records).delete()
    for rows in _rows_of(records):
        rows.update(**BLANK[rows.model])
    patients.update(**BLANK[Patient], erased_at=now)
    blocks.forget(names)
    forget_words({word for name in names for word in spelled_words(name)})


def _earlier_names(requests: QuerySet[AppointmentRequest]) -> set[str]:
    """As they were before somebody corrected them: their words are kept too."""
    overwritten = Event.objects.filter(appointment_request__in=requests).values_list("before", flat=True)
    return {before["name"] for before in overwritten if "name" in before}


def _rows_of(records: Sequence[Patient]) -> list[QuerySet]:
    requests = AppointmentRequest.objects.filter(patient__in=records)
    appointments = Appointment.objects.filter(patient__in=records)
    return [
        requests, appointments, Message.objects.filter(appointment_request__in=requests),
        Event.objects.filter(appointment_request__in=requests),
        Event.objects.filter(appointment__in=appointments),  # before the request: a clerk's hold
    ]  # fmt: skip


def forget_words(words: set[str]) -> None:
    """Delete the words for near matches that nobody else's name has."""
    for word in words:
        if not _is_used(word):
            SearchWord.objects.filter(ending__in=endings(word), word=word.encode()).delete()


def _is_used(word: str) -> bool:
    """Of very many names that begin alike, some is taken to have it."""
    begins = SearchKey.objects.filter(key__gte=key(word), key__lt=key(word) + b"\xff").order_by("key")
    names = list(begins.values_list("patient__name", flat=True)[:MOST_COMPARED])
    return len(names) == MOST_COMPARED or any(word in spelled_words(name) for name in names)
