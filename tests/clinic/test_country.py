"""A country is a setting: in Britain nothing says 911, dates begin with the day, and the clock has 24 hours."""

import re
from datetime import date
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from booking.exchange.dates import read_day
from booking.form_fields import BirthDateField
from booking.models import Appointment, AppointmentRequest, Message
from booking.notifications import emails, links, outbox
from booking.request_flow.forms import NeedsForm
from booking.scheduling.slots import Slot
from clinic import practice_info
from clinic.contact import PhoneField
from clinic.contact.phone_number import read_phone
from clinic.country import COUNTRIES, funding
from clinic.models import Location, Practice
from clinic.web.language_names import OWN_NAMES
from procedures.lint import findings
from procedures.loading import CONTENT, load
from procedures.models import Section
from procedures.snapshots import snapshot
from tests.booking.desk.page import page_of
from tests.booking.notifications.every_kind import one_of_each
from tests.booking.request_flow.walk import ANSWERS, Walker
from tests.builders import later, make_appointment_type, make_clerk, make_practitioner, make_reason
from tests.pages import words
from tests.whole_practice import WholePractice

pytestmark = [pytest.mark.once, pytest.mark.django_db]
AMERICAN = re.compile(
    r"\b911\b|\b711\b|emergency room|Thanksgiving|Insurance not accepted|Cost and insurance|ZIP code|"
    r"\b\d?\d:\d\d\s(?:[ap]m|[AP]M)\b"
)
MONTH_FIRST = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s[0-9]{1,2}\b(?!:)"
)
PAID = re.compile(r'name="insurance"\s+value="(\w+)".*?<span>(.*?)</span>', re.DOTALL)
OFFICE = {
    "name": "Harley office", "slug": "harley", "address": "1 Example Road, Luton, Bedfordshire LU1 1AA",
    "zone": "Europe/London", "is_active": "on", "office_hours-INITIAL_FORMS": 0, "office_hours-TOTAL_FORMS": 5,
    **{f"office_hours-{n}-weekday": n for n in range(5)},
    **{f"office_hours-{n}-opens": "09:00" for n in range(5)},
    **{f"office_hours-{n}-closes": "17:00" for n in range(5)},
}  # fmt: skip
PRACTICE = {
    "name": "Harley Pain Clinic", "neutral_name": "Harley", "phone": "020 7946 0958", "email": "desk@example.org",
    "response_days": 1, "hold_cap": 6, "cancel_notice_hours": 24, "first_reminder_days": 7, "last_reminder_days": 1,
    "most_attempts": 3, "rebook_hours": 4,
}  # fmt: skip


@pytest.fixture
def britain(settings):
    settings.COUNTRY, settings.LANGUAGE_CODE, settings.PHONENUMBER_DEFAULT_REGION = "GB", "en-gb", "GB"


@pytest.fixture
def harley(britain, client, db, at):
    """A British practice, set up by its manager in the admin."""
    at("2026-11-23 10:05", "Europe/London")
    client.force_login(make_clerk("Manager"))
    blank = client.get("/admin/clinic/location/add/").text
    assert 'value="Europe/London"' in blank
    assert "postcode" in blank
    assert client.post("/admin/clinic/location/add/", OFFICE).status_code == 302
    funding = "NHS\nBupa\nI pay myself"
    office = Location.objects.get()
    posted = PRACTICE | {"default_location": office.pk, "funding": funding}
    assert client.post("/admin/clinic/practice/add/", posted).status_code == 302
    kind = make_appointment_type()
    make_practitioner(kind, office, name="Dr. Asha Rao, MBBS")
    make_reason(kind, label="Back pain", slug="broken-bone")
    Practice.objects.update(is_on=True)
    practice_info.forget()
    client.logout()
    return office


def seen(html: str) -> str:
    """What a page says, shows in boxes and links to, in one line. The codes of forms are no words."""
    without_codes = re.sub(r'(?:name="csrf[^>]*|<script type="application/ld\+json">.*?</script>)', "", html)
    return " ".join(unescape(without_codes).split())


