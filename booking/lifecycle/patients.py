"""The patient behind a request: edit the details, mark what is in place, resend the link, merge two requests."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from booking.lifecycle import rebooking
from booking.lifecycle._locks import locked_request, slot_transaction
from booking.lifecycle._snapshot import write
from booking.lifecycle._transition import Actor, is_repeated, log_event, transition, update
from booking.lifecycle.appointment_request import UNCLAIMED, release_all, replaced_requests
from booking.lifecycle.errors import NotAllowed
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, search_keys
from booking.models.appointment_request import Ready, YesNo, is_silent
from booking.models.names import are_the_same
from booking.notifications import messages, not_you, outbox

MAY_BE_KEPT = (*AppointmentRequest.OPEN, AppointmentRequest.Status.CONFIRMED)
CORRECTED = (
    "name", "birth_date", "reach_by", "phone", "phone_extension", "phone_typed", "may_leave_message", "email",
    "language", "needs_interpreter", "needs", "chart_number",
)  # fmt: skip


def are_same_person(one: Patient, other: Patient) -> bool:
    """One row, or two with the same date of birth and the same name, however it is written."""
    return one == other or (one.birth_date == other.birth_date and are_the_same(one.name, other.name))


def correct_patient(
    pk: int,
    values: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
    email_also_on: Collection[int] = (),
) -> AppointmentRequest:
    """Save edited patient details, and the request's insurance, scan and referral; the event keeps the previous values.
    If nothing changed, write no event.

    A new email address invalidates all links to this patient's requests that went to the old one. It is also saved for
    the patients of the open requests `email_also_on`: the same person may have asked several times.
    """
    with slot_transaction():
        also = _requests_of_the_same([pk, *email_also_on])
        appointment_request = locked_request(pk, version, by=by, now=now, also=also)
        if "email" in _correct(appointment_request, values, by=by, now=now):
            for other in AppointmentRequest.objects.filter(pk__in=email_also_on, status__in=AppointmentRequest.OPEN):
                _correct(other, {"email": values["email"]}, by=by, now=now)
        appointment_request.refresh_from_db()
        return appointment_request


def _correct(
    appointment_request: AppointmentRequest, values: Mapping[str, Any], *, by: Actor, now: datetime
) -> dict[str, Any]:
    """Returns the patient's values that changed."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=appointment_request.patient_id)
    changed = {name: new for name, new in values.items() if name in CORRECTED and new != getattr(patient, name)}
    papers = {
        name: values[name]
        for name in AppointmentRequest.PAPERS
        if name in values and values[name] != getattr(appointment_request, name)
    }
    if not changed and not papers:
        return {}
    other_address = changed.get("email", patient.email).casefold() != patient.email.casefold()
    event = update(appointment_request, verb="correct_patient", by=by, now=now, **papers)
    Event.objects.filter(pk=event.pk).update(before=event.before | write(patient, changed))
    if {"name", "phone", "chart_number"} & changed.keys():
        search_keys.remember_anew(patient)
    if "phone" in changed:  # the tries were to another number
        AppointmentRequest.objects.filter(patient=patient).update(attempts=0, next_try_at=None)
    if other_address:
        theirs = AppointmentRequest.objects.filter(Q(patient=patient) | Q(duplicate_of__patient=patient))
        AppointmentRequest.objects.filter(pk__in=theirs.values("pk")).update(link_version=F("link_version") + 1)
    return changed


def mark_ready(pk: int, mark: Ready, *, by: Actor, now: datetime) -> None:
    """The scan or the referral is in place; or it is not after all: then what was answered before counts again.

    A second press changes nothing.
    """
    with slot_transaction():
        appointment_request = locked_request(pk)
        answer = YesNo.YES if mark == mark.paper else _answer_before(appointment_request, mark.paper)
        if getattr(appointment_request, mark.paper) != answer:
            papers: dict[str, Any] = {mark.paper: answer}
            log_event(appointment_request, verb="mark_ready", by=by, now=now, reason=mark, **papers)


def _answer_before(appointment_request: AppointmentRequest, paper: str) -> str:
    """What was known of the paper before the desk marked it; “no” if it was the patient who said that it is there."""
    marked = appointment_request.events.filter(verb="mark_ready", reason=paper).order_by("pk").last()
    return marked.before[paper] if marked else YesNo.NO


def _requests_of_the_same(pks: Collection[int]) -> list[int]:
    patients = AppointmentRequest.objects.filter(pk__in=pks).values("patient")
    return list(AppointmentRequest.objects.filter(patient__in=patients).values_list("pk", flat=True))


