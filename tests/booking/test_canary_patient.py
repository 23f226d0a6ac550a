"""A patient whose words occur nowhere else goes through every flow: no address, title, mail or log has one of them."""

import re
from datetime import date

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from booking import lifecycle
from booking.models import AppointmentRequest
from booking.notifications import outbox, reminders
from clinic.web.logs import ValueFreeFormatter
from tests.booking.patient_page.patient import url
from tests.booking.request_flow.walk import ANSWERS, Walker
from tests.builders import later, make_clerk

pytestmark = pytest.mark.django_db
NAME, NOTE, STAFF_NOTE, EMAIL = "Xochitl Quetzalbird", "zqnote of pain", "zqstaff wrote", "zqmail@example.net"
TYPED = {
    "reason": ANSWERS["reason"] | {"note": NOTE, "for_whom": "other"},
    "you": ANSWERS["you"] | {"name": NAME, "helper_name": "Zqhelper", "helper_relation": "daughter"},
    "contact": ANSWERS["contact"] | {"phone": "718 555 0198", "helper_phone": "718 555 0197", "email": EMAIL},
}
NUMBERS = ["555-0198", "5550198", "555-0197", "5550197", "1951"]
WORDS = ["Xochitl", "Quetzalbird", "zqnote", "zqstaff", "zqhelper", *NUMBERS]
HEALTH = ["broken", "bone", "spine", "pain", "medicare"]


class Watched(Client):
    """A browser that notes each address that it is led to, and each title that it shows."""

    def __init__(self, seen, **how):
        super().__init__(**how)
        self.seen = seen

    def request(self, **sent):
        response = super().request(**sent)
        self.seen += [sent["PATH_INFO"], sent.get("QUERY_STRING", ""), response.get("Location", "")]
        if "html" in response.get("Content-Type", ""):
            self.seen += re.findall(r"<title>(.*?)</title>", response.content.decode(), re.DOTALL)
        return response


@pytest.fixture
def seen():
    return []


def found(words, text):
    return [word for word in words if word.casefold() in text.casefold()]


def ask(seen, clinic):
    """The whole request flow, with errors on the way."""
    walker = Walker(Watched(seen))
    walker.start()
    for step, wrong in [("you", {"name": NAME}), ("contact", {"email": NAME}), ("reason", {"note": NOTE * 30})]:
        walker.post(step, wrong)
    walker.ready(clinic.slot(), **TYPED)
    assert walker.send().status_code == 302
    return AppointmentRequest.objects.get()


def look(seen, asked):
    """The patient's own page, with wrong and right dates of birth, and a lost link."""
    browser = Watched(seen)
    for year in ("1950", "1951"):
        birth_date = {"birth_date_month": "3", "birth_date_day": "9", "birth_date_year": year}
        browser.post(url(asked, "birth_date"), birth_date, follow=True)
    assert NOTE in browser.get(url(asked)).content.decode()
    browser.post(reverse("patient_page:lost_link"), birth_date | {"reference": str(asked)})


def work(seen, asked, clinic):
    """The desk finds, calls, writes down, corrects, declines and reopens."""
    desk = Watched(seen)
    desk.force_login(make_clerk("Desk lead"))
    assert NAME in desk.post(reverse("desk:search"), {"q": NAME}, follow=True).content.decode()
    for name, data in [
        ("log_call", {"outcome": "voicemail", "note": STAFF_NOTE}), ("add_note", {"note": STAFF_NOTE}),
        ("decline", {"code": "other", "sentence": NOTE}), ("reopen", {"why": STAFF_NOTE}),
    ]:  # fmt: skip
        asked.refresh_from_db()
        sent = desk.post(
            reverse(f"desk:{name}", args=[asked.reference]), {"version": asked.version} | data, follow=True
        )
        assert sent.status_code == 200, name
    desk.get(reverse("desk:patient", args=[asked.patient.random_id]))
    by = lifecycle.staff(make_clerk())
    appointment = lifecycle.confirm(asked.pk, clinic.slot(), by=by, now=later(hours=1), why=STAFF_NOTE)
    outbox.deliver_due(clock=lambda: later(hours=2))
    reminders.write(now=appointment.starts_at.replace(day=2))
    outbox.deliver_due(clock=lambda: appointment.starts_at.replace(day=2))
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=appointment.starts_at.replace(day=2))
    outbox.deliver_due(clock=lambda: appointment.starts_at)


def break_down(seen, clinic, monkeypatch):
    """An error in the middle of sending, whose own text quotes what was typed."""

    def fail(*_args, **_kwargs):
        raise ValueError(NAME, NOTE)

    walker = Walker(Watched(seen, raise_request_exception=False)).ready(clinic.slot(day=4), **TYPED)
    monkeypatch.setattr(lifecycle, "submit", fail)
    assert walker.send().status_code == 500


def parts_of(letter: EmailMessage) -> str:
    attached = " ".join(str(getattr(part, "content", part)) for part in letter.attachments)
    bodies = " ".join(str(body) for body, _kind in getattr(letter, "alternatives", []))
    return re.sub(
        r"https?://\S+|cid:\S+", "", f"{letter.subject} {letter.from_email} {letter.body} {bodies} {attached}"
    )


def test_no_word_of_a_patient_is_in_an_address_a_title_a_mail_or_a_log(clinic, seen, mailoutbox, monkeypatch, caplog):
    asked = ask(seen, clinic)
    assert (asked.patient.name, asked.note, asked.patient.birth_date) == (NAME, NOTE, date(1951, 3, 9))
    look(seen, asked)
    work(seen, asked, clinic)
    break_down(seen, clinic, monkeypatch)
    assert len(seen) > 60
    assert found([*WORDS, *HEALTH], " ".join(seen)) == []
    assert len(mailoutbox) >= 3
    for letter in mailoutbox:
        assert letter.to == [EMAIL]
        assert found([*WORDS, *HEALTH], parts_of(letter).replace(str(clinic.practice), "")) == [], letter.subject
    plain = ValueFreeFormatter(settings.LOGGING["formatters"]["plain"]["format"])
    logged = "\n".join(map(plain.format, caplog.records))
    assert "ValueError" in logged
    assert found([*WORDS, EMAIL], logged) == []
