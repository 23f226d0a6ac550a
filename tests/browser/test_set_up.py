"""An office manager sets up a practice from an empty database, by the checklist alone, until a request is confirmed.

The pages come ready: signing them is a clinician's work, and has tests of its own.
"""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from booking.models import Appointment
from booking.roles import sync_roles
from clinic import practice_info
from procedures.loading import CONTENT, load

PASSWORD = "correct horse battery staple"
MOST = 60
FOR_PROVIDERS = 14  # presses for four providers and their hours
PROVIDERS = ["Dr. Mara Ellison, MD", "Dr. Tomas Okafor, MD", "Dr. Noor Haddad, DO", "Priya Nadar, NP"]


class Hand:
    """Counts what it presses, checks and chooses. Typing is free."""

    def __init__(self, page, counted):
        self.page, self.counted = page, counted

    def press(self, role, name, *, exact=False):
        self._count(self.page.get_by_role(role, name=name, exact=exact).first.click)

    def check(self, label):
        self._count(self.page.get_by_label(label, exact=True).and_(self.page.locator("input")).check)

    def choose(self, field, label):
        self._count(lambda: self.page.locator(f"[name={field}]").select_option(label=label))

    def _count(self, act):
        act()
        self.counted.append(1)

    def type(self, **texts):
        for field, text in texts.items():
            box = self.page.locator(f"[name={field.replace('__', '-')}]")
            box.fill(text)
            box.blur()

    def save(self):
        """It leads back to the checklist."""
        self.press("button", re.compile("^Save$", re.IGNORECASE))
        expect(self.page.get_by_role("heading", name="Set up the practice")).to_be_visible()

    def sign_in(self, site, name):
        self.page.goto(f"{site}/admin/")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("button", "Sign in")


@pytest.fixture
def empty_site(live_server, settings, transactional_db):
    """A site as its deployment leaves it, with one manager."""
    settings.SITE_URL = live_server.url
    sync_roles()
    load(CONTENT / "privacy.toml", now=timezone.now(), demo=True)
    lena = User.objects.create_user("lena", "lena@example.org", PASSWORD, is_staff=True, first_name="Lena")
    lena.groups.add(Group.objects.get(name="Manager"))
    practice_info.forget()
    return live_server.url


def test_a_practice_is_set_up_from_nothing_to_a_confirmed_request_in_under_60_presses(wednesday, empty_site, browser):
    counted = []
    manager = Hand(browser.new_page(), counted)
    manager.sign_in(empty_site, "lena")
    set_up(manager)
    patient = Hand(browser.new_page(), counted)
    ask(patient, empty_site)
    confirm(Hand(browser.new_context().new_page(), counted), empty_site)
    assert Appointment.objects.get().status == Appointment.Status.BOOKED
    assert len(counted) < MOST


def set_up(manager):
    page = manager.page
    manager.press("link", "Enter an office")
    manager.type(name="Pier Street office", address="100 Example Street, Brooklyn, NY")
    for n in range(5):  # Monday to Friday
        manager.type(**{f"office_hours__{n}__opens": "9", f"office_hours__{n}__closes": "5"})
    manager.save()
    manager.press("link", "Enter the practice")
    manager.type(name="Lantern Pier", neutral_name="Lantern Pier", phone="718 555 0142", email="desk@example.org")
    manager.save()
    enter_providers(manager)
    manager.press("link", "Enter a type")
    manager.type(name="Consultation", minutes="40", step="40")
    for provider in PROVIDERS:
        manager.check(provider)
    manager.save()
    manager.press("link", "Enter a reason")
    manager.type(label="Back pain")
    for who in ("new", "returning"):
        manager.choose(f"appointment_type_{who}", "Consultation")
    manager.save()
    manager.press("link", "Add a person")
    manager.type(username="rosa", first_name="Rosa", email="rosa@example.org")
    manager.check("Front desk")
    manager.save()
    manager.press("button", "Email myself")
    call_command("run_worker", once=True)
    page.reload()
    expect(page.get_by_text("The mail server accepted a message")).to_be_visible()
    manager.press("button", "Switch on")
    expect(page.get_by_text("The site is on: patients can request appointments.")).to_be_visible()


def enter_providers(manager):
    """Four, with a week of hours and lunch that is typed once: for a day, then for a week, then for the others."""
    page, before = manager.page, len(manager.counted)
    *others, last = PROVIDERS
    manager.press("link", "Enter a provider")
    for name in others:
        manager.type(name=name)
        manager.press("button", "Save and add another")
        expect(page.get_by_text(f"The provider “{name}” was added successfully.")).to_be_visible()
    manager.type(name=last)
    manager.press("button", re.compile("^Save$", re.IGNORECASE))
    expect(page.get_by_role("heading", name=f"Weekly hours of {last}")).to_be_visible()
    enter_week(manager)
    for name in others:
        manager.check(name)
    manager.press("button", "Copy the week")
    expect(page.get_by_text("1:00 pm – 5:00 pm at Pier Street office")).to_have_count(len(PROVIDERS))
    manager.press("link", "Setup", exact=True)
    assert len(manager.counted) - before <= FOR_PROVIDERS


def enter_week(manager):
    page = manager.page
    manager.type(rows__0__starts="8", rows__0__ends="12")
    manager.press("button", re.compile("Add a row.*Monday"))
    expect(page.get_by_label("Monday, 2: from")).to_be_focused()
    manager.type(rows__1__starts="1", rows__1__ends="5")
    page.locator("summary", has_text="Copy to").first.click()
    manager.counted.append(1)
    manager.press("button", "Copy Monday")
    expect(page.get_by_text("Monday was copied to: Tuesday to Friday.")).to_be_visible()
    manager.press("button", "Save the hours")
    expect(page.get_by_text(f"Hours saved for {PROVIDERS[-1]}.")).to_be_visible()


def ask(patient, site):
    page = patient.page
    page.goto(f"{site}/request/")
    patient.press("button", "None of these: start")
    patient.check("Me")
    patient.check("Back pain")
    patient.check("No, this is the first visit")
    patient.press("button", "Continue")
    page.locator("button[name=add]:visible").first.click()
    patient.counted.append(1)
    expect(page.get_by_text("we hold this, if we can")).to_be_visible()
    patient.press("button", "Continue")
    page.get_by_label("Full name").fill("June Demo")
    for part, value in {"Month": "March", "Day": "9", "Year": "1951"}.items():
        page.get_by_label(part).fill(value)
    patient.press("button", "Continue")
    page.get_by_role("textbox", name="Email").fill("june@example.org")
    page.get_by_role("textbox", name="Phone").fill("718 555 0167")
    patient.press("button", "Continue")
    patient.check("Medicare")
    patient.press("button", "Continue")
    patient.press("button", "Send my request")
    expect(page.get_by_text("This is not yet an appointment.")).to_be_visible()


def confirm(rosa, site):
    """The password that she chose by the link of her invitation."""
    user = User.objects.get(username="rosa")
    user.set_password(PASSWORD)
    user.save()
    rosa.sign_in(site, "rosa")
    rosa.press("link", "Requests")
    rosa.page.locator(".queue tbody tr").first.get_by_role("link").first.click()
    rosa.counted.append(1)
    rosa.press("button", re.compile("^Confirm "))
    expect(rosa.page.get_by_text("Confirmed").first).to_be_visible()
