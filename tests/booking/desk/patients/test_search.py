"""Searching for a caller by name, phone number, date of birth or confirmation number; no name in a URL."""

import re
from datetime import date, timedelta
from functools import partial

import pytest
from django.db import connection
from django.urls import reverse

from booking import lifecycle
from booking.desk.patients import matches as module
from booking.desk.patients import results as shown
from booking.desk.patients import search
from booking.desk.patients.last_calls import last_calls
from booking.desk.patients.matches import matches
from booking.models import Patient, SearchKey, search_keys
from tests.booking.scheduling.plans import plans
from tests.builders import MONDAY, local, make_clerk, make_practitioner
from tests.pages import words

pytestmark = pytest.mark.django_db
SEARCH = "/admin/desk/search/"


def look(client, typed):
    return client.post(SEARCH, {"q": typed}, follow=True)


def found(text):
    patients = matches(search.read(text)).patients
    return [row.name for row in shown.rows(patients, MONDAY)]


def person(clinic, name="June Demo", **patient):
    return clinic.appointment_request(patient={"name": name} | patient)


# -- who is found


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("June Demo", "june"),
        ("June Demo", "DEMO"),
        ("June Demo", "demo ju"),
        ("June Demo", "  Demo,  June "),
        ("José Luis Demo", "jose demo"),
        ("Jose Luis Demo", "José"),
        ("Oluwaseun Adebayo-Fitzgerald Demo", "fitzg"),
        ("Siobhán O’Brien", "o'brien"),
        ("Siobhán O’Brien", "obrien"),
        ("Siobhán O’Brien", "o brien"),
        ("Siobhán O’Brien", "brien"),
        ("Malcolm Born", "born"),
        ("Malcolm Born", "Mr Born"),
        ("June Demo", "Ms. June Demo"),
        ("Małgorzata Demo", "malgo"),
        ("Ирина Demo", "ирин"),
        ("فاطمة Demo", "فاطمة"),
        ("王秀英 Demo", "秀英"),
        ("김영숙", "김영"),
        ("রহিমা Demo", "রহি"),
        ("רחל Demo", "רחל"),
    ],
)
def test_a_name_is_found_by_the_beginnings_of_its_words(clinic, name, typed):
    person(clinic, "Wei Other", birth_date=date(1960, 1, 1))
    person(clinic, name)
    assert found(typed) == [name]


def test_the_rarer_of_two_common_words_leads(clinic, monkeypatch):
    """Whoever has the first word is looked at, one by one: everybody would take seconds."""
    patient, led = person(clinic).patient, []
    for word, number in (("visitor", 180), ("zulu", 120)):
        keys = (f"{word}{n}".encode() for n in range(number))
        SearchKey.objects.bulk_create(SearchKey(patient=patient, key=key) for key in keys)
    monkeypatch.setattr(module, "_matching", lambda parts, terms: led.append(parts[0]) or [])
    matches(search.read("visitor zulu"))
    assert led == [b"zulu"]


def test_a_patient_without_all_the_words_is_not_found(clinic):
    person(clinic)
    for typed in ("june smith", "demo demolition", "mo"):
        assert found(typed) == [], typed


PHONES = [
    "(718) 555-0167", "718 555 0167", "718.555.0167", "+1 718-555-0167", "001 718 555 0167", "5550167", "0167",
    "x0167", "ext. 0167", "tel 5550167", "Phone: (718) 555-0167", "phone number 718 555 0167", "718 555 0167 cell",
]  # fmt: skip


def test_a_phone_number_is_found_in_any_format_and_by_its_last_digits(clinic):
    person(clinic, "Wei Other", phone="+17185550199")
    person(clinic)
    for typed in PHONES:
        assert found(typed) == ["June Demo"], typed


@pytest.mark.parametrize(
    ("phone", "typed"),
    [
        ("+442079460123", "+44 (0)20 7946 0123"),
        ("+442079460123", "020 7946 0123"),
        ("+4930123456", "030 123456"),
        ("+4930123456", "0049 30 123456"),
    ],
)
def test_a_foreign_phone_number_is_found_as_it_is_dialed_there(clinic, phone, typed):
    person(clinic, "Wei Other", phone="+17185550199")
    person(clinic, phone=phone)
    assert found(typed) == ["June Demo"]


