"""Rescheduling inside the calendar: where an appointment may go, what the address may say, what each press does."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from booking import lifecycle, roles
from booking.models import Appointment, Event
from booking.scheduling.slots import Slot
from clinic.models import Schedule
from tests.booking.desk.calendar.grid import CALENDAR, WEEK, cells
from tests.builders import MONDAY, local, make_appointment_type, make_clerk, make_location, make_practitioner
from tests.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rosa")]
NEXT_WEEK = {"day": "2026-12-10"}


def rescheduling(client, appointment, appointment_request=WEEK, **more):
    return client.get(
        CALENDAR, {**appointment_request, "rescheduling": getattr(appointment, "pk", appointment), **more}
    )


def links(response):
    return " ".join(re.findall(r'href="([^"]*)"', content(response)))


def buttons(response):
    """The slot of each button “Move here”, and its words."""
    found = re.findall(r'<button[^>]* form="move" name="slot" value="([^"]+)"[^>]*>(.*?)</button>', content(response))
    return {code: " ".join(re.sub(r"<[^>]+>", " ", label).replace("\xa0", " ").split()) for code, label in found}


def content(response):
    return html.unescape(response.content.decode())


def press(client, appointment, slot, **more):
    data = {"version": appointment.version, "calendar": "1", "slot": slot.code} | more
    return client.post(reverse("desk:reschedule", args=[appointment.pk]), data)


# -- the mode


def test_the_bar_says_who_moves_from_when_and_how_to_stop(client, clinic, appointment):
    response = rescheduling(client, appointment)
    bar = "from Thu, Dec 3, 9:00 AM EST, Dr. Mara Ellison, MD, 40 min. Pick one of the open times marked “Move here”."
    assert f"Moving June Demo {bar}" in words(response)
    assert "The patient keeps the old time until you do." in words(response)
    assert re.search(r'href="\?day=2026-11-30" data-key="Escape">Stop moving', content(response))
    assert f'href="/admin/desk/appointments/{appointment.pk}/reschedule/">Other times, with a reason' in content(
        response
    )


def test_the_moving_appointment_is_marked_in_words_and_has_no_other_acts_meanwhile(client, clinic, appointment):
    other = clinic.appointment(clinic.slot(hour=11))
    response = rescheduling(client, appointment)
    assert "9:00 AM Booked, moving June Demo" in words(response)
    assert content(response).count("slot--rescheduling") == 1
    assert f"rescheduling={other.pk}" in content(response)
    assert f'&rescheduling={appointment.pk}" data-row-key="m"' not in content(response)
    assert f"/appointments/{appointment.pk}/cancel/" not in content(response)


def test_an_appointment_of_the_calendar_leads_to_its_moving_and_what_is_looked_at_stays(client, clinic, appointment):
    page = content(client.get(CALENDAR, WEEK | {"place": "pier-street", "with": clinic.practitioner.slug}))
    there = f"?place=pier-street&with={clinic.practitioner.slug}&day=2026-11-30&rescheduling={appointment.pk}"
    assert f'href="{there}" data-row-key="m">Move' in page
    assert "Moving June Demo" in words(client.get(CALENDAR + there))


def test_weeks_offices_and_the_day_form_keep_what_moves(client, clinic, appointment):
    page = content(rescheduling(client, appointment, place="pier-street"))
    for day in ("2026-11-23", "2026-12-07"):
        assert f"?place=pier-street&rescheduling={appointment.pk}&day={day}" in page
    assert f"?place=pier-street&rescheduling={appointment.pk}&span=day&day=2026-11-30" in page
    assert f'<input type="hidden" name="rescheduling" value="{appointment.pk}">' in page


def test_a_week_without_the_appointment_still_says_what_moves(client, clinic, appointment):
    response = rescheduling(client, appointment, NEXT_WEEK)
    assert "Moving June Demo" in words(response)
    assert clinic.slot(day=10).code in buttons(response)


def test_no_name_is_in_the_title_or_in_an_address(client, clinic, appointment):
    page = content(rescheduling(client, appointment))
    assert "June" not in re.search(r"<title>.*?</title>", page)[0]
    assert not [link for link in re.findall(r'(?:href|action|value)="([^"]*)"', page) if "June" in link]


# -- the open times


def test_each_open_time_is_a_button_that_says_its_day_and_practitioner(client, clinic, appointment):
    found = buttons(rescheduling(client, appointment))
    assert found[clinic.slot(hour=13).code] == "Move here, 1:00 PM , Thu, Dec 3, Dr. Mara Ellison, MD"


def test_they_are_the_times_of_the_page_that_moves(client, clinic, appointment):
    clinic.appointment(clinic.slot(hour=11))
    clinic.appointment_request(clinic.slot(day=4, hour=9))
    page = content(
        client.get(reverse("desk:reschedule", args=[appointment.pk]), {"since": "2026-12-03", "anyone": "1"})
    )
    listed = set(re.findall(r'name="slot" value="([^"]+)"', page))
    week = {code for code in listed if Slot.parse(code).starts_at < local(2026, 12, 5)}
    shown = {
        code for code in buttons(rescheduling(client, appointment)) if Slot.parse(code).starts_at > local(2026, 12, 3)
    }
    assert shown == week


def test_its_own_old_time_is_no_target_and_stands_in_nobodys_way(client, clinic, rosa):
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()
    appointment = clinic.appointment()
    found = buttons(rescheduling(client, appointment))
    assert clinic.slot().code not in found
    assert clinic.slot(minute=20).code in found  # half of it is its own


def test_an_appointment_of_another_length_is_offered_what_fits_its_own(client, clinic, rosa):
    by = lifecycle.staff(rosa, "phone")
    appointment_request = lifecycle.book(clinic.draft(), clinic.slot(), by=by, now=MONDAY, minutes=90)
    appointment = appointment_request.appointments.get()
    for hour, minute in ((11, 0), (12, 20), (13, 40), (15, 0), (16, 20)):
        clinic.appointment(clinic.slot(hour=hour, minute=minute))
    response = rescheduling(client, appointment, span="day")
    assert buttons(response) == {}
    assert "Open 11:40 AM – 12:20 PM, doesn’t fit" in words(response)
    assert "No openings fit on the days shown here." in words(response)


def test_everyone_who_does_this_appointment_is_offered_and_nobody_else(client, clinic, appointment):
    tomas = make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Tomas", order=1)
    priya = make_practitioner(make_appointment_type(), clinic.location, name="Priya Nadar, NP")
    response = rescheduling(client, appointment)
    people = {Slot.parse(code).practitioner_id for code in buttons(response)}
    assert people == {clinic.practitioner.pk, tomas.pk}
    assert [row[0].startswith(priya.name) for row in cells(response)] == [False, False, True]
    assert cells(response)[2][0].endswith("Does not offer this appointment type")
    assert cells(response)[2][4] == "Open 9:00 AM – 5:00 PM, doesn’t fit"


def test_a_time_at_another_office_says_so_and_the_filter_leaves_it_out(client, clinic, appointment):
    harbor = make_location(name="Harbor office", slug="harbor")
    tomas = make_practitioner(clinic.appointment_type, harbor, name="Dr. Tomas", slug="tomas")
    slot = Slot(local(2026, 12, 3, 9), tomas.pk, harbor.pk)
    assert buttons(rescheduling(client, appointment))[slot.code].startswith("Move here, 9:00 AM Harbor office")
    assert slot.code not in buttons(rescheduling(client, appointment, place="pier-street"))
    assert set(buttons(rescheduling(client, appointment, place="harbor"))) <= set(
        buttons(rescheduling(client, appointment))
    )


def test_of_a_long_open_time_the_first_are_shown_and_the_rest_is_one_press_away(client, clinic, appointment):
    page = content(rescheduling(client, appointment))
    friday = page[page.index(f'value="{clinic.slot(day=4).code}"') :]
    summary = re.search(r"<summary.*?</summary>", friday, re.S)
    assert len(re.findall("Move here", friday[: summary.start()])) == 3
    assert "9 more, until 4:20\xa0PM" in summary[0]
    assert "Fri,\xa0Dec\xa04, Dr. Mara Ellison, MD" in summary[0]


def test_a_time_inside_the_notice_leads_to_where_a_reason_is_asked_for(client, clinic, appointment, at):
    at("2026-12-02 12:00")
    client.force_login(make_clerk())
    response = rescheduling(client, appointment)
    assert all(Slot.parse(code).starts_at >= local(2026, 12, 3, 12) for code in buttons(response))
    assert "Open 9:00 AM – 5:00 PM, needs a reason" in words(response)
    there = f"/admin/desk/appointments/{appointment.pk}/reschedule/?since=2026-12-02&anyone=1"
    assert there in content(response)
    assert "Short notice: needs a reason" in words(client.get(there))


def test_a_gap_too_short_to_be_drawn_takes_an_appointment_as_short(client, clinic, rosa):
    clinic.appointment_type.minutes = clinic.appointment_type.step = 10
    clinic.appointment_type.save()
    appointment = clinic.appointment(clinic.slot(hour=9, minute=0))
    clinic.appointment(clinic.slot(hour=9, minute=20))
    page = words(rescheduling(client, appointment))
    assert "Move here, 9:10 AM" in page


def test_two_offices_with_the_same_hours_are_kept_apart(client, clinic, appointment):
    harbor = make_location(name="Harbor office", slug="harbor")
    Schedule.objects.create(practitioner=clinic.practitioner, location=harbor, weekday=4, starts=540, ends=1020)
    thursday = [row[5] for row in cells(rescheduling(client, appointment))][0]
    assert "doesn’t fit" not in thursday
    assert thursday.count("9 more") == 2


# -- a press


def test_a_press_moves_the_appointment_and_shows_it_where_it_now_stands(client, clinic, appointment):
    response = press(client, appointment, clinic.slot(day=11, hour=9), place="pier-street")
    event = Event.objects.get(verb="reschedule")
    assert response["Location"] == f"{CALENDAR}?place=pier-street&day=2026-12-11&undo={event.pk}"
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot(day=11).starts_at
    page = words(client.get(response["Location"]))
    assert "Moved: June Demo , Fri, Dec 11, 9:00 AM EST" in page
    assert "9:00 AM Booked June Demo" in page
    assert "Moving June Demo" not in page


def test_the_second_press_of_a_double_click_moves_nothing_more(client, clinic, appointment):
    first, second = (press(client, appointment, clinic.slot(day=4)) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Event.objects.filter(verb="reschedule").count() == 1


def test_a_time_that_was_taken_meanwhile_is_a_sentence_and_shows_how_things_stand(client, clinic, appointment):
    slot = clinic.slot(day=4)
    assert slot.code in buttons(rescheduling(client, appointment))
    other = clinic.appointment(slot)
    response = press(client, appointment, slot)
    assert response.status_code == 409
    assert f"Appointment {other} is already at this time. Your change was not saved." in words(response)
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot().starts_at
    assert f'href="{CALENDAR}?day=2026-12-03&rescheduling={appointment.pk}">Pick a time on the calendar' in content(
        response
    )


def test_who_was_slower_than_a_colleague_reads_it(client, clinic, appointment):
    dmitri = make_clerk(first_name="Dmitri")
    lifecycle.reschedule(appointment.pk, clinic.slot(day=4), by=lifecycle.staff(dmitri), now=MONDAY)
    response = press(client, appointment, clinic.slot(day=7))
    assert (response.status_code, "Dmitri moved this appointment at 10:05 AM." in words(response)) == (409, True)


def test_the_forms_version_is_the_one_that_was_looked_at(client, clinic, appointment):
    form = re.search(r'<form id="move".*?</form>', content(rescheduling(client, appointment)), re.S)[0]
    assert f'name="version" value="{appointment.version}"' in form
    assert "csrfmiddlewaretoken" in form


def test_a_press_from_elsewhere_is_refused(clinic, appointment, rosa):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rosa)
    assert press(strict, appointment, clinic.slot(day=4)).status_code == 403
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot().starts_at


def test_to_look_moves_nothing(client, clinic, appointment):
    before = Event.objects.count()
    rescheduling(client, appointment, slot=clinic.slot(day=4).code, version=appointment.version)
    appointment.refresh_from_db()
    assert (Event.objects.count(), appointment.starts_at) == (before, clinic.slot().starts_at)


# -- what cannot move, and who may not


@pytest.mark.parametrize("key", ["x", "-1", "0", "9" * 18, "9" * 400, "1;--", "٣"])
def test_a_key_of_no_appointment_is_a_sentence_above_the_calendar(client, clinic, appointment, key):
    response = rescheduling(client, key)
    assert response.status_code == 404
    assert "We couldn’t find that appointment. Check the address." in words(response)
    assert "9:00 AM Booked June Demo" in words(response)
    assert buttons(response) == {}


def test_what_is_only_held_cannot_move(client, clinic, appointment):
    hold = clinic.appointment_request(clinic.slot(day=4)).appointments.get()
    response = rescheduling(client, hold)
    assert (response.status_code, "We couldn’t find that appointment." in words(response)) == (404, True)


def test_an_appointment_that_has_ended_or_begun_cannot_move(client, clinic, appointment, at):
    cancelled = clinic.appointment(clinic.slot(day=4))
    lifecycle.cancel(cancelled.pk, "ill", by=lifecycle.staff(make_clerk()), now=MONDAY)
    assert "This appointment is marked “canceled”. Only a booked appointment can be moved." in words(
        rescheduling(client, cancelled)
    )
    at("2026-12-03 09:00")
    client.force_login(make_clerk())
    begun = rescheduling(client, appointment)
    assert (begun.status_code, "This appointment has already started, so it can’t be moved." in words(begun)) == (
        404,
        True,
    )
    assert "rescheduling=" not in links(begun)


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31", "2026-11-16"])
def test_far_from_now_nothing_fits_and_nothing_breaks(client, clinic, appointment, day):
    response = rescheduling(client, appointment, {"day": day})
    assert response.status_code == 200
    assert "No openings fit on the days shown here." in words(response)


@pytest.mark.parametrize("role", [roles.CLINICIAN, roles.MANAGER])
def test_who_may_not_move_sees_no_mode(client, clinic, appointment, role):
    client.force_login(make_clerk(role))
    response = rescheduling(client, appointment)
    assert response.status_code == 200
    assert "Moving June Demo" not in words(response)
    assert "rescheduling=" not in links(response)
    assert buttons(response) == {}
    assert rescheduling(client, "x").status_code == 200


def test_thirty_appointments_cost_as_many_queries_as_one_while_one_moves(
    client, clinic, appointment, django_assert_num_queries, django_assert_max_num_queries
):
    rescheduling(client, appointment)
    with django_assert_max_num_queries(14) as one:
        rescheduling(client, appointment)
    number = len(one)
    for n in range(10):
        owner = make_practitioner(clinic.appointment_type, clinic.location, name=f"Dr. {n}")
        for hour in (9, 11, 13):
            clinic.appointment(clinic.slot(hour=hour, practitioner=owner))
    assert Appointment.objects.filter(status="booked").count() == 31
    rescheduling(client, appointment)
    with django_assert_num_queries(number):
        assert len(buttons(rescheduling(client, appointment))) > 100


def test_an_appointment_moves_to_a_day_that_lies_across_a_change_of_clocks(client, clinic, rosa, at):
    at("2027-03-10 10:05")
    client.force_login(rosa)
    now = local(2027, 3, 10, 10, 5)
    appointment = clinic.appointment(clinic.slot(12, month=3, year=2027), now=now)
    slot = clinic.slot(15, month=3, year=2027)
    assert "Move here, 9:00 AM" in buttons(rescheduling(client, appointment, {"day": "2027-03-15"}))[slot.code]
    press(client, appointment, slot)
    appointment.refresh_from_db()
    assert appointment.starts_at - clinic.slot(12, month=3, year=2027).starts_at == timedelta(days=3, hours=-1)


# -- refused, or undone


def test_a_refused_move_stays_one_of_the_calendar_as_it_was_narrowed(client, clinic, appointment):
    narrowed = {"place": "pier-street", "with": clinic.practitioner.slug, "span": "day"}
    refused = press(client, appointment, clinic.slot(day=8, hour=3), **narrowed)
    assert refused.status_code == 409
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', content(refused)))
    assert kept.items() >= (narrowed | {"calendar": "1"}).items()
    assert f"/admin/desk/calendar/?place=pier-street&with={clinic.practitioner.slug}&span=day&day=2026-12-03" in links(
        refused
    )
    again = press(client, appointment, clinic.slot(day=8), **{name: kept[name] for name in narrowed})
    assert again["Location"].startswith("/admin/desk/calendar/?place=pier-street&")


def test_a_move_that_is_not_of_the_calendar_does_not_become_one(client, clinic, appointment):
    refused = press(client, appointment, clinic.slot(day=8, hour=3), calendar="")
    assert 'name="calendar"' not in content(refused)


def test_after_undoing_a_move_one_is_on_the_day_where_the_appointment_stands_again(client, clinic, appointment):
    press(client, appointment, clinic.slot(day=8))
    undone = client.post(reverse("desk:undo", args=[Event.objects.get(verb="reschedule").pk]))
    assert undone["Location"] == "/admin/desk/day/2026-12-03/"
