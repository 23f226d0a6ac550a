"""A patient whose every detail is rare goes through every flow: no detail is seen outside of pages.

Outside are addresses, redirects, headers, titles, what the logs keep, and mails but for the address they go to.
"""

import logging
import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from booking import lifecycle
from booking.desk.requests.forms import MomentField
from booking.models import Appointment, AppointmentRequest, Message
from booking.notifications import links, outbox
from tests.booking.request_flow.walk import ANSWERS, Walker
from tests.builders import MONDAY, Clinic, later, make_clerk
from tests.whole_practice import WholePractice, signed_in

pytestmark = [pytest.mark.once, pytest.mark.django_db]
YEAR = "(?<![0-9a-z])1937(?![0-9a-z])"  # not inside a random id
CANARY = re.compile(rf"zyxella|quillonby|{YEAR}|555.?0188|plumtremor|gulpstair|ketteract|vole.?bone", re.IGNORECASE)
EMAIL = "zyxella@example.org"
BORN = {"birth_date_month": "8", "birth_date_day": "19", "birth_date_year": "1937"}
TYPED = {
    "reason": ANSWERS["reason"] | {"reason": "vole-bone", "note": "A plumtremor."},
    "you": {"name": "Zyxella Quillonby"} | BORN,
    "contact": ANSWERS["contact"] | {"phone": "718 555 0188", "email": EMAIL},
}
OUR_ADDRESS = re.compile(r'(?:href|src|action|formaction)="((?!tel:|mailto:|sms:)[^"]*)"')


class Watched(Client):
    """A browser that keeps what others could see of its way."""

    def request(self, **request):
        response = super().request(**request)
        address, html = response.wsgi_request.get_full_path(), response.headers.get("Content-Type", "") == HTML
        text = response.text if html else ""
        titles = re.findall(r"<title>(.*?)</title>", text, re.DOTALL)
        for seen in (address, *response.headers.values(), *titles, *OUR_ADDRESS.findall(text)):
            if CANARY.search(unescape(seen)):
                LEAKS.append(f"{request.get('REQUEST_METHOD')} {address}: {seen[:200]}")
        return response


HTML = "text/html; charset=utf-8"
LEAKS: list[str] = []


@pytest.fixture(autouse=True)
def _watch(caplog):
    """After each test nothing may have been seen."""
    LEAKS.clear()
    caplog.set_level(logging.INFO)
    yield
    formatter = logging.getLogger("django").handlers[0].formatter
    lines = [formatter.format(record) for record in caplog.get_records("call")]
    assert [line for line in lines if CANARY.search(line)] == []
    assert LEAKS == []


@pytest.fixture
def clinic(clinic):
    clinic.reason.slug, clinic.reason.label = "vole-bone", "Volebone"
    clinic.reason.save()
    return clinic


def deliver(hours: int = 3) -> None:
    """Send what waits; no word of it names the patient, but for the address that it goes to."""
    mail.outbox.clear()
    outbox.deliver_due(clock=lambda: later(hours=hours))
    assert mail.outbox
    for sent in mail.outbox:
        whole = sent.message()
        parts = [part.get_payload(decode=True).decode() for part in whole.walk() if not part.is_multipart()]
        kept = [f"{name}: {value}" for name, value in whole.items() if name != "To"]
        text = "\n".join([*parts, *kept]).replace("\r\n ", "").replace(EMAIL, "")
        assert not CANARY.search(text), sent.subject


def sent_request(browser: Client, clinic: Clinic) -> AppointmentRequest:
    walker = Walker(browser).ready(clinic.slot(), **TYPED)
    for step in (*ANSWERS, "check"):
        walker.get(step)
    browser.get(walker.send()["Location"])
    return AppointmentRequest.objects.get(flow_key=walker.key)


def press(browser: Client, verb: str, row, /, **data) -> int:
    """Press a button of the desk on a request or an appointment."""
    row.refresh_from_db()
    key = row.reference if isinstance(row, AppointmentRequest) else row.pk
    return browser.post(reverse(f"desk:{verb}", args=[key]), {"version": row.version} | data, follow=True).status_code