def test_a_phone_number_is_found_by_its_first_digits_if_none_ends_with_them(clinic):
    person(clinic, "Wei Other", phone="+16465550199")
    person(clinic)
    for typed in ("718-555", "(718) 555-01", "1 718 555", "june 718 555"):
        assert found(typed) == ["June Demo"], typed


def test_the_last_four_digits_may_start_with_zero(clinic):
    person(clinic, "Wei Other", phone="+17185551167")
    person(clinic)
    assert found("0167") == ["June Demo"]


BIRTH_DATES = [
    "3/9/1951", "03-09-1951", "1951-03-09", "March 9, 1951", "mar 9 1951", "3.9.1951", "03091951", "3/9/51",
    "9 March 1951", "March 9th, 1951", "9th of March 1951", "9 mar 1951", "dob 3/9/1951", "D.O.B.: 3/9/1951",
    "June born 3/9/1951", "june 9 March 1951", "born March 9th 1951 June", "born on 3/9/1951", "June b. 3/9/1951",
    "Date of Birth: 3/9/1951", "Mrs. June Demo, 3/9/1951", "3/9/1951 born June",
]  # fmt: skip


def test_a_date_of_birth_is_found_in_any_usual_format(clinic):
    person(clinic, "Wei Other", birth_date=date(1951, 9, 3))
    person(clinic)
    for typed in BIRTH_DATES:
        assert found(typed) == ["June Demo"], typed


def test_a_two_digit_year_may_be_of_either_century(clinic):
    person(clinic, "Old Demo", birth_date=date(1910, 5, 1))
    person(clinic, "Young Demo", birth_date=date(2010, 5, 1))
    assert set(found("5/1/10")) == {"Old Demo", "Young Demo"}


def test_name_and_date_of_birth_together_find_one_person(clinic):
    person(clinic, "June Demo", birth_date=date(1944, 1, 1))
    person(clinic, "June Demo")
    person(clinic, "Wei Demo")
    assert len(found("june 3/9/1951")) == len(found("3/9/1951 demo june")) == 1


def test_a_text_without_a_name_or_number_finds_nobody(client, clinic, rosa):
    person(clinic)
    for typed in ("", " ", "...", "12", "()", "%", "\x00", "' OR 1=1 --", "👵", "٣"):
        response = look(client, typed)
        assert response.status_code in (200, 400), typed
        assert "June Demo" not in words(response), typed


def test_name_phone_and_date_are_found_together_in_any_order(clinic):
    person(clinic, "Ruth Demo", phone="+17185550133", birth_date=date(1943, 1, 30))
    person(clinic, "Ruth Other", phone="+17185550134")
    person(clinic, "Wei Demo", phone="+17185550133")
    for typed in ("ruth 0133", "0133 ruth demo", "1/30/1943 0133", "ruth January 30, 1943"):
        assert found(typed) == ["Ruth Demo"], typed


def test_a_mistyped_date_is_not_taken_for_a_phone_number(clinic):
    person(clinic)
    assert search.apart("june 13/13/1951") == ((), "", "june")
    assert found("13/13/1951") == []


def test_a_lone_surrogate_finds_nobody(clinic):
    person(clinic)
    assert found("\ud800") == []


def test_a_very_long_text_is_cut(clinic):
    person(clinic)
    assert found("demo " * 100_000) == ["June Demo"]


# -- the page


def test_a_confirmation_number_leads_straight_to_its_request(client, clinic, rosa):
    appointment_request = person(clinic)
    for typed in (str(appointment_request), str(appointment_request).lower(), appointment_request.reference):
        assert client.post(SEARCH, {"q": typed})["Location"] == f"/admin/desk/requests/{appointment_request.reference}/"


def test_an_unknown_confirmation_number_says_so(client, clinic, rosa):
    response = look(client, "222-222-2222")
    assert "No matches" in words(response)


def test_a_person_is_one_row_with_what_a_caller_rings_about(client, clinic, rosa):
    appointment_request = person(clinic)
    clinic.appointment(now=MONDAY)
    page = words(look(client, "june"))
    assert "1 person" in page
    assert page.count("June Demo , 75") == 1
    assert "DOB Mar 9, 1951 · (718) 555-0167" in page
    assert "Upcoming: Thu, Dec 3, 9:00 AM, Ellison: booked" in page
    assert f"Open request: {appointment_request} , Broken bone in the spine New" in page
    assert "Never seen." in page


