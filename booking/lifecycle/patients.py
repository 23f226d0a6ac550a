"""The patient behind a request: corrected data, the link again, two requests of one person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from booking.lifecycle import rebooking
from booking.lifecycle._locks import all_or_nothing, locked_request
from booking.lifecycle._snapshot import write
from booking.lifecycle._transition import By, change, is_written, jot, move
from booking.lifecycle.claims import OPEN
from booking.lifecycle.errors import NotAllowed
from booking.lifecycle.request import LET_GO, release_all, replaced_requests
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, search_keys
from booking.notifications import messages

MAY_BE_KEPT = (*OPEN, AppointmentRequest.Status.CONFIRMED)
CORRECTED = (
    "name", "birth_date", "phone", "phone_typed", "may_leave_message", "email", "language", "needs_interpreter",
    "needs", "chart_number",
)  # fmt: skip


def correct_patient(
    pk: int, values: Mapping[str, Any], *, by: By, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """Write what the patient told us to correct; the event keeps what stood there. Nothing changed: no event.

    Another e-mail address voids every link that went to the old one, of all requests of this patient.
    """
    with all_or_nothing():
        request = locked_request(pk, version, by=by, now=now, also=_requests_of_the_same(pk))
        patient = Patient.objects.select_for_update(no_key=True).get(pk=request.patient_id)
        changed = {name: new for name, new in values.items() if name in CORRECTED and new != getattr(patient, name)}
        if not changed:
            return request
        other_address = changed.get("email", patient.email).casefold() != patient.email.casefold()
        event = change(request, verb="correct", by=by, now=now)
        Event.objects.filter(pk=event.pk).update(before=write(patient, changed))
        if {"name", "phone"} & changed.keys():
            search_keys.remember_anew(patient)
        if "phone" in changed:  # the tries were at another number
            AppointmentRequest.objects.filter(patient=patient).update(attempts=0, next_try_at=None)
        if other_address:
            theirs = AppointmentRequest.objects.filter(Q(patient=patient) | Q(duplicate_of__patient=patient))
            AppointmentRequest.objects.filter(pk__in=theirs.values("pk")).update(link_version=F("link_version") + 1)
        request.refresh_from_db()
        return request


def _requests_of_the_same(pk: int) -> list[int]:
    patient = AppointmentRequest.objects.filter(pk=pk).values("patient")
    return list(AppointmentRequest.objects.filter(patient__in=patient).values_list("pk", flat=True))


def resend_link(pk: int, *, by: By, now: datetime, key: UUID | None = None) -> Message:
    """Send the patient's link again, to the e-mail on file. NotAllowed: there is none, or it went three times.

    Idempotent by `key`, if there is one. The count is kept outside of the transaction: see booking.rate_limits.
    """
    request = AppointmentRequest.objects.select_related("patient").get(pk=pk)
    message = messages.send_link(request, now=now, key=key)
    if message is None:
        raise NotAllowed(_("No link was sent: there is no e-mail on file, or it went out several times this hour."))
    with all_or_nothing():
        request = locked_request(pk)
        if not is_written(request, "resend_link", key):
            jot(request, verb="resend_link", by=by, now=now, key=key)
    return message


def merge(pk: int, kept: int, reason: str, *, by: By, now: datetime, version: int | None = None) -> AppointmentRequest:
    """Close a request as a duplicate of another one of the same person. Both references then lead to the kept one.

    A desk lead's act, with a reason: the door asks booking.roles. NotAllowed: as `why_not_merge` says.
    """
    if not reason.strip():
        raise NotAllowed(_("Write why they are one."))
    with all_or_nothing():
        request = locked_request(pk, version, by=by, now=now, also=[kept, *replaced_requests(pk)])
        rebooking.require_none_stranded(request, now)
        other = AppointmentRequest.objects.select_related("patient").get(pk=kept)
        if why_not := why_not_merge(request, other):
            raise NotAllowed(why_not)
        event = move(request, AppointmentRequest.Status.CLOSED, verb="merge", by=by, now=now, note=reason.strip(),
            reason=other.reference, duplicate_of=other, **LET_GO,
        )  # fmt: skip
        messages.overtake(request)
        rebooking.give_up_stranded(request, Appointment.CancelCode.CLINIC, by=by, now=now, cause=event)
        release_all(request, event, by, now)
        return request


def why_not_merge(request: AppointmentRequest, kept: AppointmentRequest) -> str:
    """Why the one cannot be closed as a duplicate of the kept one, as a sentence; empty if it can.

    Of two strangers the link of one would open the request of the other: the dates of birth must be equal.
    """
    if request.patient.birth_date != kept.patient.birth_date:
        return _("Their dates of birth differ: these are two people, or one must be corrected first.")
    if request.pk == kept.pk or kept.duplicate_of_id or request.duplicates.exists():
        return _("These two cannot be merged: one of them is a duplicate of, or stands for, another.")
    if request.status not in OPEN:
        return _("%s has its answer. Only a request that still waits is closed into another one.") % request
    if kept.status not in MAY_BE_KEPT:
        return _("%s has ended. Keep the one that still waits.") % kept
    return ""


def not_the_same(pk: int, other: int, *, by: By, now: datetime) -> AppointmentRequest:
    """Remember that these two are two people: the page does not ask again."""
    with all_or_nothing():
        request = locked_request(pk)
        stranger = AppointmentRequest.objects.get(pk=other)
        if not request.events.filter(verb="not_same", reason=stranger.reference).exists():
            jot(request, verb="not_same", by=by, now=now, reason=stranger.reference)
        return request
