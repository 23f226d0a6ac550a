"""Rescheduling in the calendar: where an appointment fits, what the URL may contain, what each button does."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from booking import lifecycle, roles
from booking.models import Appointment, Event, Message
from booking.scheduling.slots import Slot
from clinic.models import Schedule
from tests.booking.desk.calendar.grid import CALENDAR, WEEK, cells
from tests.builders import MONDAY, local, make_appointment_type, make_clerk, make_location, make_practitioner
from tests.pages import markup, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rosa")]
NEXT_WEEK = WEEK | {"day": "2026-12-10"}


def rescheduling(client, appointment, appointment_request=WEEK, **more):
    return client.get(
        CALENDAR, {**appointment_request, "rescheduling": getattr(appointment, "pk", appointment), **more}
    )


def links(response):
    return " ".join(re.findall(r'href="([^"]*)"', content(response)))


def buttons(response):
    """The slot of each “Move here” button, and its label."""
    found = re.findall(r'<button[^>]* form="move" name="slot" value="([^"]+)"[^>]*>(.*?)</button>', content(response))
    return {code: " ".join(re.sub(r"<[^>]+>", " ", label).replace("\xa0", " ").split()) for code, label in found}


def content(response):
    return html.unescape(markup(response))


def press(client, appointment, slot, **more):
    data = {"version": appointment.version, "calendar": "1", "slot": slot.code} | more
    return client.post(reverse("desk:reschedule", args=[appointment.pk]), data)


# -- the rescheduling mode


def test_the_bar_says_whose_appointment_it_is_its_current_time_and_how_to_cancel(client, clinic, appointment):
    response = rescheduling(client, appointment)
    bar = "from Thu, Dec 3, 9:00 AM EST, Dr. Mara Ellison, MD, 40 min. Pick one of the open times marked “Move here”."
    assert f"Moving June Demo {bar}" in words(response)
    assert "The patient keeps the old time until you do." in words(response)
    assert re.search(r'href="\?span=week&day=2026-11-30" data-key="Escape">Stop moving', content(response))
    there = f"/admin/desk/appointments/{appointment.pk}/reschedule/?since=2026-11-30&anyone=1&calendar=1&day=2026-11-30"
    assert f'href="{there}&span=week">Other times, with a reason' in content(response)


def test_the_appointment_being_rescheduled_is_marked_in_words_and_offers_no_other_actions(client, clinic, appointment):
    other = clinic.appointment(clinic.slot(hour=11))
    response = rescheduling(client, appointment)
    assert "9:00 AM Booked, moving June Demo" in words(response)
    assert content(response).count("slot--rescheduling") == 1
    assert f"rescheduling={other.pk}" in content(response)
    assert f'&rescheduling={appointment.pk}" data-row-key="m"' not in content(response)
    assert f"/appointments/{appointment.pk}/cancel/" not in content(response)


def test_an_appointment_in_the_calendar_links_to_rescheduling_it_and_keeps_the_filters(client, clinic, appointment):
    page = content(client.get(CALENDAR, WEEK | {"place": "pier-street", "with": clinic.practitioner.slug}))
    there = f"?place=pier-street&with={clinic.practitioner.slug}&span=week&day=2026-11-30&rescheduling={appointment.pk}"
    assert f'href="{there}" data-row-key="m">Move' in page
    assert "Moving June Demo" in words(client.get(CALENDAR + there))


def test_week_office_and_day_controls_keep_the_appointment_being_rescheduled(client, clinic, appointment):
    page = content(rescheduling(client, appointment, place="pier-street"))
    for day in ("2026-11-23", "2026-12-07"):
        assert f"?place=pier-street&span=week&rescheduling={appointment.pk}&day={day}" in page
    assert f"?place=pier-street&span=day&rescheduling={appointment.pk}&day=2026-11-30" in page
    assert f'<input type="hidden" name="rescheduling" value="{appointment.pk}">' in page


def test_a_week_without_the_appointment_still_says_which_one_is_being_rescheduled(client, clinic, appointment):
    response = rescheduling(client, appointment, NEXT_WEEK)
    assert "Moving June Demo" in words(response)
    assert clinic.slot(day=10).code in buttons(response)


def test_no_name_is_in_the_title_or_in_a_url(client, clinic, appointment):
    page = content(rescheduling(client, appointment))
    assert "June" not in re.search(r"<title>[^<]*</title>", page)[0]
    assert not [link for link in re.findall(r'(?:href|action|value)="([^"]*)"', page) if "June" in link]


# -- the open times


def test_each_open_time_is_a_button_with_its_day_and_practitioner(client, clinic, appointment):
    found = buttons(rescheduling(client, appointment))
    assert found[clinic.slot(hour=13).code] == "Move here, 1:00 PM , Thu, Dec 3, Dr. Mara Ellison, MD"


def test_they_are_the_same_times_as_on_the_reschedule_page(client, clinic, appointment):
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


def test_its_current_time_is_not_offered_and_blocks_no_other(client, clinic, rosa):
    clinic.appointment_type.step = 20
    clinic.appointment_type.save()
    appointment = clinic.appointment()
    found = buttons(rescheduling(client, appointment))
    assert clinic.slot().code not in found
    assert clinic.slot(minute=20).code in found  # half of it is blocked only by the appointment itself


def test_only_times_that_fit_the_appointments_own_length_are_offered(client, clinic, rosa):
    by = lifecycle.staff(rosa, "phone")
    appointment_request = lifecycle.book(clinic.draft(), clinic.slot(), by=by, now=MONDAY, minutes=90)
    appointment = appointment_request.appointments.get()
    for hour, minute in ((11, 0), (12, 20), (13, 40), (15, 0), (16, 20)):
        clinic.appointment(clinic.slot(hour=hour, minute=minute))
    response = rescheduling(client, appointment, span="day")
    assert buttons(response) == {}
    assert "Open 11:40 AM – 12:20 PM, doesn’t fit" in words(response)
    assert "No openings fit on the days shown here." in words(response)


def test_the_time_grid_of_a_day_has_the_times_of_the_table_at_their_places(client, clinic, appointment):
    clinic.appointment(clinic.slot(hour=11), patient={"name": "Eleven Demo"})
    day = rescheduling(client, appointment, {"day": "2026-12-03"})
    week = rescheduling(client, appointment, WEEK | {"with": clinic.practitioner.slug})
    table = buttons(rescheduling(client, appointment, WEEK))
    on_day = {code for code in table if clinic.slot().starts_at.date() == Slot.parse(code).starts_at.date()}
    assert set(buttons(day)) == on_day
    assert set(buttons(week)) == set(table)
    assert buttons(day)[clinic.slot(hour=13).code] == "Move here, 1:00 PM , Thu, Dec 3, Dr. Mara Ellison, MD"
    assert re.search(r'<li class="fits t49 d4 ?"><button class="tg__fit"[^>]*>Move here, 1:00\s*PM', content(day))
    assert "June Demo moving" in words(day)
    assert "tg__start" not in content(day)
    assert "tg__block" not in content(day)
    press(client, appointment, clinic.slot(hour=13))
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot(hour=13).starts_at


def test_a_time_beside_the_old_one_takes_half_of_the_column(client, clinic, appointment):
    type(clinic.appointment_type).objects.update(step=20)
    page = content(rescheduling(client, appointment, {"day": "2026-12-03"}))
    assert re.search(r'<li class="fits t5 d4 second-half"><button[^>]*>Move here, 9:20\s*AM', page)


def test_all_practitioners_who_offer_this_type_are_shown_and_no_others(client, clinic, appointment):
    tomas = make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Tomas", order=1)
    priya = make_practitioner(make_appointment_type(), clinic.location, name="Priya Nadar, NP")
    response = rescheduling(client, appointment)
    people = {Slot.parse(code).practitioner_id for code in buttons(response)}
    assert people == {clinic.practitioner.pk, tomas.pk}
    assert [row[0].startswith(priya.name) for row in cells(response)] == [False, False, True]
    assert cells(response)[2][0].endswith("Does not offer this appointment type")
    assert cells(response)[2][4] == "Open 9:00 AM – 5:00 PM, doesn’t fit"


def test_a_time_at_another_office_says_so_and_the_office_filter_hides_it(client, clinic, appointment):
    harbor = make_location(name="Harbor office", slug="harbor")
    tomas = make_practitioner(clinic.appointment_type, harbor, name="Dr. Tomas", slug="tomas")
    slot = Slot(local(2026, 12, 3, 9), tomas.pk, harbor.pk)
    assert buttons(rescheduling(client, appointment))[slot.code].startswith("Move here, 9:00 AM Harbor office")
    assert slot.code not in buttons(rescheduling(client, appointment, place="pier-street"))
    assert set(buttons(rescheduling(client, appointment, place="harbor"))) <= set(
        buttons(rescheduling(client, appointment))
    )


def test_a_long_open_block_shows_the_first_times_and_the_rest_after_one_click(client, clinic, appointment):
    page = content(rescheduling(client, appointment))
    friday = page[page.index(f'value="{clinic.slot(day=4).code}"') :]
    summary = re.search(r"<summary.*?</summary>", friday, re.S)
    assert len(re.findall("Move here", friday[: summary.start()])) == 3
    assert "9 more, until 4:20\xa0PM" in summary[0]
    assert "Fri,\xa0Dec\xa04, Dr. Mara Ellison, MD" in summary[0]


def test_a_time_inside_the_notice_period_leads_to_the_form_that_asks_for_a_reason(client, clinic, appointment, at):
    at("2026-12-02 12:00")
    client.force_login(make_clerk())
    response = rescheduling(client, appointment)
    assert all(Slot.parse(code).starts_at >= local(2026, 12, 3, 12) for code in buttons(response))
    assert "Open 9:00 AM – 5:00 PM, needs a reason" in words(response)
    there = f"/admin/desk/appointments/{appointment.pk}/reschedule/?since=2026-12-02&anyone=1"
    assert there in content(response)
    page = client.get(there)
    assert "short notice for this appointment type: Move to Wed, Dec 2" in words(page)
    assert content(page).index('name="why"') < content(page).index("<table")


def test_a_time_of_short_notice_in_the_grid_leads_to_it_with_its_reason_asked_first(client, clinic, appointment, at):
    at("2026-12-02 12:00")
    client.force_login(make_clerk())
    response = rescheduling(client, appointment, {"day": "2026-12-02"})
    slot = clinic.slot(day=2, hour=13)
    assert buttons(response) == {}
    assert "Only times that need a reason fit on the days shown here." in words(response)
    assert "1:00 PM, needs a reason" in words(response)
    (there,) = re.findall(rf'href="([^"]*slot={slot.code}[^"]*)"', content(response))
    page = client.get(there)
    assert (
        "Move to Wed, Dec 2, 1:00 PM EST Dr. Mara Ellison, MD · Pier Street office This time needs a reason."
        in words(page)
    )
    assert content(page).count('name="why"') == 1
    data = {"version": appointment.version, "slot": slot.code, "why": "She called."}
    assert "day=2026-12-02" in client.post(there, data)["Location"]
    appointment.refresh_from_db()
    assert appointment.starts_at == slot.starts_at


def test_the_shown_days_times_come_first_among_other_times_with_a_reason(client, clinic, appointment, at):
    at("2026-12-02 12:00")
    client.force_login(make_clerk())
    bar = content(rescheduling(client, appointment, {"day": "2026-12-02"}))
    (there,) = re.findall(r'href="([^"]*)">\s*Other times, with a reason', bar)
    times = [Slot.parse(code) for code in re.findall(r'name="slot" value="([^"]+)"', content(client.get(there)))]
    assert times[0].starts_at == min(slot.starts_at for slot in times) == local(2026, 12, 2, 12, 20)


def test_a_gap_too_short_to_be_shown_still_accepts_a_short_appointment(client, clinic, rosa):
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


# -- pressing a button


def test_pressing_a_time_reschedules_the_appointment_and_shows_it_there(client, clinic, appointment):
    response = press(client, appointment, clinic.slot(day=11, hour=9), place="pier-street")
    event = Event.objects.get(verb="reschedule")
    assert response["Location"] == f"{CALENDAR}?place=pier-street&day=2026-12-11&undo={event.pk}"
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot(day=11).starts_at
    page = words(client.get(response["Location"]))
    assert "Moved: June Demo , Fri, Dec 11, 9:00 AM EST, Dr. Mara Ellison, MD, Pier Street office." in page
    assert "9:00 AM N New-patient consultation, Booked June Demo" in page
    assert "Moving June Demo" not in page


def test_a_double_click_reschedules_only_once(client, clinic, appointment):
    first, second = (press(client, appointment, clinic.slot(day=4)) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Event.objects.filter(verb="reschedule").count() == 1


def test_a_time_that_was_just_taken_gives_an_error_and_the_current_times(client, clinic, appointment):
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


def test_a_clerk_who_was_slower_reads_who_was_faster(client, clinic, appointment):
    dmitri = make_clerk(first_name="Dmitri")
    lifecycle.reschedule(appointment.pk, clinic.slot(day=4), by=lifecycle.staff(dmitri), now=MONDAY)
    response = press(client, appointment, clinic.slot(day=7))
    assert (response.status_code, "Dmitri moved this appointment at 10:05 AM." in words(response)) == (409, True)


def test_the_form_posts_the_version_that_the_page_showed(client, clinic, appointment):
    form = re.search(r'<form id="move".*?</form>', content(rescheduling(client, appointment)), re.S)[0]
    assert f'name="version" value="{appointment.version}"' in form
    assert "csrfmiddlewaretoken" in form


def test_a_post_from_another_site_is_refused(clinic, appointment, rosa):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rosa)
    assert press(strict, appointment, clinic.slot(day=4)).status_code == 403
    appointment.refresh_from_db()
    assert appointment.starts_at == clinic.slot().starts_at


def test_a_get_reschedules_nothing(client, clinic, appointment):
    before = Event.objects.count()
    rescheduling(client, appointment, slot=clinic.slot(day=4).code, version=appointment.version)
    appointment.refresh_from_db()
    assert (Event.objects.count(), appointment.starts_at) == (before, clinic.slot().starts_at)


# -- what cannot be rescheduled, and who may not


def test_the_key_of_no_appointment_gives_a_message_above_the_calendar(client, clinic, appointment):
    for key in ("x", "-1", "0", "9" * 18, "9" * 400, "1;--", "٣"):
        response = rescheduling(client, key)
        assert response.status_code == 404, key
        assert "We couldn’t find that appointment. Check the address." in words(response), key
        assert "9:00 AM Booked June Demo" in words(response), key
        assert buttons(response) == {}, key


def test_a_hold_cannot_be_rescheduled(client, clinic, appointment):
    hold = clinic.appointment_request(clinic.slot(day=4)).appointments.get()
    response = rescheduling(client, hold)
    assert (response.status_code, "We couldn’t find that appointment." in words(response)) == (404, True)


def test_an_appointment_that_has_ended_cannot_be_rescheduled_and_a_begun_one_can(client, clinic, appointment, at):
    cancelled = clinic.appointment(clinic.slot(day=4))
    lifecycle.cancel(cancelled.pk, "ill", by=lifecycle.staff(make_clerk()), now=MONDAY)
    assert "This appointment is marked “canceled”. Only a booked appointment can be moved." in words(
        rescheduling(client, cancelled)
    )
    at("2026-12-03 09:00")
    client.force_login(make_clerk())
    assert rescheduling(client, appointment).status_code == 200


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31", "2026-11-16"])
def test_in_the_far_future_nothing_fits_and_nothing_fails(client, clinic, appointment, day):
    response = rescheduling(client, appointment, {"day": day})
    assert response.status_code == 200
    assert "No openings fit on the days shown here." in words(response)


@pytest.mark.parametrize("role", [roles.CLINICIAN, roles.MANAGER])
def test_users_without_the_right_do_not_see_the_mode(client, clinic, appointment, role):
    client.force_login(make_clerk(role))
    response = rescheduling(client, appointment)
    assert response.status_code == 200
    assert "Moving June Demo" not in words(response)
    assert "rescheduling=" not in links(response)
    assert buttons(response) == {}
    assert rescheduling(client, "x").status_code == 200


def test_while_rescheduling_thirty_appointments_cost_as_many_queries_as_one(
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


def test_an_appointment_can_be_rescheduled_across_a_clock_change(client, clinic, rosa, at):
    at("2027-03-10 10:05")
    client.force_login(rosa)
    now = local(2027, 3, 10, 10, 5)
    appointment = clinic.appointment(clinic.slot(12, month=3, year=2027), now=now)
    slot = clinic.slot(15, month=3, year=2027)
    assert "Move here, 9:00 AM" in buttons(rescheduling(client, appointment, {"day": "2027-03-15"}))[slot.code]
    press(client, appointment, slot)
    appointment.refresh_from_db()
    assert appointment.starts_at - clinic.slot(12, month=3, year=2027).starts_at == timedelta(days=3, hours=-1)


# -- after a refusal or an undo


def test_after_a_refusal_the_calendar_keeps_its_filters(client, clinic, appointment):
    narrowed = {"place": "pier-street", "with": clinic.practitioner.slug, "span": "week"}
    refused = press(client, appointment, clinic.slot(day=8, hour=3), **narrowed)
    assert refused.status_code == 409
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', content(refused)))
    assert kept.items() >= (narrowed | {"calendar": "1"}).items()
    assert f"/admin/desk/calendar/?place=pier-street&with={clinic.practitioner.slug}&span=week&day=2026-12-03" in links(
        refused
    )
    again = press(client, appointment, clinic.slot(day=8), **{name: kept[name] for name in narrowed})
    assert again["Location"].startswith("/admin/desk/calendar/?place=pier-street&")


def test_a_move_leads_back_to_the_day_and_the_filters_where_it_began(client, clinic, appointment):
    """From the calendar and from a day's list, also after a refusal."""
    who = clinic.practitioner.slug
    week = content(client.get(CALENDAR, WEEK | {"day": "2026-12-04", "with": who, "rescheduling": appointment.pk}))
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', week.partition('id="move"')[2])
    moved = press(client, appointment, clinic.slot(day=11), **{name: value for name, value in hidden if name != "key"})
    assert moved["Location"].startswith(f"{CALENDAR}?with={who}&span=week&day=2026-11-30&undo=")
    day = content(client.get("/admin/desk/day/2026-12-11/", {"with": who, "by": "practitioner"}))
    (there,) = re.findall(rf'href="(/admin/desk/appointments/{appointment.pk}/reschedule/[^"]*)"', day)
    appointment.refresh_from_db()
    page = content(client.get(there))
    assert f'href="/admin/desk/day/2026-12-11/?with={who}&by=practitioner">Back to the day' in page
    posted = {"version": appointment.version, "slot": clinic.slot(day=8, hour=3).code}
    hidden = dict(re.findall(r'<input type="hidden" name="(list|day|with|by)" value="([^"]*)">', page))
    refused = content(client.post(there.partition("?")[0], posted | hidden))
    again = dict(re.findall(r'<input type="hidden" name="(list|day|with|by)" value="([^"]*)">', refused))
    assert again == hidden
    moved = client.post(there, posted | again | {"slot": clinic.slot(day=14).code})
    assert moved["Location"].startswith(f"/admin/desk/day/2026-12-11/?with={who}&by=practitioner&undo=")
    assert "Moved: June Demo , Mon, Dec 14, 9:00 AM EST" in words(client.get(moved["Location"]))