def test_from_the_request_to_the_end_of_the_appointment(clinic):
    patient, desk = Watched(), Watched()
    desk.force_login(make_clerk("Desk lead"))
    wanted = sent_request(patient, clinic)
    deliver()
    private = f"/visit/{links.secret(wanted)}/"
    for step in ("", "birth-date/", "", "prepare/", "times/", "withdraw/"):
        patient.post(private + step, BORN, follow=True) if step == "birth-date/" else patient.get(private + step)
    for query in ("Zyxella Quillonby", "718 555 0188", "08/19/1937"):
        assert desk.post(reverse("desk:search"), {"q": query}, follow=True).status_code == 200
    for verb, data in {
        "claim": {}, "log_call": {"outcome": "no_answer", "note": "Zyxella was out."},
        "add_note": {"note": "A gulpstair."},
        "correct_patient": TYPED["contact"] | {
            "name": "Zyxella Quillonby", "birth_date": "8/19/1937", "language": "Ketteract",
        },
        "offer": {"offer": [clinic.slot(day=4).code], "until": MomentField.code(later(days=1))},
    }.items():  # fmt: skip
        assert press(desk, verb, wanted, **data) == 200, verb
    deliver()
    wanted.refresh_from_db()
    assert wanted.status == "offered"
    patient.post(f"{private}answer/", {"offer": clinic.slot(day=4).code, "version": wanted.version}, follow=True)
    appointment = Appointment.objects.get(status="booked")
    deliver()
    for address in (f"{private}visit.ics", f"{private}card/", f"{private}another-time/", private):
        assert patient.get(address).status_code == 200
    for page in ("card", "request", "correct_patient"):
        assert desk.get(reverse(f"desk:{page}", args=[wanted.reference])).status_code == 200
    desk.get(reverse("desk:sheet", args=["2026-12-04"]))
    assert desk.post(reverse("desk:sheet_file", args=["2026-12-04"])).status_code == 200
    assert press(desk, "reschedule", appointment, slot=clinic.slot(day=8).code, calendar="1") == 200
    assert appointment.events.filter(verb="reschedule").exists()
    deliver()
    appointment.refresh_from_db()
    patient.post(f"{private}cancel/", {"version": appointment.version}, follow=True)
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"
    deliver()


def test_on_every_page_of_the_site(clinic):
    rare = {"name": "Zyxella Quillonby", "birth_date": "1937-08-19", "phone": "+17185550188", "email": EMAIL}
    clinic.reason.label = "Broken bone"  # the setup of the practice names its own reasons
    clinic.reason.save()
    practice = WholePractice(clinic, **rare)
    root, patient = signed_in(User.objects.create_superuser("root")), practice.visitors["patient"]
    root.__class__ = patient.__class__ = Watched
    shown = 0
    for address in practice.addresses().values():
        answer = (root if address.startswith("/admin/") else patient).get(address)
        shown += not answer.streaming and "Zyxella" in answer.text
    assert shown > 10  # the patient is there to be seen


def test_when_something_breaks(clinic, monkeypatch, caplog):
    patient, desk, rosa = Watched(raise_request_exception=False), Watched(raise_request_exception=False), make_clerk()
    desk.force_login(rosa)
    wanted = sent_request(patient, clinic)
    again = Walker(patient).ready(clinic.slot(day=4), **TYPED)

    def breaks(*_args, **_more):
        raise ValueError(f"Zyxella Quillonby, born 1937, {EMAIL}: plumtremor")

    for verb in ("submit", "claim", "withdraw"):
        monkeypatch.setattr(lifecycle, verb, breaks)
    monkeypatch.setattr("booking.desk.requests.actions.lifecycle.claim", breaks)
    assert again.send().status_code == 500
    assert press(desk, "claim", wanted) == 500
    private = f"/visit/{links.secret(wanted)}/"
    patient.post(f"{private}birth-date/", BORN)
    assert patient.post(f"{private}withdraw/", {"version": wanted.version}).status_code == 500
    monkeypatch.setattr(links, "opened", breaks)
    assert patient.get(private).status_code == 500
    strict = Watched(enforce_csrf_checks=True)
    assert strict.post(f"{private}withdraw/", {"note": "Zyxella"}).status_code == 403
    assert patient.get("/visit/nothing/").status_code == 500
    assert patient.post("/visit/", {"reference": "Zyxella"} | BORN).status_code == 200
    assert len([record for record in caplog.records if record.exc_info]) == 5


def test_when_the_mail_server_refuses(clinic, monkeypatch):
    sent_request(Client(), clinic)
    refusal = OSError(f"550 no such user {EMAIL} Zyxella")
    monkeypatch.setattr(outbox.Post, "send", lambda *_args: (_ for _ in ()).throw(refusal))
    outbox.deliver_due(clock=lambda: MONDAY + timedelta(hours=1))
    assert mail.outbox == []
    assert Message.objects.get().attempts == 1