def resend_link(pk: int, *, by: Actor, now: datetime) -> Message:
    """Resend the patient's link to the email on file. NotAllowed: there is none, or the link was sent three times this
    hour.

    Posting the same form twice sends one. The count is kept outside the transaction: see clinic.rate_limits.
    """
    appointment_request = AppointmentRequest.objects.select_related("patient").get(pk=pk)
    if is_silent(appointment_request):
        raise NotAllowed(_("No link was sent: this request was ended without a message."))
    message = messages.send_link(appointment_request, now=now, form_key=by.form_key)
    if message is None:
        raise NotAllowed(
            _(
                "No link was sent. There is no email on file, emails to it are stopped, or the link was sent several "
                "times this hour."
            )
        )
    with slot_transaction():
        appointment_request = locked_request(pk)
        if not is_repeated(appointment_request, by):
            log_event(appointment_request, verb="resend_link", by=by, now=now)
    return message


def disown_email(told: not_you.Told, *, by: Actor, now: datetime) -> None:
    """Somebody at the address of a request says that it is not theirs: write there no more, and let the desk call.

    A second time changes nothing. An address that the desk has corrected since is stopped too, and nobody is called.
    """
    with slot_transaction():
        row = AppointmentRequest.objects.filter(reference=told.reference).first()
        appointment_request = locked_request(row.pk) if row else None
        if not not_you.stop(told.fingerprint, now=now) or appointment_request is None:
            return
        email = appointment_request.patient.email
        if not_you.fingerprint(email) == told.fingerprint:
            outbox.came_to_nobody(email, now=now)
            log_event(appointment_request, verb="disown_email", by=by, now=now)


def allow_email(pk: int, *, by: Actor, now: datetime) -> None:
    """The patient says that the address is theirs after all: write there again. A second press changes nothing."""
    with slot_transaction():
        appointment_request = locked_request(pk)
        if not_you.allow(appointment_request.patient):
            log_event(appointment_request, verb="allow_email", by=by, now=now)


def merge(
    pk: int, kept: int, reason: str, *, by: Actor, now: datetime, version: int | None = None
) -> AppointmentRequest:
    """Close a request as a duplicate of another from the same person. Both confirmation numbers then lead to the kept
    one.

    Only for desk leads, with a reason: the view checks booking.roles. NotAllowed: as `why_not_merge` says.
    """
    if not reason.strip():
        raise NotAllowed(_("Enter why they are the same person."))
    with slot_transaction():
        appointment_request = locked_request(pk, version, by=by, now=now, also=[kept, *replaced_requests(pk)])
        rebooking.require_none_to_rebook(appointment_request, now)
        other = AppointmentRequest.objects.select_related("patient").get(pk=kept)
        if why_not := why_not_merge(appointment_request, other):
            raise NotAllowed(why_not)
        event = transition(
            appointment_request, AppointmentRequest.Status.CLOSED, verb="merge", by=by, now=now, note=reason.strip(),
            reason=other.reference, duplicate_of=other, **UNCLAIMED,
        )  # fmt: skip
        messages.overtake(appointment_request)
        rebooking.cancel_what_needs_rebooking(
            appointment_request, Appointment.CancelCode.CLINIC, by=by, now=now, cause=event
        )
        release_all(appointment_request, event, by, now)
        return appointment_request


def why_not_merge(appointment_request: AppointmentRequest, kept: AppointmentRequest) -> str:
    """Why the request cannot be closed as a duplicate of `kept`, as a sentence; empty if it can.

    The dates of birth must match: otherwise one stranger's link would open the other's request.
    """
    if appointment_request.patient.birth_date != kept.patient.birth_date:
        return _("The dates of birth don’t match. They are two people, or one date must be corrected first.")
    if appointment_request.pk == kept.pk or kept.duplicate_of_id or appointment_request.duplicates.exists():
        return _("These two can’t be merged. One of them was already merged with another request.")
    if appointment_request.status not in AppointmentRequest.OPEN:
        return _("%s has already been answered. Only an open request can be merged into another.") % appointment_request
    if not may_be_kept(kept):
        return _("%s has ended. Keep the request that is still open.") % kept
    return ""


def may_be_kept(appointment_request: AppointmentRequest) -> bool:
    """Whether somebody will still look at it: a quiet end leaves a confirmed request confirmed."""
    return appointment_request.status in MAY_BE_KEPT and not appointment_request.quiet_end


def not_the_same(pk: int, other: int, *, by: Actor, now: datetime) -> AppointmentRequest:
    """Record that these are two people, so that the page does not suggest merging them again."""
    with slot_transaction():
        appointment_request = locked_request(pk)
        stranger = AppointmentRequest.objects.get(pk=other)
        if not appointment_request.events.filter(verb="not_the_same", reason=stranger.reference).exists():
            log_event(appointment_request, verb="not_the_same", by=by, now=now, reason=stranger.reference)
        return appointment_request
