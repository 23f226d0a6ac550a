"""Who may do what: one dict that checks, templates and tests read. `sync_roles` makes the groups of it."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

DESK, LEAD, CLINICIAN, MANAGER, EDITOR = "Front desk", "Desk lead", "Clinician", "Manager", "Content editor"
ANSWERING = {DESK, LEAD}

VERBS: dict[str, set[str]] = {
    "see_queue": {DESK, LEAD, MANAGER},
    "see_day": {DESK, LEAD, CLINICIAN, MANAGER},
    "confirm": ANSWERING,
    "decline": ANSWERING,
    "withdraw": ANSWERING,
    "offer": ANSWERING,
    "waitlist": ANSWERING,
    "close": ANSWERING,
    "reopen": {LEAD},
    "claim": ANSWERING,
    "log_call": ANSWERING,
    "note": ANSWERING,
    "correct": ANSWERING,
    "resend_link": ANSWERING,
    "merge": {LEAD},
    "reschedule": ANSWERING,
    "ask_again": ANSWERING,
    "needs_rebooking": ANSWERING,
    "overbook": {LEAD},
    "book": ANSWERING,
    "cancel": ANSWERING,
    "check_in": {*ANSWERING, CLINICIAN},
    "fulfil": {*ANSWERING, CLINICIAN},
    "mark_left": {*ANSWERING, CLINICIAN},
    "no_show": ANSWERING,
    "revert_status": {*ANSWERING, CLINICIAN},
    "undo": ANSWERING,
    "undo_others": {LEAD},
    "mark_notified": ANSWERING,
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


def may(user, verb: str) -> bool:
    """Whether this user may do this verb."""
    if verb not in VERBS:
        raise KeyError(verb)
    return user.is_active and user.is_staff and user.has_perm(f"booking.{verb}")


def verbs_of(user) -> set[str]:
    """All that this user may do."""
    rights = user.get_all_permissions() if user.is_active and user.is_staff else set()
    return {verb for verb in VERBS if f"booking.{verb}" in rights}


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
        for role, rights in wanted.items():
            Group.objects.get_or_create(name=role)[0].permissions.set(permissions[right] for right in rights)
    return {role: len(rights) for role, rights in wanted.items()}


def _rights() -> dict[str, set[str]]:
    rights = {f"booking.{verb}": roles for verb, roles in VERBS.items()} | PUBLISH
    for table, roles in TABLES.items():
        app, model = table.split(".")
        rights |= {f"{app}.{act}_{model}": roles for act in ("view", "add", "change")}
        rights[f"{app}.delete_{model}"] = roles if table in DELETED_TOO else set()
    for table, roles in READ_ONLY.items():
        app, model = table.split(".")
        view = f"{app}.view_{model}"
        rights[view] = rights.get(view, set()) | roles
    return rights