def test_a_british_practice_goes_from_set_up_to_a_confirmed_appointment(client, harley, mailoutbox):
    home = words(client.get("/"))
    walker = Walker(client)
    walker.start()
    walker.post("reason")
    walker.post("times", {"add": first_time(walker)})
    walker.post("times", {"go": "1"})
    boxes = walker.get("you").text
    assert boxes.index("birth_date_day") < boxes.index("birth_date_month") < boxes.index("birth_date_year")
    assert "9 March 1951" in unescape(boxes).replace("\u00a0", " ")
    walker.post("you", {"name": "June Demo", "birth_date_day": "9/3/1951"})
    walker.post("contact", ANSWERS["contact"] | {"phone": "07400 123456"})
    paid = dict(PAID.findall(walker.get("needs").text))
    assert list(paid.values()) == ["NHS", "Bupa", "I pay myself"]
    walker.post("needs", {"wants_help": "no", "insurance": next(iter(paid))})
    assert walker.send().status_code == 302

    sent = AppointmentRequest.objects.get()
    assert (sent.patient.birth_date, str(sent.patient.phone)) == (date(1951, 3, 9), "+447400123456")
    assert (sent.insurance, sent.get_insurance_display()) == ("nhs", "NHS")
    held = Appointment.objects.get()
    slot = Slot(held.starts_at, held.practitioner_id, held.location_id)
    client.force_login(make_clerk())
    desk = words(client.get(page_of(sent)))
    assert "9 Mar 1951" in desk.replace("\u00a0", " ")
    assert "07400 123456" in desk.replace("\u00a0", " ")
    client.post(f"{page_of(sent)}confirm/", {"slot": slot.code, "version": sent.version})
    confirmed = sent.messages.get(kind="confirmed")
    outbox.deliver_due(clock=lambda: timezone.now().replace(day=24))

    mail = next(each for each in mailoutbox if "confirmed" in each.subject)
    told = mail.body.replace("\u00a0", " ")
    assert re.search(r"\d?\d (November|December), \d\d:\d\d UK time", told)
    assert "020 7946 0958 (Relay UK: dial 18001 first)" in told
    own = words(client.get(f"/visit/{links.secret(sent)}/"))
    letter, card = (words(client.get(at)) for at in (f"/admin/desk/letters/{confirmed.pk}/", f"{page_of(sent)}card/"))
    assert "Call 999." in home
    assert re.search(r"\d\d:\d\d", letter)
    for said in (home, told, own, desk, letter, card):
        assert not AMERICAN.findall(said)
        assert not MONTH_FIRST.findall(said)


def first_time(walker):
    return re.search(r'name="add"\s+value="([^"]+)"', walker.get("times").text)[1]


def opened_by_anybody(practice, address):
    """The page for the first who may see it."""
    staff = map(practice.staff.get, ("manager", "lead", "editor"))
    for visitor in staff if address.startswith("/admin/") else [practice.visitors["patient"]]:
        answer = visitor.get(address)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/"):
            return answer.text
    return ""