def test_rescheduling_from_another_page_does_not_lead_to_the_calendar(client, clinic, appointment):
    refused = press(client, appointment, clinic.slot(day=8, hour=3), calendar="")
    assert 'name="calendar"' not in content(refused)


def test_after_an_undo_the_page_shows_the_day_of_the_original_time(client, clinic, appointment):
    press(client, appointment, clinic.slot(day=8))
    undone = client.post(reverse("desk:undo", args=[Event.objects.get(verb="reschedule").pk]))
    assert undone["Location"] == "/admin/desk/day/2026-12-03/"


# -- telling the patient


def by_the_bar(client, response):
    """Press the button of the bar that says whom to tell."""
    form = re.search(
        r'<form[^>]* action="(\S*notified/)".*?</form>', content(client.get(response["Location"])), re.DOTALL
    )
    typed = re.search(r'name="came_from" value="([^"]*)"', form[0])[1]
    return client.post(form[1], {"came_from": typed})


@pytest.mark.parametrize("where", [{"calendar": "1"}, {"calendar": ""}])
def test_who_has_no_email_is_to_be_called_until_the_clerk_says_they_know(client, clinic, rosa, where):
    moved = clinic.appointment(patient={"name": "June Demo", "email": ""})
    response = press(client, moved, clinic.slot(day=11), **where)
    message = Message.objects.get(kind="rescheduled")
    assert message.status == "to_call"
    assert "June Demo" in words(client.get("/admin/desk/", {"view": "to-call"}))
    assert "Tell the patient now, or call later from the “To call” list." in words(client.get(response["Location"]))
    assert by_the_bar(client, response)["Location"] == response["Location"]
    message.refresh_from_db()
    assert message.status == "notified"
    page = words(client.get(response["Location"]))
    assert "The patient has been told." in page
    assert "Notified by phone" not in page
    assert "June Demo" not in words(client.get("/admin/desk/", {"view": "to-call"})).partition("To call")[2]


@pytest.mark.parametrize("place", ["https://example.org/admin/desk/", "//example.org/admin/desk/", "/admin/", "/", ""])
def test_the_bar_leads_to_no_page_but_the_desks(client, clinic, place):
    moved = clinic.appointment(patient={"email": ""})
    press(client, moved, clinic.slot(day=11))
    notified = reverse("desk:mark_notified", args=[Message.objects.get(kind="rescheduled").pk])
    assert client.post(notified, {"came_from": place})["Location"] == "/admin/desk/?view=to-call"
