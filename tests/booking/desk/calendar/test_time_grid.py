"""The calendar as a time grid: where each block stands, what tells it apart without color, where an open time leads."""

import html
import re

import pytest
from django.urls import reverse

from booking import lifecycle, roles
from clinic.models import Schedule, ScheduleException
from tests.booking.desk.calendar.grid import CALENDAR, plain
from tests.builders import local, make_clerk, make_practitioner
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
THURSDAY = {"day": "2026-12-03", "span": "day"}


def pieces(response):
    """“booked t1 d8: 9:00 AM ...” for each block of the first column."""
    (column, *_others) = re.findall(r'<ol class="tg__col.*?</ol>', markup(response), re.S)
    found = re.findall(r'<li class="([^"]*)">(.*?)</li>', column, re.S)
    return [f"{' '.join(names.split())}: {plain(html.unescape(inside))}" for names, inside in found]


def open_at(*hours):
    """The links of an open time, and its button."""
    who = "Dr. Mara Ellison, MD, Thu, Dec 3"
    return " ".join([*(f"{hour} PM open with {who}: book" for hour in hours), f"Block from {hours[0]} PM, {who}"])


def test_each_block_stands_at_its_time_and_has_a_word_and_a_shape_of_its_own(client, clinic, rosa, at):
    Schedule.objects.filter(weekday=3).update(ends=720)
    Schedule.objects.create(
        practitioner=clinic.practitioner, location=clinic.location, weekday=3, starts=780, ends=1020
    )
    by = lifecycle.staff(rosa)
    came, called_off, missed, _booked = (clinic.appointment(clinic.slot(hour=hour)) for hour in (9, 10, 11, 13))
    asked = clinic.appointment_request(patient={"name": "Held Demo"})
    offered = [clinic.slot(hour=14, minute=20)]
    lifecycle.offer(asked.pk, offered, local(2026, 12, 4, 9), by=by, now=local(2026, 12, 2, 9), why="Today suits her.")
    ScheduleException.objects.create(
        first_day="2026-12-03", last_day="2026-12-03", starts=900, ends=930, note="fire drill"
    )
    lifecycle.mark_needs_rebooking(called_off.pk, by=by, now=local(2026, 12, 2, 9))
    at("2026-12-03 11:50")
    lifecycle.check_in(came.pk, by=by, now=local(2026, 12, 3, 9))
    lifecycle.fulfil(came.pk, by=by, now=local(2026, 12, 3, 9, 10))
    lifecycle.no_show(missed.pk, by=by, now=local(2026, 12, 3, 11, 20))
    client.force_login(rosa)
    response = client.get(CALENDAR, THURSDAY)
    assert pieces(response) == [
        "seen t1 d8: 9:00 AM N New-patient consultation, June Demo seen New-patient consultation",
        "open t9 d4: Open time, passed",
        "called-off t13 d8: 10:00 AM N New-patient consultation, June Demo called off New-patient consultation",
        "open t21 d16 first-half: 10 min left Too short to block: at least 15 minutes",
        "missed t25 d8 second-half: 11:00 AM N New-patient consultation, June Demo no-show New-patient consultation",
        "closed t37 d12: Break",
        "booked t49 d8: 1:00 PM N New-patient consultation, Booked June Demo New-patient consultation",
        f"open t57 d8: {open_at('1:40', '2:00')}",
        "held t65 d8: 2:20 PM N New-patient consultation, Held: Held Demo New-patient consultation",
        "closed t73 d6: Closed : fire drill",
        f"open t79 d18: {open_at('3:30', '3:50', '4:10', '4:30')}",
    ]  # fmt: skip
    assert "Now: 11:50 AM" in words(response)
    assert "tg__now--axis" in markup(response)


def test_to_a_screen_reader_it_is_a_table_with_a_row_for_each_provider(client, clinic, rosa):
    make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Two Demo")
    page = markup(client.get(CALENDAR, THURSDAY))
    table = page[page.index('role="table"') :]
    assert re.findall(r'role="(row|rowheader|cell)"', table)[:6] == ["row", "rowheader", "cell"] * 2
    headers = [plain(head) for head in re.findall(r'role="rowheader".*?<h2[^>]*>(.*?)</h2>', table, re.S)]
    assert [len(headers), "Dr. Demo" in headers] == [2, True]


def test_a_provider_who_is_out_is_marked_and_the_called_off_keep_their_width(client, clinic, rosa):
    appointment = clinic.appointment()
    ScheduleException.objects.create(
        first_day="2026-12-03", last_day="2026-12-03", practitioner=clinic.practitioner, private_reason="Sick"
    )
    lifecycle.mark_needs_rebooking(appointment.pk, by=lifecycle.staff(rosa), now=local(2026, 11, 24, 9))
    response = client.get(CALENDAR, THURSDAY)
    assert "Dr. Ellison Out · 0 to come · 1 called off" in words(response)
    assert [piece.split(" N ")[0] for piece in pieces(response)] == [
        "closed t1 d96: Closed : Sick", "called-off t1 d8: 9:00 AM",
    ]  # fmt: skip