def test_no_page_of_a_british_practice_says_911_or_writes_a_date_or_a_time_as_in_america(clinic, britain, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    Practice.objects.update(phone="+442079460958")
    practice_info.forget()
    practice = WholePractice(clinic, phone="+447400123456", phone_typed="07400 123456")
    opened, wrong = 0, {}
    for name, address in practice.addresses().items():
        text = seen(opened_by_anybody(practice, address))
        opened += bool(text)
        own = [] if "procedure" in address else MONTH_FIRST.findall(text)
        if found := AMERICAN.findall(text) + own:
            wrong[name] = sorted(set(found))
    assert wrong == {}
    assert opened > 100


def test_no_mail_and_no_letter_of_a_british_practice_does_either(client, clinic, britain, at):
    at("2026-11-23 10:05")
    Practice.objects.update(phone="+442079460958")
    practice_info.forget()
    client.force_login(make_clerk())
    wrong, read = {}, 0
    request = clinic.appointment_request(clinic.slot(hour=10, minute=20), clinic.slot(day=4))
    for message in one_of_each(clinic, request):
        mail = emails.render(message, now=later(hours=3))
        letter = client.get(f"/admin/desk/letters/{message.pk}/")
        read += letter.status_code == 200
        text = seen(" ".join((mail.subject, mail.text, mail.html, letter.text)))
        if found := AMERICAN.findall(text) + MONTH_FIRST.findall(text):
            wrong[message.kind] = sorted(set(found))
        assert "Relay UK: dial 18001 first" in mail.text, message.kind
    assert wrong == {}
    assert read > len(Message.Kind) / 2


def test_the_languages_to_choose_from_are_those_of_the_country_with_english_first(settings, clinic):
    offered = lambda: [value for value, _name in NeedsForm().fields["language"].choices]  # noqa: E731
    assert offered() == ["English", "Spanish", "Chinese", "Vietnamese", "Arabic", "Russian", "other"]
    settings.COUNTRY = "GB"
    assert offered() == ["English", "Polish", "Romanian", "Punjabi", "Urdu", "Arabic", "Welsh", "other"]
    for country in COUNTRIES.values():
        unmarked = [name for _value, name in country.languages[1:] if name not in OWN_NAMES]
        assert unmarked == [], country.code


@pytest.mark.parametrize("country", ["US", "GB"])
def test_a_text_names_the_number_of_the_country_and_the_lint_finds_another_one(settings, country, clinic):
    settings.COUNTRY = country
    number, other = ("911", "999") if country == "US" else ("999", "911")
    page = load(CONTENT / "first-visit.toml", now=timezone.now())
    shown = str(snapshot(page))
    assert f"call {number} if" in shown
    assert "[emergency number]" not in shown
    Section.objects.filter(kind="call_911").update(heading=f"Call {other} if")
    said = [finding.sentence for finding in findings(snapshot(page), today=date(2026, 11, 23))]
    assert f"The emergency number here is {number}, not {other}. Write [emergency number]." in said
    assert ("“insurance card” is not used in this country (United Kingdom)." in said) == (country == "GB")


def test_the_example_of_an_hour_is_written_as_in_the_country(settings, clinic, client, manager):
    week = f"/admin/desk/hours/{clinic.practitioner.slug}/"
    assert "Type 8, 8:30 or 1:00 pm." in words(client.get(week))
    settings.COUNTRY = "GB"
    assert "Type 8, 8:30 or 13:00." in words(client.get(week))


def test_figures_have_the_order_of_the_country(settings, clinic):
    read = lambda *typed: BirthDateField().to_python(list(typed))  # noqa: E731
    assert read("3/9/1951", "", "") == read("3", "9", "1951") == read_day("3/9/1951") == date(1951, 3, 9)
    settings.COUNTRY = "GB"
    assert read("9/3/1951", "", "") == read("3", "9", "1951") == read_day("9/3/1951") == date(1951, 3, 9)
    assert read("March 9, 1951", "", "") == read("1951-03-09", "", "") == read("09031951", "", "") == date(1951, 3, 9)
    with pytest.raises(ValidationError, match="day first, then the month, such as 9 March 1951"):
        read("12/25/1951", "", "")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("07700 900123", "+447700900123"), ("0113 496 0123", "+441134960123"), ("(0)20 7946 0958", "+442079460958"),
        ("+44 (0)20 7946 0958", "+442079460958"), ("0044 7700 900123", "+447700900123"),
        ("+1 718 555 0167", "+17185550167"), ("+44 07400 123456", "+447400123456"),
        ("7700900123", "+447700900123"), ("999", None), ("12345678901234", None),
    ],
)  # fmt: skip
def test_phones_are_read_as_in_britain(britain, clinic, typed, number):
    if number is None:
        with pytest.raises(ValidationError, match="07700 900123"):
            PhoneField().clean(typed)
    else:
        assert read_phone(typed).number == number


def test_words_that_a_practice_no_longer_asks_are_still_read_on_the_desk(client, clinic, manager):
    rows = funding.rows_of(["Medicare", "Our own plan"], [])
    Practice.objects.update(funding=funding.rows_of(["Medicare"], rows))
    practice_info.forget()
    (own,) = [code for code, label, _is_asked in rows if label == "Our own plan"]
    assert [label for _code, label in funding.asked()] == ["Medicare"]
    assert (own, "Our own plan") in funding.known()
    assert AppointmentRequest(insurance=own).get_insurance_display() == "Our own plan"
