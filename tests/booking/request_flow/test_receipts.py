"""Each receipt says exactly what happens next, to this patient; on paper it still leads to the patient's page."""

import re

import pytest
import segno
from django.test import Client

from booking import lifecycle
from booking.models import AppointmentRequest
from booking.notifications import links
from clinic.web.qr_code import MASK
from tests.booking.patient_page.patient import give_birth_date, url
from tests.booking.request_flow.walk import ANSWERS, Walker
from tests.builders import make_clerk
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
NO_EMAIL = ANSWERS["contact"] | {"email": ""}
WRITE = {"reach_by": "writing", "email": "june@example.org"}
EMAIL_ONLY = {"reach_by": "email", "email": "june@example.org"}


@pytest.fixture
def june(client, clinic):
    return Walker(client)


def receipt(june, *slots, contact=None):
    return june.client.get(june.ready(*slots, contact=contact or ANSWERS["contact"]).send()["Location"])


@pytest.mark.parametrize(
    ("contact", "wants_call", "said", "unsaid"),
    [
        (ANSWERS["contact"], False, "We answer by email. If we call, it is from (718) 555-0142", "We call you"),
        (ANSWERS["contact"], True, "We call you, as you asked, from (718) 555-0142", "If we call"),
        (NO_EMAIL, False, "We call you from (718) 555-0142", "If we call"),
        (NO_EMAIL, True, "We call you, as you asked, from (718) 555-0142", "your email"),
        (WRITE, False, "We answer by email. We do not call.", "from (718) 555-0142"),
        (EMAIL_ONLY, False, "We answer by email. We do not call.", "name and number only"),
        (EMAIL_ONLY, True, "We answer by email. We do not call.", "We call you"),
    ],
)
def test_a_receipt_says_how_we_answer(june, clinic, contact, wants_call, said, unsaid):
    page = words(receipt(june, *([] if wants_call else [clinic.slot()]), contact=contact))
    answer = page.partition("We’ll answer by")[2].partition("Your confirmation number")[0]
    assert said in answer
    assert unsaid not in answer


def test_a_call_comes_at_the_time_that_suits(june):
    assert "Best time: Morning, 9 to 12." in words(receipt(june))


def test_a_stranger_with_the_address_sees_only_by_when_we_answer(june, clinic):
    address = receipt(june, clinic.slot(), contact=NO_EMAIL).request["PATH_INFO"]
    page = Client().get(address)
    answer = words(page).partition("We’ll answer by")[2].partition("Your confirmation number")[0]
    assert answer.strip() == "Tuesday, November 24, 5:00 pm Eastern Time ."
    assert '<svg version="1.1"' not in page.text
    assert 'class="qr"' not in page.text
    assert "email" not in words(page)


# -- a hold that ends when its time begins


SOON = [(25, 15, 40), (25, 9, 0), (25, 9, 40), (25, 13, 0), (25, 16, 20)]


@pytest.mark.parametrize(("day", "hour", "minute"), SOON)
def test_a_time_is_never_held_until_itself(june, clinic, day, hour, minute):
    clinic.practitioner.schedules.update(ends=20 * 60)
    type(clinic.appointment_type).objects.update(notice=60, step=20)
    clinic.appointment_type.refresh_from_db()
    slot = clinic.slot(day=day, hour=hour, minute=minute, month=11)
    page = words(receipt(june, slot))
    row = AppointmentRequest.objects.get()
    assert row.appointments.get().held_until == slot.starts_at
    assert "for you, if we can. Wait for our answer" in page
    assert "for you until" not in page
    give_birth_date(june.client, row)
    assert "We hold this for you, if we can. It is not yet an appointment." in words(june.client.get(url(row)))


@pytest.mark.parametrize(("day", "hour", "minute"), SOON)
def test_an_offered_time_is_never_held_until_itself(client, clinic, day, hour, minute):
    clinic.practitioner.schedules.update(ends=20 * 60)
    type(clinic.appointment_type).objects.update(step=20)
    row = clinic.appointment_request()
    slot, by = clinic.slot(day=day, hour=hour, minute=minute, month=11), lifecycle.staff(make_clerk())
    lifecycle.offer(row.pk, [slot], clinic.slot().starts_at, by=by, now=row.submitted_at)
    give_birth_date(client, row)
    page = words(client.get(url(row)))
    assert "We hold it for you. You can choose it until it begins." in page
    assert "for you until" not in page


def test_of_several_offered_times_the_one_that_begins_first_says_so(client, clinic):
    row, by = clinic.appointment_request(), lifecycle.staff(make_clerk())
    slots = [clinic.slot(day=day) for day in (1, 3)]
    lifecycle.offer(row.pk, slots, clinic.slot(day=2).starts_at, by=by, now=row.submitted_at)
    give_birth_date(client, row)
    page = words(client.get(url(row)))
    assert page.count("You can choose it until it begins.") == 1
    assert page.index("December 1") < page.index("until it begins.") < page.index("December 3")