def test_an_open_time_carries_day_time_provider_and_office_into_the_booking(client, clinic, rosa):
    page = html.unescape(markup(client.get(CALENDAR, THURSDAY)))
    slug = clinic.practitioner.slug
    there = f"{reverse('desk:book')}?since=2026-12-03&at=09:20&practitioner={slug}&place=pier-street"
    assert f'href="{there}"' in page
    assert "Picked on the calendar: 2026-12-03, 09:20." in words(client.get(there))


def test_a_provider_or_day_without_hours_is_hatched_from_morning_to_evening(client, clinic, rosa):
    make_practitioner(clinic.appointment_type, clinic.location, hours=(780, 900), name="Afternoon Demo", order=0)
    grid = pieces(client.get(CALENDAR, THURSDAY))
    assert (grid[0], grid[-1]) == ("closed t1 d48: Not working", "closed t73 d24: Not working")
    week = pieces(client.get(CALENDAR, {"day": "2026-12-06", "span": "week", "with": clinic.practitioner.slug}))
    assert len(week) == 1


def test_the_week_of_one_provider_has_a_column_for_each_day(client, clinic, rosa):
    make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Tomas")
    clinic.appointment(clinic.slot(day=4))
    response = client.get(CALENDAR, {"day": "2026-12-03", "span": "week", "with": clinic.practitioner.slug})
    heads = re.findall(r'<h2 id="head-\d+">(.*?)</h2>', markup(response), re.S)
    assert [plain(html.unescape(head)) for head in heads] == [
        "Mon, Nov 30", "Tue, Dec 1", "Wed, Dec 2", "Thu, Dec 3", "Fri, Dec 4",
    ]  # fmt: skip
    assert markup(response).count('class="booked ') == 1


def test_two_appointments_at_one_time_stand_side_by_side(client, clinic, lead):
    clinic.appointment()
    over = lifecycle.Override("She came with her sister.", overlap=True)
    clinic.appointment(
        clinic.slot(minute=20), by=lifecycle.staff(lead, "phone"), override=over, patient={"name": "Two Demo"}
    )
    found = pieces(client.get(CALENDAR, THURSDAY))
    assert [piece.split(":")[0] for piece in found[:2]] == ["booked t1 d8 first-half", "booked t5 d8 second-half"]


def test_sixty_appointments_of_six_providers_cost_as_many_queries_as_one(
    client, clinic, rosa, django_assert_num_queries, django_assert_max_num_queries
):
    clinic.appointment()
    client.get(CALENDAR, THURSDAY)
    with django_assert_max_num_queries(14) as one:
        client.get(CALENDAR, THURSDAY)
    for n in range(5):
        owner = make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}")
        for hour in range(9, 17):
            clinic.appointment(clinic.slot(hour=hour, practitioner=owner), patient={"name": f"Person {n} {hour}"})
    with django_assert_num_queries(len(one)):
        page = markup(client.get(CALENDAR, THURSDAY))
    assert page.count('class="booked ') == 41


def test_an_appointment_of_today_can_be_checked_in_and_its_phone_dialed(client, clinic, rosa, at):
    appointment = clinic.appointment()
    at("2026-12-03 08:55")
    client.force_login(rosa)
    page = markup(client.get(CALENDAR, THURSDAY))
    assert reverse("desk:check_in", args=[appointment.pk]) in page
    assert 'href="tel:+17185550167"' in page
    client.post(reverse("desk:check_in", args=[appointment.pk]), {"version": appointment.version})
    assert "June Demo checked in" in words(client.get(CALENDAR, THURSDAY))


def test_a_clinician_sees_open_times_as_text(client, clinic):
    client.force_login(make_clerk("Clinician"))
    response = client.get(CALENDAR, THURSDAY)
    assert "9:00 AM open" in words(response)
    assert reverse("desk:book") + "?" not in markup(response)


@pytest.mark.parametrize(("role", "leads"), [(roles.DESK, True), (roles.CLINICIAN, False)])
def test_an_opened_appointment_leads_to_the_patients_page(client, clinic, role, leads):
    appointment = clinic.appointment()
    client.force_login(make_clerk(role))
    page = markup(client.get(CALENDAR, THURSDAY))
    assert "June Demo" in page
    assert (reverse("desk:patient", args=[appointment.patient.random_id]) in page) == leads


def test_a_called_off_appointment_is_not_called_booked(client, clinic, rosa, at):
    appointment = clinic.appointment()
    lifecycle.mark_needs_rebooking(appointment.pk, by=lifecycle.staff(rosa), now=local(2026, 12, 2, 9))
    at("2026-12-03 08:30")
    client.force_login(rosa)
    opened = words(client.get(CALENDAR, THURSDAY)).partition("DOB Mar 9, 1951")[2]
    assert "Called off. Pier Street office (718) 555-0167 Came anyway : June Demo" in opened
    week = words(client.get(CALENDAR, {"day": "2026-12-03", "span": "week"}))
    assert "9:00 AM June Demo Called off, needs a new time" in week
