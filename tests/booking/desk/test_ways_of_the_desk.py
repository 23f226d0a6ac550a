"""Small ways of the desk: keys, focus after an act, the calendar's week and slots, numbers that can be dialed."""

import re

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.models import Appointment
from tests.booking.desk.page import page_of
from tests.builders import MONDAY, make_clerk
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
BOOK, CALENDAR, QUEUE = "/admin/desk/book/", "/admin/desk/calendar/", "/admin/desk/"


@pytest.fixture
def everywhere(clinic, rosa):
    request = clinic.appointment_request(clinic.slot())
    appointment = clinic.appointment(clinic.slot(day=4))
    return [
        QUEUE, f"{QUEUE}?view=to-call", f"{QUEUE}?view=answered", page_of(request), BOOK, "/admin/desk/day/",
        "/admin/desk/day/2026-12-04/", CALENDAR, reverse("desk:cancel", args=[appointment.pk]),
        reverse("desk:reschedule", args=[appointment.pk]),
    ]  # fmt: skip


def test_n_leads_to_a_new_appointment_on_every_page(client, everywhere):
    for path in everywhere:
        found = re.findall(r'<a\s[^>]*?data-key="n"', client.get(path).text)
        assert len(found) == 1, path
        assert f'href="{BOOK}"' in found[0], path


@pytest.mark.parametrize("day", ["", "2026-12-04/", "2026-11-29/"])
def test_a_walk_in_has_its_own_key(client, rosa, day):
    page = client.get(f"/admin/desk/day/{day}").text
    assert re.search(r'href="/admin/desk/day/\?walk_in=1"\s+data-key="w"', page)


def test_every_listed_key_names_what_it_needs(client, everywhere):
    for path in everywhere:
        listed = client.get(path).text.split('class="keys plain"')[1].split("</ul>")[0]
        assert listed.count("<li data-for=") == listed.count("<li"), path


# -- the week that begins


@pytest.mark.parametrize(
    ("today", "shown"),
    [
        ("2026-11-27", "2026-11-23"),  # a Friday
        ("2026-11-28", "2026-11-30"),
        ("2026-11-29", "2026-11-30"),
        ("2026-11-30", "2026-11-30"),
        ("2026-12-05", "2026-12-07"),
        ("2027-01-02", "2027-01-04"),  # across the year
    ],
)
def test_on_a_weekend_the_calendar_opens_the_week_that_begins(client, clinic, at, today, shown):
    at(f"{today} 12:00")
    client.force_login(make_clerk())
    assert client.get(CALENDAR, {"span": "week"}).context["days"][0].isoformat() == shown


@pytest.mark.parametrize("query", [{"day": "2026-11-28"}, {"span": "day"}])
def test_a_day_that_was_asked_for_is_shown(client, clinic, at, query):
    at("2026-11-28 12:00")
    client.force_login(make_clerk())
    assert client.get(CALENDAR, query).context["shown"].isoformat() == "2026-11-28"


# -- an open slot of the calendar


def test_an_open_slot_carries_its_time(client, clinic, rosa):
    page = client.get(CALENDAR, {"day": "2026-12-03"}).text
    assert f"since=2026-12-03&amp;at=09:00&amp;practitioner={clinic.practitioner.slug}&amp;place=pier-street" in page


@pytest.mark.parametrize("clock", ["09:00", "14:40", "00:00"])
def test_the_booking_begins_with_it(client, clinic, rosa, clock):
    query = {"since": "2026-12-03", "at": clock, "practitioner": clinic.practitioner.slug, "place": "pier-street"}
    page = client.get(BOOK, query)
    assert f"Picked on the calendar: 2026-12-03, {clock}." in words(page)
    assert f'name="at" value="{clock}"' in page.text
    posted = {"on": "2026-12-03", "at": clock, "who": clinic.practitioner.slug, "where": "pier-street", "look": "1"}
    after = client.post(BOOK, posted | {"reason": clinic.reason.slug}).text
    assert re.search(rf'name="at"[^>]*value="{clock}"|value="{clock}"[^>]*name="at"', after)


def test_that_time_is_held_with_one_press(client, clinic, rosa):
    posted = {"on": "2026-12-03", "at": "09:40", "who": clinic.practitioner.slug, "where": "pier-street"}
    client.post(BOOK, posted | {"reason": clinic.reason.slug, "special": "1"})
    assert Appointment.objects.get(status="held").starts_at == clinic.slot(hour=9, minute=40).starts_at


# -- after an act


