"""The slot finder: hold a time during a call, override the rules with a reason, find the patient while talking."""

import re

import pytest

from booking import lifecycle
from booking.desk.patients.picker import typed as prefilled
from booking.models import Appointment, AppointmentRequest, Patient, search_keys
from tests.booking.desk.slot_finder.booking_form import BOOK, typed
from tests.builders import LOGGED, MONDAY, make_clerk
from tests.pages import markup, words

pytestmark = pytest.mark.django_db


def look(data, **button):
    return {name: value for name, value in data.items() if name != "book"} | button


def hold(client, clinic, slot=None, **changes):
    data = look(typed(clinic, **changes), hold=(slot or clinic.slot(day=1)).code)
    del data["slot"]
    return client.post(BOOK, data)


# -- holding a time during a call


def test_the_held_time_is_on_the_button_and_nothing_typed_is_lost(client, clinic, rosa):
    response = hold(client, clinic)
    html, page = response.content.decode(), words(response)
    assert "Held for you until 10:10 AM" in page
    assert "Tue, Dec 1, 9:00 – 9:40 AM EST" in page
    assert "Book Tue, Dec 1, 9:00 AM" in page
    assert 'value="Tomasina Demo"' in html
    assert f'name="slot" value="{clinic.slot(day=1).code}"' in html
    assert Appointment.objects.get().held_for == rosa


def test_a_hold_can_be_extended_released_and_booked(client, clinic, rosa, at):
    hold(client, clinic)
    at("2026-11-23 10:09")
    data = typed(clinic)
    assert "until 10:14 AM" in words(client.post(BOOK, look(data, longer="1")))
    assert "Held for you" not in words(client.post(BOOK, look(data, release_claim="1")))
    assert Appointment.objects.get().status == "released"
    hold(client, clinic)
    client.post(BOOK, data)
    assert Appointment.objects.get(status="booked").events.first().verb == "hold"


def test_an_expired_hold_gives_a_message(client, clinic, rosa, at):
    hold(client, clinic)
    at("2026-11-23 10:10")
    for button in ("longer", "release_claim"):
        response = client.post(BOOK, look(typed(clinic), **{button: "1"}))
        assert response.status_code == 409
        assert "You are no longer holding a time for this call. Choose one again." in words(response)


def test_a_hold_stays_when_a_field_is_invalid(client, clinic, rosa):
    hold(client, clinic)
    page = words(client.post(BOOK, typed(clinic, name="")))
    assert "Book Tue, Dec 1, 9:00 AM" in page


def test_a_time_that_a_coworker_holds_cannot_be_held(client, clinic, rosa):
    lifecycle.hold(clinic.slot(day=1), clinic.appointment_type, user=make_clerk(), now=MONDAY)
    response = hold(client, clinic)
    assert response.status_code == 409
    assert "A coworker is holding this time for a call." in words(response)


def test_a_time_held_for_a_request_names_the_request(client, clinic, rosa):
    appointment_request = clinic.appointment_request(clinic.slot(day=1))
    response = hold(client, clinic)
    assert response.status_code == 409
    assert f"This time is held for request {appointment_request}" in words(response)


def test_an_appointment_at_that_time_is_named(client, clinic, rosa):
    appointment = clinic.appointment(clinic.slot(day=1))
    response = hold(client, clinic)
    assert response.status_code == 409
    assert f"Appointment {appointment} is already at this time." in words(response)


@pytest.mark.once
def test_a_crafted_hold_gives_a_message(client, clinic, rosa):
    for code in ("", "x", "1-1-1", "99999999-1-1", "9" * 60):
        response = client.post(BOOK, look(typed(clinic), hold=code))
        assert response.status_code in (400, 409), code
        assert not Appointment.objects.exists(), code


def test_a_get_holds_nothing(client, clinic, rosa):
    client.get(BOOK, {"reason": clinic.reason.slug, "hold": clinic.slot(day=1).code, "book": "1"})
    assert not Appointment.objects.exists()


# -- overrides


def special(clinic, **changes):
    return look(typed(clinic), special="1") | {
        "on": "2026-12-05", "at": "09:00", "who": clinic.practitioner.slug, "where": "pier-street",
    } | changes  # fmt: skip