def test_two_people_of_one_name_and_birth_date_are_two_rows_that_can_be_compared(client, clinic, rosa):
    person(clinic)
    person(clinic, phone="+17185550199", email="other@example.org")
    page = words(look(client, "june"))
    assert "2 people" in page
    assert page.count("Same DOB as June Demo: compare the two") == 1


def test_a_row_leads_to_the_persons_page_without_a_name_in_its_address(client, clinic, rosa):
    patient = person(clinic).patient
    there = f"/admin/desk/patients/{patient.random_id}/"
    assert f'href="{there}"' in look(client, "june").content.decode()
    assert "June Demo , 75" in words(client.get(there))


def test_who_comes_today_is_first(clinic, rosa):
    person(clinic, "Ann Demo", birth_date=date(1960, 1, 1))
    clinic.appointment(clinic.slot(day=23, month=11, hour=14), patient={"name": "Zoe Demo"})
    assert found("demo") == ["Zoe Demo", "Ann Demo"]


@pytest.mark.parametrize("typed", ["A-004417", "4417", "004417", "a 004417"])
def test_a_chart_number_is_found_by_its_last_digits(clinic, by, typed):
    person(clinic, "Wei Other", phone="+17185550199", birth_date=date(1960, 1, 1))
    lifecycle.correct_patient(person(clinic).pk, {"chart_number": "A-004417"}, by=by, now=MONDAY)
    assert found(typed) == ["June Demo"]


def test_a_hold_is_not_shown_as_an_appointment(client, clinic, rosa):
    clinic.appointment_request(clinic.slot())
    assert "No upcoming appointments" in words(look(client, "june"))


@pytest.mark.parametrize("end", ["decline", "withdraw", "close"])
def test_a_person_without_an_open_request_shows_how_the_last_one_ended(client, clinic, rosa, end):
    appointment_request, by = person(clinic), lifecycle.staff(rosa)
    said = {"decline": ["other", "Call us."], "withdraw": [], "close": ["She went elsewhere."]}[end]
    getattr(lifecycle, end)(appointment_request.pk, *said, by=by, now=MONDAY)
    ended = {"decline": "declined", "withdraw": "withdrawn", "close": "closed"}[end]
    assert f"Last request {appointment_request}: {ended}, sent today, 10:05 AM" in words(look(client, "june demo"))


def test_an_appointment_that_we_called_off_is_not_shown_as_coming(client, clinic, rosa):
    lifecycle.mark_needs_rebooking(clinic.appointment().pk, by=lifecycle.staff(rosa), now=MONDAY)
    page = words(look(client, "june demo"))
    assert "Called off, needs a new time Thu, Dec 3, 9:00 AM, Ellison" in page
    assert "Upcoming:" not in page


def test_a_confirmed_request_shows_what_its_appointment_is_now(client, clinic, rosa):
    appointment, by = clinic.appointment(), lifecycle.staff(rosa)
    said = f"Last request {appointment.appointment_request}: "
    assert f"{said}confirmed" in words(look(client, "june demo"))
    lifecycle.reschedule(appointment.pk, clinic.slot(day=4), by=by, now=MONDAY)
    assert f"{said}moved" in words(look(client, "june demo"))
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=MONDAY)
    assert f"{said}canceled" in words(look(client, "june demo"))


def test_a_request_that_moved_an_appointment_shows_what_that_is_now(client, clinic, rosa):
    appointment, by = clinic.appointment(), lifecycle.staff(rosa)
    wish = lifecycle.ask_for_another_time(appointment.pk, [], {}, by=by, now=MONDAY + timedelta(minutes=1))
    lifecycle.confirm(wish.pk, clinic.slot(day=4), by=by, now=MONDAY)
    assert f"Last request {wish}: moved" in words(look(client, "june demo"))
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=MONDAY)
    assert f"Last request {wish}: canceled" in words(look(client, "june demo"))
    assert "Moved" not in words(client.get(reverse("desk:patient", args=[wish.patient.random_id])))


