"""Who may do what: the rights table, row by row, and the groups made from it."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.management import call_command

from booking.models import AppointmentRequest
from booking.roles import CLINICIAN, DESK, EDITOR, LEAD, MANAGER, READ_ONLY, RIGHTS, TABLES, may, sync_roles
from tests.builders import make_clerk

ROLES = [DESK, LEAD, CLINICIAN, MANAGER, EDITOR]
# mark_left goes with fulfil, revert_status with the statuses it reverts, mark_notified with log_call.
EXPECTED = {
    "see_queue": {DESK, LEAD, MANAGER},
    "see_history": {LEAD, MANAGER},
    "see_day": {DESK, LEAD, CLINICIAN, MANAGER},
    "confirm": {DESK, LEAD},
    "triage": {CLINICIAN},
    "decline": {DESK, LEAD},
    "withdraw": {DESK, LEAD},
    "offer": {DESK, LEAD},
    "waitlist": {DESK, LEAD},
    "close": {DESK, LEAD},
    "reopen": {LEAD},
    "claim": {DESK, LEAD},
    "log_call": {DESK, LEAD},
    "add_note": {DESK, LEAD},
    "correct_patient": {DESK, LEAD},
    "resend_link": {DESK, LEAD},
    "export_patient": {LEAD},
    "erase_patient": {LEAD},
    "merge": {LEAD},
    "reschedule": {DESK, LEAD},
    "ask_again": {DESK, LEAD},
    "mark_needs_rebooking": {DESK, LEAD},
    "overbook": {LEAD},
    "book": {DESK, LEAD},
    "cancel": {DESK, LEAD},
    "check_in": {DESK, LEAD, CLINICIAN},
    "fulfil": {DESK, LEAD, CLINICIAN},
    "mark_left": {DESK, LEAD, CLINICIAN},
    "no_show": {DESK, LEAD},
    "running_late": {DESK, LEAD, CLINICIAN},
    "note_for_desk": {DESK, LEAD, CLINICIAN},
    "revert_status": {DESK, LEAD, CLINICIAN},
    "undo": {DESK, LEAD},
    "time_off": {DESK, LEAD, MANAGER},
    "time_off_any_day": {LEAD, MANAGER},
    "edit_hours": {LEAD, MANAGER},
    "set_up": {MANAGER},
    "export_everything": {LEAD, MANAGER},
    "undo_others": {LEAD},
    "mark_notified": {DESK, LEAD},
}


def test_the_table_has_exactly_these_rights():
    assert {name: right.roles for name, right in RIGHTS.items()} == EXPECTED


def test_each_right_is_a_permission_that_the_admin_can_show():
    assert {codename for codename, _ in AppointmentRequest._meta.permissions} == set(RIGHTS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_its_verbs_and_no_others(db, role):
    assert allowed(make_clerk(role)) == {verb for verb, roles in EXPECTED.items() if role in roles}


def allowed(user):
    return {verb for verb in RIGHTS if may(user, verb)}


def test_former_staff_may_do_nothing(db):
    assert allowed(make_clerk(LEAD, is_active=False)) == set()
    assert allowed(make_clerk(LEAD, is_staff=False)) == set()
    assert allowed(make_clerk(LEAD, is_active=False, is_superuser=True)) == set()


def test_a_user_without_a_role_may_do_nothing(db):
    assert allowed(make_clerk(role=None)) == set()
    assert allowed(AnonymousUser()) == set()


def test_a_superuser_may_do_everything(db):
    assert allowed(make_clerk(role=None, is_superuser=True)) == set(RIGHTS)


def test_an_unknown_right_is_a_programming_error(db):
    with pytest.raises(KeyError):
        may(make_clerk(role=None, is_superuser=True), "confrim")


def rights(role):
    permissions = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in permissions}


def test_sync_roles_can_run_again(db, capsys):
    call_command("sync_roles")
    once = {role: rights(role) for role in ROLES}
    call_command("sync_roles")
    assert {role: rights(role) for role in ROLES} == once
    assert Group.objects.count() == len(ROLES)
    assert f"{DESK}: {len(once[DESK])} rights" in capsys.readouterr().out


def test_sync_roles_removes_permissions_given_by_hand(db):
    sync_roles()
    Group.objects.get(name=DESK).permissions.add(Permission.objects.get(codename="undo_others"))
    sync_roles()
    assert "booking.undo_others" not in rights(DESK)


def test_sync_roles_deletes_permissions_of_removed_verbs(db):
    table = Permission.objects.get(codename="confirm").content_type
    Permission.objects.create(
        codename="strand", name="Call off an appointment that needs a new time", content_type=table
    )
    before = set(Permission.objects.values_list("codename", flat=True))
    sync_roles()
    assert before - set(Permission.objects.values_list("codename", flat=True)) == {"strand"}


def test_nobody_can_write_requests_appointments_or_history_in_the_admin(db):
    sync_roles()
    for role in ROLES:
        written = {right for right in rights(role) if right.split(".")[1].startswith(("add_", "change_", "delete_"))}
        assert not {
            right
            for right in written
            for table in READ_ONLY.keys() - TABLES.keys()
            if right.endswith(f"_{table.split('.')[1]}")
        }
        assert not {
            right for right in written if right.endswith(("_patient", "_ratelimitcounter", "_group", "_permission"))
        }


@pytest.mark.parametrize("table", TABLES)
def test_a_setup_table_can_be_changed_only_by_its_roles(db, table):
    sync_roles()
    app, model = table.split(".")
    assert {role for role in ROLES if f"{app}.change_{model}" in rights(role)} == TABLES[table]


def test_hours_and_closures_belong_to_desk_leads_and_managers():
    assert {table for table, roles in TABLES.items() if LEAD in roles} == {
        "clinic.scheduleexception", "clinic.officehours",
    }  # fmt: skip
    assert not any(roles & {DESK, CLINICIAN} for roles in TABLES.values())


def test_only_managers_can_publish_pages(db):
    sync_roles()
    assert [role for role in ROLES if "procedures.publish_procedure" in rights(role)] == [MANAGER]
    assert [role for role in ROLES if "procedures.review_procedure" in rights(role)] == [CLINICIAN]
    assert "procedures.change_procedure" not in rights(CLINICIAN)
    assert not any(right.startswith(("clinic.", "booking.", "auth.")) for right in rights(EDITOR))


def test_editors_can_write_every_part_of_a_page(db):
    sync_roles()
    for part in ("section", "risk", "pair", "picture"):
        assert {f"procedures.{act}_{part}" for act in ("view", "add", "change", "delete")} <= rights(EDITOR), part


def test_only_hours_closures_and_parts_of_a_draft_can_be_deleted(db):
    sync_roles()
    deleted = {right for role in ROLES for right in rights(role) if ".delete_" in right}
    assert deleted == {
        "clinic.delete_scheduleexception", "clinic.delete_officehours",
        "procedures.delete_section", "procedures.delete_risk", "procedures.delete_pair", "procedures.delete_picture",
    }  # fmt: skip