def test_after_an_answer_the_focus_goes_to_the_next_row(client, clinic, rosa):
    first, second, third = (clinic.appointment_request(patient={"name": name}) for name in ("Ann", "Bea", "Cy"))
    there = client.post(reverse("desk:waitlist", args=[second.reference]), {"version": second.version})["Location"]
    page = client.get(there).text
    assert page.count("autofocus") == 1
    assert "Cy" in page.split("autofocus")[1][:400]
    there = client.post(reverse("desk:waitlist", args=[third.reference]), {"version": third.version})["Location"]
    assert "Ann" in client.get(there).text.split("autofocus")[1][:400]  # it was the last
    assert str(first)


@pytest.mark.parametrize("by", ["", "practitioner"])
def test_after_a_mark_the_focus_goes_to_the_name_and_from_a_folded_row_to_undo(client, clinic, at, by):
    appointments = [
        clinic.appointment(clinic.slot(hour=hour), patient={"name": name}) for hour, name in ((9, "Ann"), (11, "Bea"))
    ]
    at("2026-12-03 09:05")
    client.force_login(make_clerk())
    for verb, version, focus in (("check_in", 1, "Ann age 75"), ("fulfil", 2, "Undo")):
        posted = {"version": version} | ({"by": by} if by else {})
        there = client.post(reverse(f"desk:{verb}", args=[appointments[0].pk]), posted)["Location"]
        assert in_focus(client.get(there).text).startswith(focus)


@pytest.fixture
def three_calls(clinic, rosa, by):
    """Ann, Bea and Cy are to be called, in this order."""
    people = [clinic.appointment_request(patient={"name": name, "email": ""}) for name in ("Ann", "Bea", "Cy")]
    for person in people:
        lifecycle.decline(person.pk, "other", "Call us.", by=by, now=MONDAY)
    return [person.messages.get(status="to_call") for person in people]


def in_focus(page):
    """The text of the one element that gets the focus."""
    assert page.count("autofocus") == 1
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("autofocus")[1].split(">", 1)[1][:400]).split())


@pytest.mark.parametrize(
    ("called", "outcome", "focused"),
    [
        ("Ann", "no_answer", "Bea"),
        ("Ann", "voicemail", "Bea"),
        ("Ann", "reached", "Bea"),
        ("Bea", "notified", "Cy"),
        ("Bea", "wrong_number", "Cy"),
        ("Cy", "reached", "Ann"),  # it was the last
        ("Cy", "no_answer", "Ann"),
        ("Bea", "shouted", "Bea"),  # refused: the focus stays
    ],
)
def test_after_a_call_the_focus_goes_to_the_next_one(client, three_calls, called, outcome, focused):
    message = three_calls[["Ann", "Bea", "Cy"].index(called)]
    verb = "mark_notified" if outcome == "notified" else "call_about"
    page = client.post(reverse(f"desk:{verb}", args=[message.pk]), {"outcome": outcome}, follow=True).text
    assert in_focus(page).startswith(focused)


def test_if_the_list_asks_whether_it_was_a_second_call_the_focus_is_on_the_question(client, three_calls):
    path = reverse("desk:call_about", args=[three_calls[0].pk])
    client.post(path, {"outcome": "no_answer"})
    page = client.post(path, {"outcome": "no_answer"}, follow=True).text
    assert in_focus(page).startswith("I called again")


def test_after_the_only_call_no_row_has_the_focus(client, clinic, rosa, by):
    request = clinic.appointment_request(patient={"email": ""})
    lifecycle.decline(request.pk, "other", "Call us.", by=by, now=MONDAY)
    message = request.messages.get(status="to_call")
    page = client.post(reverse("desk:call_about", args=[message.pk]), {"outcome": "no_answer"}, follow=True).text
    assert "autofocus" not in page


# -- numbers and clocks


def test_numbers_can_be_dialed(client, clinic, rosa, by):
    request = clinic.appointment_request(patient={"email": "", "phone_extension": "7"})
    lifecycle.decline(request.pk, "other", "Call us.", by=by, now=MONDAY)
    waiting = clinic.appointment_request(patient={"phone_extension": "7"})
    for path in (page_of(request), f"{QUEUE}?view=to-call", QUEUE):
        assert 'href="tel:+17185550167;ext=7"' in client.get(path).text, path
    assert f'data-row-key="c" href="{page_of(waiting)}#calls"' in client.get(QUEUE).text
    found = client.post("/admin/desk/search/", {"q": "June Demo"}, follow=True)
    assert 'href="tel:+17185550167;ext=7"' in found.text


def test_who_has_no_phone_has_no_link(client, clinic, rosa):
    request = clinic.appointment_request(patient={"phone": "", "phone_typed": "", "reach_by": "email"})
    assert 'href="tel:' not in client.get(page_of(request)).text.split('class="who__facts"')[1].split("</p>")[0]


def test_the_page_says_the_servers_time_to_its_countdowns(client, everywhere):
    for path in everywhere:
        assert '<body class="desk" data-now="2026-11-23T10:05:00' in client.get(path).text, path