def test_the_search_text_stays_in_the_box_and_out_of_the_url_and_title(client, clinic, rosa):
    person(clinic)
    response = look(client, "june <b>")
    html = response.content.decode()
    assert 'value="june &lt;b&gt;"' in html
    assert "june" not in html.split("</title>")[0]
    assert "q=" not in html
    assert "no-store" in response["Cache-Control"]


def test_a_name_in_the_url_is_not_searched(client, clinic, rosa):
    person(clinic)
    assert "June Demo" not in words(client.get(SEARCH, {"q": "june"}))


def test_the_results_are_limited_and_say_so(client, clinic, rosa):
    for n in range(shown.MOST + 1):
        person(clinic, f"June Demo {chr(ord('a') + n)}", birth_date=date(1951, 3, n + 1))
    page = words(look(client, "june"))
    assert f"{shown.MOST} people" in page
    assert "There are more matches than this page shows." in page


def test_thirty_results_cost_as_many_queries_as_one(client, clinic, rosa, django_assert_max_num_queries):
    clinic.appointment()
    there = address(client, "june demo")
    client.get(there)
    with django_assert_max_num_queries(14) as one:
        client.get(there)
    number = len(one)
    for n in range(29):
        owner = make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}")
        clinic.appointment(clinic.slot(practitioner=owner), patient={"birth_date": date(1951, 3, n + 1)})
    client.get(there)
    with django_assert_max_num_queries(number):
        response = client.get(there)
    assert response.content.decode().count('<li class="hit"') == 25


def test_many_words_stay_within_the_query_limit(client, clinic, rosa, django_assert_max_num_queries):
    person(clinic, "Ana Maria de la Cruz Santos y Lopez Demo")
    look(client, "x")
    with django_assert_max_num_queries(14):
        there = address(client, "ana maria de la cruz santos y lopez demo")
    with django_assert_max_num_queries(14):
        response = client.get(there)
    assert "Lopez Demo" in words(response)


@pytest.mark.parametrize("typed", ["nobody at all 646-555", "june 718-555"])
def test_a_second_lookup_of_a_number_stays_within_the_query_limit(
    client, clinic, rosa, typed, django_assert_max_num_queries
):
    person(clinic)
    there = address(client, typed)
    client.get(there)
    with django_assert_max_num_queries(14):
        client.get(there)


# -- whoever calls back from a number that several share


@pytest.fixture
def shared(clinic):
    """Four people at one number; the first of them comes today."""
    names = ["Ada Demo", "Bo Demo", "Cy Demo", "Di Demo"]
    born = [date(1951, 3, n) for n in range(1, 5)]
    return [person(clinic, name, birth_date=day, email="") for name, day in zip(names, born, strict=True)]


def order(client, typed="718 555 0167"):
    return re.findall(r"<bdi>(\w+) Demo</bdi></a>, \d+</h2>", look(client, typed).text)


def test_the_one_whom_we_called_last_comes_first(client, clinic, rosa, by, shared, at):
    _ada, bo, cy, _di = shared
    lifecycle.log_call(cy.pk, "no_answer", by=by, now=MONDAY - timedelta(hours=1))
    lifecycle.log_call(bo.pk, "voicemail", by=by, now=MONDAY)
    assert order(client)[:2] == ["Bo", "Cy"]
    page = words(look(client, "718 555 0167"))
    assert "Last call: Left message today, 10:05 AM, Rosa" in page
    assert "Last call: No answer today, 9:05 AM, Rosa" in page


def test_then_those_who_wait_for_us(client, clinic, rosa, by, shared):
    _ada, bo, _cy, di = shared
    lifecycle.log_call(di.pk, "voicemail", by=by, now=MONDAY)
    lifecycle.offer(bo.pk, [clinic.slot(day=8)], local(2026, 11, 25, 17), by=by, now=MONDAY)
    assert order(client)[:2] == ["Di", "Bo"]
    off = clinic.appointment(patient={"name": "Eva Demo", "email": "", "birth_date": date(1951, 3, 9)})
    lifecycle.mark_needs_rebooking(off.pk, by=by, now=MONDAY)
    assert set(order(client)[1:3]) == {"Bo", "Eva"}


