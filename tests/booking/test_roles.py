"""Who may do what: the verbs of the design, row by row, and the groups that are made of them."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.management import call_command

from booking.models import AppointmentRequest
from booking.roles import CLINICIAN, DESK, EDITOR, LEAD, MANAGER, READ_ONLY, RIGHTS, TABLES, may, sync_roles
from tests.builders import make_clerk

ROLES = [DESK, LEAD, CLINICIAN, MANAGER, EDITOR]
# domain.md, "Who may do what". What it does not name stands with what it is nearest to: mark_left with fulfil,
# revert_status with the marks it takes back, mark_notified with "log call".
DESIGN = {
    "see_queue": {DESK, LEAD, MANAGER},
    "see_day": {DESK, LEAD, CLINICIAN, MANAGER},
    "confirm": {DESK, LEAD},
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
    "revert_status": {DESK, LEAD, CLINICIAN},
    "undo": {DESK, LEAD},
    "undo_others": {LEAD},
    "mark_notified": {DESK, LEAD},
}


def test_the_verbs_are_those_of_the_design():
    assert {name: right.roles for name, right in RIGHTS.items()} == DESIGN


def test_each_verb_is_a_right_that_the_admin_can_show():
    assert {codename for codename, _ in AppointmentRequest._meta.permissions} == set(RIGHTS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_its_verbs_and_no_other(db, role):
    assert allowed(make_clerk(role)) == {verb for verb, roles in DESIGN.items() if role in roles}


def allowed(user):
    return {verb for verb in RIGHTS if may(user, verb)}


def test_ex_staff_may_do_nothing(db):
    assert allowed(make_clerk(LEAD, is_active=False)) == set()
    assert allowed(make_clerk(LEAD, is_staff=False)) == set()
    assert allowed(make_clerk(LEAD, is_active=False, is_superuser=True)) == set()


def test_who_has_no_role_may_do_nothing(db):
    assert allowed(make_clerk(role=None)) == set()
    assert allowed(AnonymousUser()) == set()


def test_a_superuser_may_do_everything(db):
    assert allowed(make_clerk(role=None, is_superuser=True)) == set(RIGHTS)


def test_a_verb_that_is_none_is_a_mistake_of_ours(db):
    with pytest.raises(KeyError):
        may(make_clerk(role=None, is_superuser=True), "confrim")


def rights(role):
    permissions = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in permissions}


def test_roles_are_made_by_a_command_that_may_run_again(db, capsys):
    call_command("sync_roles")
    once = {role: rights(role) for role in ROLES}
    call_command("sync_roles")
    assert {role: rights(role) for role in ROLES} == once
    assert Group.objects.count() == len(ROLES)
    assert f"{DESK}: {len(once[DESK])} rights" in capsys.readouterr().out


def test_syncing_takes_back_what_was_given_by_hand(db):
    sync_roles()
    Group.objects.get(name=DESK).permissions.add(Permission.objects.get(codename="undo_others"))
    sync_roles()
    assert "booking.undo_others" not in rights(DESK)


def test_syncing_deletes_the_rights_of_verbs_that_are_no_more(db):
    table = Permission.objects.get(codename="confirm").content_type
    Permission.objects.create(
        codename="strand", name="Call off an appointment that needs a new time", content_type=table
    )
    before = set(Permission.objects.values_list("codename", flat=True))
    sync_roles()
    assert before - set(Permission.objects.values_list("codename", flat=True)) == {"strand"}


def test_nobody_writes_requests_appointments_or_history_by_the_stock_admin(db):
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
def test_a_set_up_table_is_written_by_its_roles_alone(db, table):
    sync_roles()
    app, model = table.split(".")
    assert {role for role in ROLES if f"{app}.change_{model}" in rights(role)} == TABLES[table]


def test_hours_and_closures_are_the_desk_leads_and_the_managers():
    assert {table for table, roles in TABLES.items() if LEAD in roles} == {
        "clinic.schedule", "clinic.scheduleexception", "clinic.officehours",
    }  # fmt: skip
    assert not any(roles & {DESK, CLINICIAN} for roles in TABLES.values())


def test_pages_are_published_by_the_manager_alone(db):
    sync_roles()
    assert [role for role in ROLES if "procedures.publish_procedure" in rights(role)] == [MANAGER]
    assert [role for role in ROLES if "procedures.review_procedure" in rights(role)] == [CLINICIAN]
    assert "procedures.change_procedure" not in rights(CLINICIAN)
    assert not any(right.startswith(("clinic.", "booking.", "auth.")) for right in rights(EDITOR))


def test_only_hours_closures_and_parts_of_a_draft_are_ever_deleted_there(db):
    sync_roles()
    deleted = {right for role in ROLES for right in rights(role) if ".delete_" in right}
    assert deleted == {
        "clinic.delete_schedule", "clinic.delete_scheduleexception", "clinic.delete_officehours",
        "procedures.delete_section", "procedures.delete_risk",
    }  # fmt: skip