def test_a_time_outside_hours_gives_a_warning_and_requires_a_reason(client, clinic, rosa):
    response = client.post(BOOK, special(clinic))
    assert response.status_code == 409
    assert "This time is outside working hours. Your change was not saved. Enter a reason" in words(response)
    assert "Held for you" in words(client.post(BOOK, special(clinic, why="Comes from far.")))
    client.post(BOOK, typed(clinic, slot=clinic.slot(day=5).code))
    assert Appointment.objects.get().status == "booked"


def test_short_notice_requires_a_reason_too_except_for_a_walk_in(client, clinic, rosa):
    today = clinic.slot(day=23, month=11, hour=15)
    response = hold(client, clinic, today)
    assert (response.status_code, "Enter a reason." in words(response)) == (409, True)
    assert hold(client, clinic, today, why="In great pain.").status_code == 200
    assert hold(client, clinic, clinic.slot(day=23, month=11, hour=13), channel="walk_in").status_code == 200


@pytest.mark.parametrize("role", ["Front desk", "Desk lead"])
def test_only_a_desk_lead_can_double_book(client, clinic, role):
    client.force_login(make_clerk(role))
    clinic.appointment(clinic.slot(day=1))
    data = special(clinic, on="2026-12-01", at="9:20 AM", why="The doctor asked for it.", over="1")
    response = client.post(BOOK, data)
    flagged = Appointment.objects.filter(overbooked=True, overbook_reason="The doctor asked for it.")
    if role == "Desk lead":
        assert "double-booked" in words(response)
        assert flagged.count() == 1
    else:
        assert (response.status_code, flagged.count()) == (409, 0)
        assert "Only a desk lead can double-book." in words(response)


@pytest.mark.once
def test_a_typed_time_that_is_impossible_gives_a_message(client, clinic, rosa):
    for field, value, sentence in (
        ("on", "x", "Enter the day as month/day/year"),
        ("at", "25:00", "Enter a time, such as 2:40 PM."),
        ("who", "nobody", "Choose a provider."),
        ("where", "", "Choose the office."),
        ("on", "2020-01-01", "This time has passed."),
        ("on", "9999-12-31", "This time can’t be booked"),
        ("on", "0001-01-01", "This time has passed."),
        ("why", "x" * 201, "Use up to 200 characters."),
    ):
        response = client.post(BOOK, special(clinic, why="Why not.") | {field: value})
        assert response.status_code in (400, 409), (field, value)
        assert sentence in words(response), (field, value)
        assert not Appointment.objects.exists(), (field, value)


def test_another_length_can_be_booked(client, clinic, rosa):
    client.post(BOOK, typed(clinic, minutes="60"))
    appointment = Appointment.objects.get()
    assert (appointment.ends_at - appointment.starts_at).total_seconds() == 3600


def test_the_part_of_the_day_filters_the_times(client, clinic, rosa):
    page = words(client.get(BOOK, {"reason": clinic.reason.slug, "part": "afternoon"}))
    listed = page.split("Provider, office")[1].split("Times starting")[0]
    assert " PM EST" in listed
    assert " AM EST" not in listed


# -- finding the patient while talking


@pytest.fixture
def people(clinic):
    """Ruth Demo has been seen here; another Ruth and Ирина have open requests."""
    ruth = clinic.appointment(clinic.slot(day=8), patient={"name": "Ruth Demo", "phone": "+17185550133"})
    clinic.appointment_request(patient={"name": "Ruth A. Demo", "phone": "+17185550134", "birth_date": "1965-07-30"})
    clinic.appointment_request(patient={"name": "Ирина Demo", "phone": "+17185550107", "birth_date": "1948-03-03"})
    Appointment.objects.filter(pk=ruth.pk).update(status="fulfilled")
    return ruth.appointment_request.patient


ANY_PART = [
    ("ruth", 2), ("RUTH demo", 2), ("ruth 0133", 1), ("demo ruth a", 1), ("(718) 555-0133", 1),
    ("1 718 555 0133", 1), ("ruth 718-555", 2),
    ("7/30/1965", 1), ("July 30, 1965", 1), ("1965-07-30 ruth", 1), ("ирина", 1), ("Ирина 0107", 1), ("0199", 0),
    ("ruth 0199", 0), ("", 0), ("x", 0), ("12", 0), ("%", 0), ("_", 0), ("' OR 1=1 --", 0), ("2/30/1965", 0),
]  # fmt: skip