def test_so_does_one_whom_we_have_to_call(client, clinic, rosa, by, shared):
    cy = shared[2]
    lifecycle.decline(cy.pk, "other", "Call us.", by=by, now=MONDAY)
    assert order(client)[0] == "Cy"
    assert f"To call {cy}" in words(look(client, "718 555 0167"))
    lifecycle.log_call(cy.pk, "reached", by=by, now=MONDAY, about=cy.messages.get(kind="declined").pk)
    assert f"To call {cy}" not in words(look(client, "718 555 0167"))


def test_a_call_of_last_week_moves_nobody(client, clinic, rosa, by, shared):
    before = order(client)
    lifecycle.log_call(shared[0].pk, "voicemail", by=by, now=MONDAY - timedelta(days=6))
    assert order(client) == before
    assert "Last call:" not in words(look(client, "718 555 0167"))


def test_the_last_call_is_found_by_an_index(clinic, by, shared):
    looked = partial(last_calls, [each.patient_id for each in shared], MONDAY)
    for plan in plans(looked, table="booking_event"):
        assert "SCAN booking_event" not in plan


def test_an_open_offer_is_said_with_a_link_to_record_the_answer(client, clinic, rosa, by, shared):
    lifecycle.offer(shared[1].pk, [clinic.slot(day=8)], local(2026, 11, 25, 17), by=by, now=MONDAY)
    page = look(client, "bo demo")
    assert "Offered until Wed, Nov 25, 5:00 PM: record the answer" in words(page)
    assert f'href="{reverse("desk:request", args=[shared[1].reference])}#answer"' in page.text


# -- results have a URL of their own, without a name


def address(client, typed):
    return client.post(SEARCH, {"q": typed})["Location"]


def test_a_search_redirects_to_a_url_that_can_be_opened_again(client, clinic, rosa):
    person(clinic)
    there = address(client, "june")
    assert re.fullmatch("/admin/desk/search/[0-9a-f]{32}/", there)
    for _again in range(2):
        assert "June Demo , 75" in words(client.get(there))


def test_only_ones_own_newest_searches_are_kept(client, clinic, rosa):
    person(clinic)
    addresses = [address(client, "june") for _n in range(6)]
    assert "June Demo" not in words(client.get(addresses[0]))
    assert all("June Demo" in words(client.get(there)) for there in addresses[1:])
    client.force_login(make_clerk())
    page = words(client.get(addresses[-1]))
    assert "Who are you looking for?" in page


def test_a_search_text_that_was_cut_says_so(client, clinic, rosa):
    person(clinic)
    page = words(look(client, "demo " * 100))
    assert "Only the first 120 characters were used for this search." in page
    assert "June Demo" in page


def test_an_appointment_booked_by_phone_is_found_too(clinic, rosa):
    by = lifecycle.staff(rosa, "phone")
    lifecycle.book(clinic.draft(patient={"name": "Ruth Demo"}), clinic.slot(), by=by, now=MONDAY)
    assert found("ruth") == ["Ruth Demo"]


@pytest.fixture
def five_thousand(clinic):
    """Patients who each have two words that all share, and one of their own."""
    made = [Patient(name=f"Visitor Q{n} Demo", birth_date=date(1950, 1, 1), phone=f"+1718{n:07}") for n in range(5_000)]
    search_keys.remember(Patient.objects.bulk_create(made))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE booking_searchkey, booking_patient")


@pytest.fixture
def few_compared(monkeypatch):
    """A bound that is to these rows as the real one is to a big practice's: most keys need not be counted."""
    monkeypatch.setattr(module, "MOST_COMPARED", 500)
    module._count.cache_clear()
    yield
    module._count.cache_clear()


def test_search_keys_are_found_by_their_index(few_compared, five_thousand):
    """Sequential scans stay allowed on PostgreSQL: the planner must want the index itself."""
    for typed in ("q4321", "demo visitor q4321", "0004321", "q4321 1/1/1950"):
        wanted = search.read(typed)
        for plan in plans(partial(matches, wanted), table="booking_searchkey"):
            assert "booking_searchkey" in plan, typed
            assert "Seq Scan on booking_searchkey" not in plan, typed
            assert "SCAN booking_searchkey" not in plan, typed
        assert len(matches(wanted).patients) == 1, typed
