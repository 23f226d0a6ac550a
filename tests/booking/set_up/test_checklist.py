"""The set-up checklist: what it says of a practice at each stage, and what it lets a manager switch on."""

from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.core.management import call_command

from booking.lifecycle import NotAllowed
from booking.models import HostBackup, LastBackup
from booking.set_up.checklist import checklist
from booking.set_up.switch import switch_on
from clinic.models import Location, Practice, Schedule, StaffMessage
from procedures.loading import CONTENT, load
from tests.builders import MONDAY, make_clerk, make_practitioner, make_reason
from tests.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
START, PRESS = "/admin/", "/admin/desk/set-up/host-backup/"


def line(name):
    return next(each for each in checklist(now=MONDAY).lines if each.name == name)


def states():
    return {each.name: str(each.state) for each in checklist(now=MONDAY).lines}


def finish():
    """What a practice still needs beside its tables."""
    load(CONTENT / "privacy.toml", now=MONDAY, demo=True)
    make_clerk()
    StaffMessage.objects.create(user=make_clerk(), kind="test", status="sent", due_at=MONDAY, sent_at=MONDAY)


def test_an_empty_site_begins_with_an_office_and_asks_patients_to_call(client, at):
    at("2026-11-23 10:05")
    client.force_login(make_clerk("Manager"))
    shown = words(client.get(START))
    assert "Set up the practice 0 of 12 done" in shown
    assert "Enter an office first" in shown
    assert checklist(now=MONDAY).next == line("offices")
    assert "Please call us for an appointment" in words(client.get("/request/"))
    home = words(client.get("/")).partition("What hurts?")[2].partition("Menu")[0]
    assert not [heading for heading in ("Treatments", "Where we are", "Need help with") if heading in home]


