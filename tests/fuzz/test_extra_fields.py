"""Columns that a form does not ask for cannot be written by adding them to what it sends."""

import re

import pytest
from django.contrib.auth.models import User

from tests.builders import taken_back
from tests.html_forms import forms_of
from tests.whole_database import rows_of_every_table
from tests.whole_practice import signed_in

pytestmark = pytest.mark.once
COLUMNS = [
    "id", "pk", "status", "is_superuser", "user_permissions", "password", "last_login", "link_version", "sign_outs",
    "held_until", "overbooked", "in_two_places", "needs_rebooking_since", "replaces", "duplicate_of", "respond_by",
    "submitted_at", "starts_at", "ends_at", "blocked_from", "sequence", "flow_key", "origin", "random_id", "reference",
    "patient", "patient_id", "published_at", "stage", "reviewed_on", "is_shown", "by", "at", "user", "uploaded_by",
]  # fmt: skip
PAGES = [
    "desk:request", "desk:correct_patient", "desk:patient", "desk:cancel", "desk:note_for_desk", "desk:calendar",
    "desk:today", "admin:auth_user_change", "admin:clinic_location_change", "admin:clinic_practice_change",
    "admin:clinic_practitioner_change", "admin:booking_reason_change", "admin:procedures_procedure_facts",
    "admin:procedures_procedure_part", "account:account",
]  # fmt: skip
OF_THE_PATIENT = ["request_flow:step", "patient_page:page", "patient_page:cancel", "patient_page:another_time"]
BY_CHANCE = re.compile(r"[0-9a-f]{8}-?[0-9a-f-]{27}|[0-9a-f]{32}|\b[2-9A-HJKMNP-Z]{10}\b|[\w-]{32,}")


def after(browser, to: str, data: dict) -> tuple[int, dict]:
    kept = browser.cookies.copy()
    with taken_back():
        answer = browser.post(to, data)
        found = answer.status_code, rows_of_every_table()
    browser.cookies = kept
    return found


def alike(one: dict, other: dict) -> bool:
    """But for what is drawn by lot."""
    return all(
        BY_CHANCE.sub("", repr(rows)) == BY_CHANCE.sub("", repr(other[name]))
        for name, rows in one.items()
        if rows != other[name]
    )


def forms(browser, addresses) -> list[tuple[str, dict]]:
    """What each kind of form on these pages sends."""
    found = {}
    for address in addresses:
        for form in forms_of(browser.get(address).text, address):
            found |= {(to, *sorted(data)): (to, data) for to, data in form.sent() if form.method == "post"}
    return [(to, data) for to, data in found.values() if to != "/admin/logout/"]


def test_a_column_that_is_added_to_a_form_changes_nothing(whole_practice):
    root, addresses = signed_in(User.objects.create_superuser("root")), whole_practice.addresses()
    before, written = rows_of_every_table(), 0
    for browser, names in ((root, PAGES), (whole_practice.visitors["patient"], OF_THE_PATIENT)):
        for to, data in forms(browser, [addresses[name] for name in names]):
            status, rows = after(browser, to, data)
            with_more = after(browser, to, data | {name: "1" for name in COLUMNS if name not in data})
            assert with_more[0] == status, to
            assert alike(rows, with_more[1]), to
            written += rows != before
    assert written > 10