def test_a_patient_is_found_by_any_part(client, clinic, rosa, people):
    for text, number in ANY_PART:
        response = client.post(BOOK, look(typed(clinic, q=text), find="1"))
        assert response.status_code == 200, text
        assert len(re.findall(r'name="person" value="\d+"', markup(response))) == number, text


def test_a_found_patient_is_shown_with_details_and_booked_without_typing(client, clinic, rosa, people):
    page = words(client.post(BOOK, look(typed(clinic, q="ruth 0133"), find="1")))
    assert "Ruth Demo , DOB Mar 9, 1951 (718) 555-0133 · last seen Tue, Dec 8, 9:00 AM" in page
    number = Patient.objects.count()
    client.post(BOOK, typed(clinic, person=str(people.pk), name="", birth_date="", phone=""))
    assert Patient.objects.count() == number
    assert AppointmentRequest.objects.latest("pk").patient == people


def test_the_selected_patient_stays_while_times_are_searched(client, clinic, rosa, people):
    html = client.post(BOOK, look(typed(clinic, person=str(people.pk)), look="1")).content.decode()
    assert re.search(rf'value="{people.pk}"[^>]* checked', html)


def test_without_a_match_the_search_text_fills_in_a_new_patient(client, clinic, rosa, people):
    response = client.post(BOOK, look(typed(clinic, q="tomasina quell 0171", name="", phone=""), find="1"))
    html = response.content.decode()
    assert "No matches" in words(response)
    assert 'value="tomasina quell"' in html
    assert 'value="0171"' in html


@pytest.mark.parametrize(
    ("text", "name", "birth_date", "phone"),
    [
        ("Siobhan O'Brien", "Siobhan O'Brien", "", ""),
        ("siobhan o'brien", "siobhan o'brien", "", ""),
        ("Ronald McDonald", "Ronald McDonald", "", ""),
        ("Juan de la Cruz", "Juan de la Cruz", "", ""),
        ("mary-jane demo", "mary-jane demo", "", ""),
        ("June Demo 3/9/1951", "June Demo", "3/9/1951", ""),
        ("1951-03-09 June", "June", "3/9/1951", ""),
        ("june dob March 9th, 1951 tel. (718) 555-0199", "june", "3/9/1951", "(718) 555-0199"),
        ("王秀英", "王秀英", "", ""),
        ("Max Born 12/11/1940", "Max Born", "12/11/1940", ""),
        ("June Demo born 3/9/1951", "June Demo", "3/9/1951", ""),
        ("Mr. Max Born", "Max Born", "", ""),
        ("june 13/13/1951", "june", "", ""),
        ("June, 718 555 0199", "June", "", "718 555 0199"),
    ],
)
def test_the_search_text_is_split_into_fields(text, name, birth_date, phone):
    assert prefilled(text) == {"name": name, "birth_date": birth_date, "phone": phone}


def test_a_crafted_patient_selects_nobody(client, clinic, rosa, people):
    for person in ("999999", "x", "-1", "9" * 40, "٣"):
        response = client.post(BOOK, typed(clinic, person=person, name=""))
        assert response.status_code == 400, person
        assert "Enter the full name." in words(response), person


def test_finding_costs_the_same_for_one_match_and_for_many(
    client, clinic, rosa, people, django_assert_num_queries, django_assert_max_num_queries
):
    data = look(typed(clinic, q="demo"), find="1")
    client.post(BOOK, data)
    with django_assert_max_num_queries(14 + LOGGED) as one:
        client.post(BOOK, data)
    number = len(one)
    for n in range(30):
        other = Patient.objects.create(name=f"Demo {n}", birth_date="1950-01-01", phone="+17185550100")
        search_keys.remember([other])
    with django_assert_num_queries(number):
        assert "and more. Type more" in words(client.post(BOOK, data))


@pytest.mark.parametrize("text", ["nobody at all 646-555", "demo 718-555"])
def test_a_second_lookup_of_a_number_stays_within_the_query_limit(
    client, clinic, rosa, people, text, django_assert_max_num_queries
):
    data = look(typed(clinic, q=text), find="1")
    client.post(BOOK, data)
    with django_assert_max_num_queries(14 + LOGGED):
        client.post(BOOK, data)


