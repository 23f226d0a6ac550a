"""Who may do what: one table for checks, templates and the admin. `sync_roles` creates the groups from it."""

from datetime import date, timedelta
from typing import NamedTuple

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

DESK, LEAD, CLINICIAN, MANAGER, EDITOR = "Front desk", "Desk lead", "Clinician", "Manager", "Content editor"
ANSWERING = {DESK, LEAD}


class Right(NamedTuple):
    """Its label in the admin, and the roles that have it."""

    label: str
    roles: set[str]


RIGHTS = {
    "see_queue": Right("See the queue and requests", {DESK, LEAD, MANAGER}),
    "see_history": Right("See who did what at the desk", {LEAD, MANAGER}),
    "see_day": Right("See the day’s appointments", {DESK, LEAD, CLINICIAN, MANAGER}),
    "confirm": Right("Confirm a request", ANSWERING),
    "decline": Right("Decline a request", ANSWERING),
    "withdraw": Right("Withdraw a request for a patient", ANSWERING),
    "offer": Right("Offer times, and record the patient’s answer", ANSWERING),
    "waitlist": Right("Add a request to the waitlist", ANSWERING),
    "close": Right("Close a request with a letter", ANSWERING),
    "reopen": Right("Reopen a request", {LEAD}),
    "claim": Right("Work on a request, or take it over", ANSWERING),
    "log_call": Right("Log a call", ANSWERING),
    "add_note": Right("Add a staff note", ANSWERING),
    "correct_patient": Right("Edit patient details", ANSWERING),
    "resend_link": Right("Resend a patient’s link", ANSWERING),
    "export_patient": Right("Export what we have about a patient", {LEAD}),
    "erase_patient": Right("Erase a patient", {LEAD}),
    "merge": Right("Merge two requests from one patient", {LEAD}),
    "reschedule": Right("Move an appointment", ANSWERING),
    "ask_again": Right("Request another time for a patient", ANSWERING),
    "mark_needs_rebooking": Right("Call off an appointment that needs a new time", ANSWERING),
    "overbook": Right("Double-book", {LEAD}),
    "book": Right("Book by phone", ANSWERING),
    "cancel": Right("Cancel an appointment", ANSWERING),
    "check_in": Right("Check in a patient", {*ANSWERING, CLINICIAN}),
    "fulfil": Right("Mark a patient as seen", {*ANSWERING, CLINICIAN}),
    "mark_left": Right("Mark a patient as left without being seen", {*ANSWERING, CLINICIAN}),
    "no_show": Right("Mark a patient as a no-show", ANSWERING),
    "running_late": Right("Say how late a provider is running", {*ANSWERING, CLINICIAN}),
    "note_for_desk": Right("Leave the desk a note about an appointment", {*ANSWERING, CLINICIAN}),
    "revert_status": Right("Undo a status change from today", {*ANSWERING, CLINICIAN}),
    "undo": Right("Undo one’s own actions", ANSWERING),
    "undo_others": Right("Undo a coworker’s actions", {LEAD}),
    "triage": Right("Mark a request urgent, routine or as needing imaging first", {CLINICIAN}),
    "mark_notified": Right("Mark a patient as notified by phone", ANSWERING),
    "time_off": Right("Block time, or take a provider out, today and tomorrow", {*ANSWERING, MANAGER}),
    "time_off_any_day": Right("Block time, or take a provider out, on any day", {LEAD, MANAGER}),
    "edit_hours": Right("Enter the weekly hours of providers", {LEAD, MANAGER}),
    "export_everything": Right("Export everything as CSV and JSON", {LEAD, MANAGER}),
    "set_up": Right("Set up the practice, and switch the site on or off", {MANAGER}),
}
# Django's own permissions, for setup tables and pages. Requests, appointments and history are read-only in the admin.
TABLES: dict[str, set[str]] = {
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
    "procedures.pair": {EDITOR, MANAGER},
    "procedures.picture": {EDITOR, MANAGER},
    "procedures.source": {EDITOR, MANAGER},
}
# Hours may be deleted, and so may wrong claims in a draft. Published versions never change.
DELETED_TOO = {
    "clinic.scheduleexception", "clinic.officehours", "procedures.section", "procedures.risk",
    "procedures.pair", "procedures.picture",
}  # fmt: skip
READ_ONLY: dict[str, set[str]] = {
    "booking.appointmentrequest": {DESK, LEAD, MANAGER},
    "booking.appointment": {DESK, LEAD, MANAGER},
    "booking.event": {LEAD, MANAGER},
    "booking.message": {LEAD, MANAGER},
    "clinic.staffmessage": {MANAGER},
    "clinic.accountchange": {LEAD, MANAGER},
    "procedures.publishedversion": {EDITOR, CLINICIAN, MANAGER},
    "procedures.procedure": {CLINICIAN},
    "procedures.section": {CLINICIAN},
    "procedures.risk": {CLINICIAN},
    "procedures.pair": {CLINICIAN},
    "procedures.picture": {CLINICIAN},
    "procedures.source": {CLINICIAN},
}
PUBLISH = {"procedures.review_procedure": {CLINICIAN}, "procedures.publish_procedure": {MANAGER}}


def may(user, right: str) -> bool:
    """Whether this user has this right."""
    if right not in RIGHTS:
        raise KeyError(right)
    return user.is_active and user.is_staff and user.has_perm(f"booking.{right}")


def may_take_time_off(user, first_day: date, last_day: date, today: date) -> bool:
    """Whether this user may block time or take a provider out on these days: the desk today and tomorrow."""
    near = today <= first_day and last_day <= today + timedelta(days=1)
    return may(user, "time_off_any_day") or near and may(user, "time_off")


def rights_of(user) -> set[str]:
    """All rights of this user."""
    if not (user.is_active and user.is_staff):
        return set()
    if user.is_superuser:
        return set(RIGHTS)
    granted = user.get_all_permissions()
    return {right for right in RIGHTS if f"booking.{right}" in granted}


def sync_roles() -> dict[str, int]:
    """Create the roles with their permissions from the tables above. Returns the number of permissions per role.

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
    """Delete permissions of verbs that were removed or renamed: Django never deletes them."""
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
