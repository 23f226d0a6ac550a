"""What a sender sees from the receipt to the end of the hold is the same, whether or not the person is known here."""

import re

import pytest
from django.core import mail
from django.test import Client

from booking.models import AppointmentRequest
from booking.notifications import links, not_you, outbox
from tests.booking.patient_page.patient import give_birth_date, shown_version, url
from tests.booking.request_flow.walk import ANSWERS, Walker
from tests.builders import later
from tests.pages import words

pytestmark = pytest.mark.django_db
REFERENCE = re.compile(r"[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{4}")


@pytest.fixture
def whole_story(clinic, now):
    """All that the sender of a request in this name sees, without the names and numbers."""

    def sent_by(name):
        now("2026-11-23 10:05")
        browser, to = Client(), f"{name[0].lower()}@example.org"
        who = {"you": ANSWERS["you"] | {"name": name}, "contact": ANSWERS["contact"] | {"email": to}}
        flow = Walker(browser).ready(clinic.slot(day=4), **who)
        flow.send()
        mine = AppointmentRequest.objects.order_by("pk").last()
        seen = [words(page) for page in pages(browser, flow, mine, clinic, now)]
        outbox.deliver_due(clock=later)
        seen += [letter.subject + letter.body for letter in mail.outbox if letter.to == [to]]
        return mine, [
            REFERENCE.sub("", without(text, links.secret(mine), not_you.absolute(mine), name, to)) for text in seen
        ]

    return sent_by


def without(text, *names):
    for name in names:
        text = text.replace(name, "")
    return text


def pages(browser, flow, mine, clinic, now):
    yield browser.get(flow.url("sent"))
    yield browser.get(url(mine))
    give_birth_date(browser, mine)
    yield browser.get(url(mine))
    browser.post(url(mine, "times"), {"remove": "1"})
    browser.post(url(mine, "times"), {"add": clinic.slot(day=4, hour=13).code})
    check = url(mine, "check_times")
    yield browser.get(check)
    browser.post(check, {"version": shown_version(browser, check)})
    yield browser.get(url(mine))
    now("2026-11-26 10:05")
    yield browser.get(url(mine))
    yield browser.get(flow.url("sent"))


def test_a_fourth_request_reads_like_a_first_one(clinic, settings, whole_story):
    settings.OPEN_REQUESTS_PER_PERSON = 3
    for n in range(3):
        clinic.appointment_request(clinic.slot(hour=9 + 2 * n), patient={"name": "June Demo"})
    fourth, known = whole_story("June Demo")
    first, unknown = whole_story("Carl Demo")
    assert fourth.same_person_as_id
    assert not first.same_person_as_id
    assert len(known) == 8
    assert known == unknown
