"""Who may open and do what at the desk: every URL, every role, by GET and POST."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from booking import lifecycle, roles
from booking.desk.urls import urlpatterns
from booking.models import Appointment, DiaryImport, Event, Message
from tests.builders import MONDAY, Clinic, make_clerk, taken_back

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DESK, LEAD, CLINICIAN, MANAGER, EDITOR = ROLES = [
    roles.DESK, roles.LEAD, roles.CLINICIAN, roles.MANAGER, roles.EDITOR,
]  # fmt: skip
LOOKS = {DESK, LEAD, MANAGER}
ANSWERS = {DESK, LEAD}
TABLE = {
    "queue": LOOKS,
    "new_requests": LOOKS,
    "search": LOOKS,
    "patient": LOOKS,
    "export_patient": {LEAD},
    "erase_patient": {LEAD},
    "call_patient": ANSWERS,
    "note_patient": ANSWERS,
    "pin_note": ANSWERS,
    "unpin_note": ANSWERS,
    "found": LOOKS,
    "keys": {*LOOKS, CLINICIAN},
    "request": LOOKS,
    "times": LOOKS,
    "confirm": ANSWERS,
    "decline": ANSWERS,
    "withdraw": ANSWERS,
    "offer": ANSWERS,
    "extend_offer": ANSWERS,
    "accept_offer": ANSWERS,
    "refuse_offer": ANSWERS,
    "waitlist": ANSWERS,
    "close": ANSWERS,
    "end_quietly": ANSWERS,
    "not_real": ANSWERS,
    "reopen": {LEAD},
    "claim": ANSWERS,
    "take_over": ANSWERS,
    "release_claim": ANSWERS,
    "log_call": ANSWERS,
    "add_note": ANSWERS,
    "not_the_same": {LEAD},
    "resend_link": ANSWERS,
    "allow_email": ANSWERS,
    "card": ANSWERS,
    "correct_patient": ANSWERS,
    "merge": {LEAD},
    "letter": ANSWERS,
    "reschedule": ANSWERS,
    "ask_again": ANSWERS,
    "book": ANSWERS,
    "my_day": {*LOOKS, CLINICIAN},
    "no_shows": ANSWERS,
    "running_late": {*ANSWERS, CLINICIAN},
    "note_for_desk": {*ANSWERS, CLINICIAN},
    "next_appointment": ANSWERS,
    "today": {*LOOKS, CLINICIAN},
    "day": {*LOOKS, CLINICIAN},
    "sheet": {*LOOKS, CLINICIAN},
    "sheet_file": LOOKS,
    "calendar": {*LOOKS, CLINICIAN},
    "block": LOOKS,
    "unblock": LOOKS,
    "provider_out": LOOKS,
    "holidays": {LEAD, MANAGER},
    "test_email": {MANAGER},
    "switch": {MANAGER},
    "export_everything": {LEAD, MANAGER},
    "diary_imports": {MANAGER},
    "diary_import": {MANAGER},
    "undo_out": LOOKS,
    "check_in": {*ANSWERS, CLINICIAN},
    "fulfil": {*ANSWERS, CLINICIAN},
    "mark_left": {*ANSWERS, CLINICIAN},
    "no_show": ANSWERS,
    "revert_status": {*ANSWERS, CLINICIAN},
    "cancel": ANSWERS,
    "undo": ANSWERS,
    "mark_notified": ANSWERS,
    "history": {LEAD, MANAGER},
    "access": {LEAD, MANAGER},
    "access_file": {LEAD, MANAGER},
    "triage": {CLINICIAN},
    "waiting_for_triage": {CLINICIAN},
    "start_call": ANSWERS,
    "call_about": ANSWERS,
}


@pytest.fixture
def addresses(at):
    """URLs with one request, one appointment, one event and one message."""
    at("2026-11-23 10:05")
    clinic, clerk = Clinic(), make_clerk()
    appointment_request, appointment = clinic.appointment_request(clinic.slot()), clinic.appointment(clinic.slot(day=4))
    other = clinic.appointment_request(patient={"email": ""})
    lifecycle.decline(other.pk, "other", "Call us.", by=lifecycle.staff(clerk), now=MONDAY)
    until = clinic.slot(day=24, month=11, hour=10).starts_at
    blocked = lifecycle.block(clinic.slot(day=24, month=11), until, by=lifecycle.staff(clerk), now=MONDAY)
    closed = clinic.appointment_request()
    lifecycle.close(closed.pk, "Nobody there.", by=lifecycle.staff(clerk), now=MONDAY)
    appointments = (
        "check_in",
        "fulfil",
        "mark_left",
        "no_show",
        "revert_status",
        "cancel",
        "reschedule",
        "ask_again",
        "note_for_desk",
        "next_appointment",
    )
    of = dict.fromkeys(TABLE, [appointment_request.reference]) | dict.fromkeys(appointments, [appointment.pk])
    of |= dict.fromkeys(
        (
            "queue",
            "new_requests",
            "waiting_for_triage",
            "history",
            "access",
            "access_file",
            "search",
            "keys",
            "book",
            "today",
            "calendar",
            "my_day",
            "no_shows",
            "block",
            "provider_out",
            "holidays",
            "test_email",
            "switch",
            "export_everything",
            "diary_imports",
        ),
        [],
    )
    lifecycle.add_note(other.pk, "Stairs are hard.", by=lifecycle.staff(clerk), now=MONDAY)
    note, person = Event.objects.get(verb="add_note").pk, other.patient.random_id
    of |= dict.fromkeys(("patient", "call_patient", "note_patient", "export_patient"), [person])
    of |= {"erase_patient": [person], "running_late": [clinic.practitioner.slug]}
    of |= dict.fromkeys(("pin_note", "unpin_note"), [note])
    of["diary_import"] = [DiaryImport.objects.create(made_at=MONDAY, imported_at=MONDAY).pk]
    of |= {
        "found": ["0" * 32], "day": ["2026-12-04"], "sheet": ["2026-12-04"],
        "sheet_file": ["2026-12-04"],
        "start_call": [Message.objects.get(status="to_call").pk],
        "call_about": [Message.objects.get(status="to_call").pk],
        "mark_notified": [Message.objects.get(status="to_call").pk], "letter": [closed.messages.get(kind="closed").pk],
        "unblock": [blocked.pk], "undo_out": [blocked.pk],
        "undo": [Event.objects.get(verb="decline").pk], "merge": [appointment_request.reference, other.reference],
    }  # fmt: skip
    return {name: reverse(f"desk:{name}", args=of[name]) for name in TABLE}


def state():
    rows = [Event.objects.count(), *Message.objects.order_by("pk").values_list("status", flat=True)]
    return [*rows, *Appointment.objects.order_by("pk").values_list("status", "version")]


def both(client, address, version="x"):
    """The answers to a GET and to a POST."""
    return client.get(address), client.post(address, {"version": version})


def test_every_url_is_guarded_by_a_right_of_the_roles_in_the_table():
    guarded = {route.name: roles.RIGHTS[route.callback.right].roles for route in urlpatterns}
    assert guarded == TABLE


LOOKED = {"queue": 302}  # the door of the desk leads to the first page that the role may see


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_the_table_says_and_nothing_else_and_browsers_keep_none_of_it(client, addresses, role):
    client.force_login(make_clerk(role))
    before = state()
    for name, address in addresses.items():
        if role in TABLE[name]:
            with taken_back():
                looked = client.get(address)
                is_page = looked.status_code == 200
                acted = client.post(address, {"version": "x"}) if is_page or role == LEAD else looked
            assert {looked.status_code, acted.status_code} <= {200, 302, 400, 409}, name
            assert "/admin/login/" not in looked.get("Location", ""), name
        else:
            looked, acted = both(client, address)
            assert (looked.status_code, acted.status_code) == (LOOKED.get(name, 403), 403), name
            assert "Your role doesn’t include it." in acted.content.decode(), name
        assert "no-store" in looked["Cache-Control"], name
    assert state() == before  # what was refused was not rolled back


def no_longer_staff():
    return make_clerk(roles.LEAD, is_staff=False)


def no_longer_active():
    return make_clerk(roles.LEAD, is_active=False)


@pytest.mark.parametrize("who", [None, no_longer_staff, no_longer_active], ids=["anonymous", "ex-staff", "inactive"])
def test_a_visitor_who_is_not_staff_is_led_to_the_sign_in(client, addresses, who):
    user, before = who and who(), state()
    for name, address in addresses.items():
        if user:
            client.force_login(user)
        answers = both(client, address, version="1")
        assert [answer.status_code for answer in answers] == [302, 302], name
        assert all(answer["Location"].startswith("/admin/login/?next=/admin/desk/") for answer in answers), name
    assert state() == before


def test_staff_without_a_role_may_do_nothing(client, addresses):
    client.force_login(make_clerk(role=None))
    assert {name for name in addresses if client.get(addresses[name]).status_code != LOOKED.get(name, 403)} == set()


def test_a_revoked_right_is_gone_at_the_next_click(client, addresses):
    clerk = make_clerk(roles.LEAD)
    client.force_login(clerk)
    assert client.get(addresses["request"]).status_code == 200
    clerk.groups.clear()
    for name, address in addresses.items():
        assert client.get(address).status_code == LOOKED.get(name, 403), name


def test_a_post_without_a_csrf_token_is_refused(addresses):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_clerk(roles.LEAD))
    before = state()
    for name, address in addresses.items():
        assert strict.post(address, {"version": "1"}).status_code in (403, 405), name
    assert state() == before


def test_a_clinician_sees_the_day_without_links_that_would_be_refused(client, addresses):
    client.force_login(make_clerk(roles.CLINICIAN))
    html = client.get(addresses["day"]).content.decode()
    assert "June Demo" in html
    assert "/admin/desk/requests/" not in html
    assert "/admin/desk/book/" not in html
    assert "/cancel/" not in html


def test_a_manager_can_read_a_request_but_has_no_buttons(client, addresses):
    client.force_login(make_clerk(roles.MANAGER))
    html = client.get(addresses["request"]).content.decode()
    assert "First choice" in html
    assert 'name="slot"' not in html
    main = html.partition("<main")[2].partition("</main>")[0]
    only_shows = addresses["times"]
    assert not re.findall(rf'<button(?![^>]*(?:disabled|hidden|formaction="{only_shows}#answer"))', main)