def test_no_name_is_in_a_url_or_the_title(client, clinic, rosa, people):
    html = markup(client.post(BOOK, look(typed(clinic, q="ruth"), find="1")))
    assert "Ruth" not in re.search("<title>(.*?)</title>", html)[1]
    assert not re.search(r'(href|action)="[^"]*ruth', html, re.IGNORECASE)


@pytest.mark.parametrize("button", [{"find": "1"}, {"look": "1"}], ids=["Find", "Enter in its box"])
@pytest.mark.parametrize("reason", ["", "broken-bone"])
def test_searching_for_the_patient_first_shows_no_errors(client, clinic, rosa, people, button, reason):
    response = client.post(BOOK, look(typed(clinic, q="ruth 0133", reason=reason, person="new"), **button))
    page = words(response)
    assert "1 found Ruth Demo" in page
    assert "Nothing has been booked yet" not in page
    assert ("Open times for" in page) == bool(reason)


def test_a_search_is_not_repeated_for_the_same_text(client, clinic, rosa, people):
    data = typed(clinic, q="ruth", looked_for="ruth", person=str(people.pk))
    html = markup(client.post(BOOK, look(data, look="1")))
    assert re.findall(r'name="person" value="(\d+)"', html) == [str(people.pk)]


def test_after_a_hold_enter_repeats_the_search_if_nobody_was_selected(client, clinic, rosa, people):
    data = {name: value for name, value in typed(clinic, q="ruth", looked_for="ruth").items() if name != "slot"}
    html = client.post(BOOK, look(data, hold=clinic.slot(day=1).code)).content.decode()
    assert 'name="looked_for" value=""' in html
    html = markup(client.post(BOOK, look(data | {"looked_for": ""}, look="1")))
    assert len(re.findall(r'name="person" value="\d+"', html)) == 2


def test_extending_or_releasing_a_hold_shows_no_errors_for_the_criteria(client, clinic, rosa):
    hold(client, clinic)
    for button in ("longer", "release_claim"):
        response = client.post(BOOK, look(typed(clinic, reason=""), **{button: "1"}))
        assert response.status_code == 200
        assert "Choose a reason." not in words(response)


def test_another_unmatched_name_replaces_the_one_that_was_filled_in(client, clinic, rosa, people):
    data = typed(clinic, q="Tomasina Quill", looked_for="tomasina quell", name="Tomasina Quell")
    html = client.post(BOOK, look(data, find="1")).content.decode()
    assert 'value="Tomasina Quill"' in html
    data |= {"name": "Tomasina A. Quell"}  # typed by hand: it stays
    assert 'value="Tomasina A. Quell"' in client.post(BOOK, look(data, find="1")).content.decode()


def test_a_patient_with_an_open_request_is_shown_with_a_link_to_it(client, clinic, rosa, people):
    html = client.post(BOOK, look(typed(clinic, q="ирина"), find="1")).content.decode()
    appointment_request = AppointmentRequest.objects.get(patient__name="Ирина Demo")
    assert "Has an open request:" in html
    assert f'href="/admin/desk/requests/{appointment_request.reference}/"' in html
    html = client.post(BOOK, look(typed(clinic, q="ruth 0133"), find="1")).content.decode()
    assert "Has an open request:" not in html


@pytest.mark.parametrize(
    ("button", "changes", "focused"),
    [
        ("look", {}, 'id="times"'),
        ("find", {"q": "ruth"}, 'name="person"'),
        ("find", {"q": "nobody", "name": ""}, 'name="name"'),
        ("hold", {"name": ""}, 'id="q"'),
        ("hold", {}, 'name="book"'),
    ],
)
def test_the_focus_is_on_the_next_step(client, clinic, rosa, people, button, changes, focused):
    value = clinic.slot(day=1).code if button == "hold" else "1"
    html = client.post(BOOK, look(typed(clinic, **changes), **{button: value})).content.decode()
    [element] = re.findall(r"<[^>]+ autofocus[^>]*>", html)
    assert focused in element


def test_only_an_error_gets_the_focus(client, clinic, rosa):
    html = client.post(BOOK, typed(clinic, name="")).content.decode()
    [element] = re.findall(r"<[^>]+ autofocus[^>]*>", html)
    assert "err-box" in element