def test_each_line_names_what_is_missing(clinic, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    Location.objects.create(name="Dock Lane office", slug="dock-lane", address="1 Dock Lane")
    make_practitioner(name="Dr. Idle Demo, MD")
    make_clerk(first_name="Wilma")
    Schedule.objects.all().delete()
    said = {
        "offices": "Desk hours are missing: Dock Lane office",
        "providers": "Weekly hours are missing: Dr. Idle Demo, MD",
        "reasons": "No provider with weekly hours offers the appointment type of: Broken bone in the spine",
        "staff": "Have not signed in yet, or have no second step: Wilma",
    }
    for name, sentence in said.items():
        assert line(name).says.startswith(sentence), line(name).says
    assert line("types").state == "ok"


def test_who_was_invited_and_has_not_come_yet_does_not_count_as_able_to_sign_in(clinic):
    make_clerk("Manager")
    wilma = make_clerk(first_name="Wilma")
    assert line("staff").says == "2 people can sign in"
    wilma.set_unusable_password()
    wilma.save()
    assert line("staff").says.endswith("Wilma")
    wilma.last_login = MONDAY  # by the practice’s own sign-in
    wilma.save()
    assert line("staff").state == "ok"


def test_a_provider_who_offers_nothing_is_named_beside_the_types(clinic):
    make_practitioner(name="Dr. Idle Demo, MD")
    assert line("types").says == "New-patient consultation. Offers none of these: Dr. Idle Demo, MD"


def test_a_reason_whose_type_nobody_offers_is_named(clinic):
    other = type(clinic.appointment_type).objects.create(name="Scan", slug="scan", minutes=20, step=20)
    make_reason(other, label="A scan")
    assert line("reasons").says.endswith(": A scan")
    assert line("types").says == "No provider offers: Scan"


def test_the_site_opens_only_when_the_list_says_that_it_can_work(client, clinic):
    Practice.objects.update(is_on=False)
    client.force_login(make_clerk("Manager"))
    assert "We do not take requests on this site right now" in words(client.get("/request/"))
    answer = client.post("/admin/desk/set-up/switch/", {"to": "on"}, follow=True)
    assert "Not yet. First: Pages, signed and published, Staff and roles, Email tested" in words(answer)
    with pytest.raises(NotAllowed):
        switch_on(now=MONDAY)
    finish()
    client.post("/admin/desk/set-up/switch/", {"to": "on"})
    assert "Please call us" not in words(client.get("/request/"))
    client.post("/admin/desk/set-up/switch/", {"to": "off"})
    shown = words(client.get("/request/"))
    assert "Please call us for an appointment" in shown
    assert "718" in shown


def test_the_list_is_open_until_all_is_done_and_then_folds(client, manager, clinic):
    finish()
    assert '<section class="set-up-list"' in client.get(START).content.decode()
    LastBackup.objects.create(taken_at=MONDAY)
    assert checklist(now=MONDAY).is_green, states()
    assert '<details class="set-up-list"' in client.get(START).content.decode()


def test_one_press_sends_a_real_message_and_the_line_says_how_it_went(client, manager, clinic):
    manager.email = "lena@example.org"
    manager.save()
    assert line("mail").state == "calm"
    client.post("/admin/desk/set-up/test-email/")
    assert line("mail").state == "wait"
    call_command("run_worker", once=True)
    assert [letter.to for letter in outbox.outbox] == [["lena@example.org"]]
    assert "a test of our email" in outbox.outbox[0].subject
    assert line("mail").state == "ok"


def test_a_refused_message_or_one_to_nobody_is_said(client, manager, clinic):
    client.post("/admin/desk/set-up/test-email/")
    call_command("run_worker", once=True)
    assert "no email address" in line("mail").says
    StaffMessage.objects.create(user=manager, kind="test", failure="SMTPAuthenticationError", due_at=MONDAY)
    assert "SMTPAuthenticationError" in line("mail").says
    assert line("mail").state == "stop"


def test_an_old_backup_counts_no_more(clinic):
    LastBackup.objects.create(taken_at=MONDAY.replace(day=20))
    assert line("backup").state == "stop"


def test_a_backup_of_the_host_counts_for_a_year_with_who_said_so_and_when(client, manager, clinic, at):
    at("2026-11-23 10:05")
    manager.first_name, manager.last_name = "Lena", "Ortiz"
    manager.save()
    assert line("backup").act == "Our host backs up"
    client.post(PRESS, {"is_so": "yes"})
    said = line("backup")
    assert (said.state, said.act) == ("ok", "They no longer do")
    assert said.says.replace("\xa0", " ").startswith("Lena Ortiz said on Monday, November 23 that your host makes the")
    assert "Your host makes the backups" in words(client.get(START))
    again = next(each for each in checklist(now=MONDAY + timedelta(days=366)).lines if each.name == "backup")
    assert (again.state, again.act) == ("wait", "Yes, it is")
    client.post(PRESS, {"is_so": "no"})
    assert line("backup").state == "calm"
    assert "No backup yet" in words(client.get(START))
    assert [row.is_so for row in HostBackup.objects.all()] == [False, True]


def test_what_was_said_of_the_host_ends_with_a_backup_of_our_own(client, manager, clinic, at):
    at("2026-11-20 10:05")
    client.post(PRESS, {"is_so": "yes"})
    LastBackup.objects.create(taken_at=MONDAY.replace(day=21))
    assert (line("backup").state, line("backup").act) == ("stop", "Our host backs up")
    LastBackup.objects.update(taken_at=MONDAY)
    assert (line("backup").state, line("backup").act) == ("ok", "")


def test_opening_the_addresses_of_the_presses_changes_nothing(client, manager, clinic):
    for name in ("switch", "test-email", "host-backup"):
        assert client.get(f"/admin/desk/set-up/{name}/")["Location"] == START
    assert client.post(PRESS, {"is_so": "perhaps"})["Location"] == START
    assert not HostBackup.objects.exists()
    assert Practice.objects.get().is_on
    assert not StaffMessage.objects.exists()


def test_the_list_costs_the_same_for_many(client, manager, clinic, django_assert_max_num_queries):
    for n in range(5):
        make_practitioner(clinic.appointment_type, clinic.location)
        make_reason(clinic.appointment_type, label=f"Reason {n}")
        make_clerk()
    with django_assert_max_num_queries(18):
        checklist(now=MONDAY)


def test_the_tables_stand_in_groups_named_for_people(client, manager, clinic):
    html = client.get(START).content.decode()
    names = ("Practice", "Hours and closures", "Pages", "People and access", "Records")
    places = [html.index(f"<caption>{name}</caption>") for name in names]
    assert places == sorted(places)
