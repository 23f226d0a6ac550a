"""Markup that is stored in any text of any table stays text: on every page, in every mail and letter."""

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core import mail
from django.db import DatabaseError, models, transaction
from django.urls import reverse

from booking.models import Message, Patient
from booking.notifications import outbox
from tests.builders import later
from tests.fuzz.values import Live
from tests.whole_practice import signed_in

pytestmark = pytest.mark.once
MARKUP = "=\"'><xss-probe onxss=1>"
KEPT = {  # what code reads, not people
    "reference", "flow_key", "zone", "language", "sha256", "origin", "fingerprint", "password", "codename", "app_label",
    "model", "verb", "status", "file", "key", "session_key", "session_data", "phone", "typed", "kind",
    "accent", "accent_dark",
}  # fmt: skip
TABLES = {
    "application/json",
    "text/css",
    "text/html",
    "text/plain",
    "text/calendar",
    "text/javascript",
    "application/xml",
    "image/svg+xml",
    "",
}


def is_written_by_people(field: models.Field) -> bool:
    is_text = type(field) in (models.CharField, models.TextField)
    return is_text and not (field.choices or field.primary_key or field.name in KEPT)


def fill_every_text() -> set[str]:
    """Put markup into each text of each row. Returns the columns that took it."""
    filled = set()
    for model in apps.get_models():
        for field in filter(is_written_by_people, model._meta.concrete_fields):
            try:
                with transaction.atomic():
                    value = MARKUP[: field.max_length or None]
                    model.objects.update(**{field.name: value})
                filled.add(f"{model.__name__}.{field.name}")
            except DatabaseError:  # a constraint says that it is no text of people
                continue
    return filled


def live(browser, addresses) -> list[str]:
    """What became an element, an attribute or code on these pages; no page is a table for a spreadsheet."""
    found = []
    for address in addresses:
        answer = browser.get(address)
        kind = answer.get("Content-Type", "").partition(";")[0]
        assert kind in TABLES, address
        found += [f"{address}: {each}" for each in Live(answer.text).found] if kind == "text/html" else []
    return found


def test_markup_in_any_text_is_never_part_of_a_page_a_letter_or_a_mail(whole_practice):
    root = signed_in(User.objects.create_superuser("root"))
    addresses = whole_practice.addresses().values()
    letters = [reverse("desk:letter", args=[message.pk]) for message in Message.objects.all()]
    assert {"Patient.name", "AppointmentRequest.note", "Practice.name", "User.first_name"} <= fill_every_text()
    assert "<xss-probe" in Patient.objects.first().name
    assert live(root, [*addresses, *letters]) == []
    assert live(whole_practice.visitors["patient"], [each for each in addresses if "/admin/" not in each]) == []
    outbox.deliver_due(clock=lambda: later(hours=3))
    assert mail.outbox
    htmls = [html for sent in mail.outbox for html, _kind in sent.alternatives]
    assert [Live(html).found for html in htmls if Live(html).found] == []


def test_what_became_part_of_a_page_would_be_found():
    for html in (f'<p title="{MARKUP}">', f"<p>{MARKUP}", "<a href=' JavaScript:xss()'>", "<p onclick=x>"):
        assert Live(html).found
    assert not Live('<p title="&lt;xss-probe&gt;">&lt;xss-probe&gt;<a href="/on/">').found
