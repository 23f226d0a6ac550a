"""Who may do what: one table that checks, templates and the admin read. `sync_roles` makes the groups of it."""

from typing import NamedTuple

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

DESK, LEAD, CLINICIAN, MANAGER, EDITOR = "Front desk", "Desk lead", "Clinician", "Manager", "Content editor"
ANSWERING = {DESK, LEAD}


class Right(NamedTuple):
    """What the admin calls it, and the roles that have it."""

    label: str
    roles: set[str]


RIGHTS = {
    "see_queue": Right("See the queue and requests", {DESK, LEAD, MANAGER}),
    "see_day": Right("See the day", {DESK, LEAD, CLINICIAN, MANAGER}),
    "confirm": Right("Confirm a request", ANSWERING),
    "decline": Right("Decline a request", ANSWERING),
    "withdraw": Right("Withdraw a request for a patient", ANSWERING),
    "offer": Right("Offer times, and take the answer to an offer", ANSWERING),
    "waitlist": Right("Put a request on the waitlist", ANSWERING),
    "close": Right("Close a request with a letter", ANSWERING),
    "reopen": Right("Open an answered request again", {LEAD}),
    "claim": Right("Take a request in hand, or take it over", ANSWERING),
    "log_call": Right("Log a call", ANSWERING),
    "add_note": Right("Write an internal note", ANSWERING),
    "correct_patient": Right("Correct a patient’s data", ANSWERING),
    "resend_link": Right("Send a patient’s link again", ANSWERING),
    "merge": Right("Merge two requests of one patient", {LEAD}),
    "reschedule": Right("Move an appointment", ANSWERING),
    "ask_again": Right("Ask for another time for a patient", ANSWERING),
    "mark_needs_rebooking": Right("Mark that an appointment needs another time", ANSWERING),
    "overbook": Right("Book over another appointment", {LEAD}),
    "book": Right("Book by phone", ANSWERING),
    "cancel": Right("Cancel an appointment", ANSWERING),
    "check_in": Right("Mark an appointment as arrived", {*ANSWERING, CLINICIAN}),
    "fulfil": Right("Mark an appointment as seen", {*ANSWERING, CLINICIAN}),
    "mark_left": Right("Mark an appointment as left", {*ANSWERING, CLINICIAN}),
    "no_show": Right("Mark an appointment as no-show", ANSWERING),
    "revert_status": Right("Take back a mark of today", {*ANSWERING, CLINICIAN}),
    "undo": Right("Undo an own act", ANSWERING),
    "undo_others": Right("Undo a colleague’s act", {LEAD}),
    "mark_notified": Right("Mark a patient as told by phone", ANSWERING),
}
# Stock admin permissions: set-up tables and pages. Requests, appointments and history are read there, never written.
TABLES: dict[str, set[str]] = {
    "clinic.schedule": {LEAD, MANAGER},
    "clinic.scheduleexception": {LEAD, MANAGER},
    "clinic.officehours": {LEAD, MANAGER},
    "clinic.practice": {MANAGER},
    "clinic.location": {MANAGER},
    "clinic.practitioner": {MANAGER},
    "clinic.appointmenttype": {MANAGER},
    "booking.reason": {MANAGER},
    "auth.user": {MANAGER},
    "procedures.procedure": {EDITOR, MANAGER},
    "procedures.section": {EDITOR, MANAGER},
    "procedures.risk": {EDITOR, MANAGER},
    "procedures.source": {EDITOR, MANAGER},
}
# Hours come and go; a wrong claim can be taken out of a draft. What was published stays as it was.
DELETED_TOO = {
    "clinic.schedule", "clinic.scheduleexception", "clinic.officehours", "procedures.section", "procedures.risk",
}  # fmt: skip
READ_ONLY: dict[str, set[str]] = {
    "booking.appointmentrequest": {DESK, LEAD, MANAGER},
    "booking.appointment": {DESK, LEAD, MANAGER},
    "booking.event": {LEAD, MANAGER},
    "booking.message": {LEAD, MANAGER},
    "procedures.publishedversion": {EDITOR, CLINICIAN, MANAGER},
    "procedures.procedure": {CLINICIAN},
    "procedures.section": {CLINICIAN},
    "procedures.risk": {CLINICIAN},
    "procedures.source": {CLINICIAN},
}
PUBLISH = {"procedures.review_procedure": {CLINICIAN}, "procedures.publish_procedure": {MANAGER}}


def may(user, right: str) -> bool:
    """Whether this user has this right."""
    if right not in RIGHTS:
        raise KeyError(right)
    return user.is_active and user.is_staff and user.has_perm(f"booking.{right}")


def rights_of(user) -> set[str]:
    """All that this user may do."""
    rights = user.get_all_permissions() if user.is_active and user.is_staff else set()
    return {right for right in RIGHTS if f"booking.{right}" in rights}


def sync_roles() -> dict[str, int]:
    """Make the roles and their rights as the tables above say; returns the number of rights of each role.

    A command, not a migration: a migration runs before the permissions exist. Running it again changes nothing.
    """
    wanted = {role: set() for role in (DESK, LEAD, CLINICIAN, MANAGER, EDITOR)}
    for permission, roles in _rights().items():
        for role in roles:
            wanted[role].add(permission)
    permissions = {
        f"{p.content_type.app_label}.{p.codename}": p for p in Permission.objects.select_related("content_type")
    }
    with transaction.atomic():
        _delete_old_rights()
        for role, rights in wanted.items():
            Group.objects.get_or_create(name=role)[0].permissions.set(permissions[right] for right in rights)
    return {role: len(rights) for role, rights in wanted.items()}


def _delete_old_rights() -> None:
    """Of verbs that are no more, or have another name: Django itself keeps a permission for ever."""
    stock = Q(codename__regex=r"^(add|change|delete|view)_appointmentrequest$")
    ours = Permission.objects.filter(content_type__app_label="booking", content_type__model="appointmentrequest")
    ours.exclude(stock | Q(codename__in=RIGHTS)).delete()


def _rights() -> dict[str, set[str]]:
    rights = {f"booking.{name}": right.roles for name, right in RIGHTS.items()} | PUBLISH
    for table, roles in TABLES.items():
        app, model = table.split(".")
        rights |= {f"{app}.{act}_{model}": roles for act in ("view", "add", "change")}
        rights[f"{app}.delete_{model}"] = roles if table in DELETED_TOO else set()
    for table, roles in READ_ONLY.items():
        app, model = table.split(".")
        view = f"{app}.view_{model}"
        rights[view] = rights.get(view, set()) | roles
    return rights