def test_a_hold_that_ends_before_its_time_says_when(june, clinic):
    assert "We hold Thursday, December 3, 9:00 am for you until Wednesday, November 25, 5:00 pm" in words(
        receipt(june, clinic.slot())
    )


def test_a_receipt_says_nothing_of_a_hold_that_the_patient_gave_up(june, clinic):
    address = receipt(june, clinic.slot()).request["PATH_INFO"]
    row = AppointmentRequest.objects.get()
    lifecycle.change_times(row.pk, [], {"wants_call": True}, by=lifecycle.PATIENT, now=row.submitted_at)
    page = words(june.client.get(address))
    assert "We hold" not in page
    assert "We held" not in page


def test_a_late_receipt_admits_it(june, clinic, at):
    address = receipt(june, clinic.slot()).request["PATH_INFO"]
    at("2026-11-24 17:01")
    Walker(june.client).start()
    page = words(june.client.get(address))
    assert "We said that we’d answer by Tuesday, November 24, 5:00 pm" in page
    assert "We’ll answer by" not in page


# -- on paper


def squares(svg):
    """The dark squares of the code: its path is a run of lines, one square high, each in the middle of its row."""
    path = re.search(r'stroke="#000" d="M([^"]+)"', svg)[1]
    column, row, dark = 0.0, 0.0, set()
    for command, numbers in re.findall(r"([Mmhv]?)([^Mmhv]+)", "M" + path):
        x, _space, y = numbers.strip().partition(" ")
        if command == "M":
            column, row = float(x), float(y)
        elif command == "m":
            column, row = column + float(x), row + float(y)
        else:
            dark |= {(int(row), int(column) + n) for n in range(int(x))}
            column += float(x)
    return dark


@pytest.mark.parametrize(
    ("site", "contact"),
    [
        ("https://clinic.example.org", ANSWERS["contact"]),
        ("http://127.0.0.1:8000", NO_EMAIL),
        ("https://a.example", WRITE),
    ],
)
def test_the_code_on_paper_is_the_full_private_link(june, clinic, settings, contact, site):
    settings.SITE_URL = site
    page = receipt(june, clinic.slot(), contact=contact).text
    svg = re.search(r'<svg.*?class="qr".*?</svg>', page, re.DOTALL)[0]
    link = links.absolute(AppointmentRequest.objects.get())
    assert link.startswith(f"{site}/visit/")
    matrix = segno.make(link, error="m", micro=False, mask=MASK).matrix
    assert squares(svg) == {(r + 4, c + 4) for r, row in enumerate(matrix) for c, bit in enumerate(row) if bit}
    assert "style" not in svg  # which the content security policy refuses
    assert links.secret(AppointmentRequest.objects.get()) not in svg


def test_who_has_an_email_types_a_short_address_and_who_has_none_calls(clinic, settings):
    settings.SITE_URL = "https://clinic.example.org"
    typed = "Or type clinic.example.org/visit/ and enter your confirmation number and date of birth. We then send"
    calls = "Scan this code with a phone’s camera. Or call us at (718) 555-0142 , and we find your"
    for contact in (ANSWERS["contact"], WRITE, EMAIL_ONLY, NO_EMAIL, NO_EMAIL | {"may_leave_message": ""}):
        page = receipt(Walker(Client()), contact=contact)
        keep = re.search(r'<section class="keep.*?</section>', page.text, re.S)[0]
        said = typed in words(page), calls in words(page), "print-only" in keep
        assert said == ((True, False, True) if contact.get("email") else (False, True, False)), contact


def test_a_receipt_opened_by_another_sends_who_has_no_email_to_the_phone(june, clinic):
    stranger = Client().get(june.ready(clinic.slot(), contact=NO_EMAIL).send()["Location"])
    assert "enter your confirmation number and date of birth. Or call us at (718) 555-0142" in words(stranger)


def test_an_old_receipt_says_plainly_what_became_of_the_request_and_only_to_its_sender(june, clinic):
    address = receipt(june, clinic.slot()).request["PATH_INFO"]
    row = AppointmentRequest.objects.get()
    for status, said in {
        "withdrawn": "You canceled this request",
        "offered": "We have answered your request",
        "closed": "Your request has changed",
    }.items():
        AppointmentRequest.objects.update(status=status, offer_until=row.respond_by)
        mine, strangers = words(june.client.get(address)), words(Client().get(address))
        assert said in mine
        assert "out of date" in mine
        assert "Your request has changed This was its receipt" in strangers
