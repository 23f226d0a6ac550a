"""The holidays of a year become closures in one go; a day on which somebody is booked asks for other times first."""

import html
import re
from datetime import date, timedelta

import pytest

from booking import lifecycle
from booking.scheduling.slots import Rules, open_times
from clinic import practice_info
from clinic.models import ScheduleException
from tests.booking.admin.closure_form import closure
from tests.builders import MONDAY
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
PAGE = "/admin/desk/holidays/"
CHRISTMAS_EVES = {date(2026, 12, 24), date(2027, 12, 24)}  # a Thursday and a Friday


def fields(response):
    """What the page would post."""
    page = html.unescape(markup(response))
    typed = re.findall(r'<input type="(?:hidden|date|text)" name="([^"]+)" value="([^"]*)"', page)
    ticked = re.findall(r'<input type="checkbox" name="([^"]+)"[^>]* checked', page)
    return dict(typed) | dict.fromkeys(ticked, "on")


def closures():
    return dict(ScheduleException.objects.order_by("first_day").values_list("first_day", "note"))


def test_one_press_closes_on_the_usual_holidays_of_next_year(client, clinic, lead):
    page = client.get(PAGE, {"year": "2027"})
    assert "Martin Luther King Jr. Day, Mon, Jan 18" in words(page)
    assert client.post(PAGE, fields(page)).status_code == 302
    assert closures() == {
        date(2027, 1, 1): "New Year’s Day",
        date(2027, 5, 31): "Memorial Day",
        date(2027, 7, 5): "Independence Day (observed)",
        date(2027, 9, 6): "Labor Day",
        date(2027, 11, 25): "Thanksgiving Day",
        date(2027, 12, 24): "Christmas Day (observed)",
        date(2027, 12, 31): "New Year’s Day (observed)",
    }
    again = client.get(PAGE, {"year": "2027"})
    client.post(PAGE, fields(again))
    assert ScheduleException.objects.count() == 7


def test_days_and_words_can_be_changed_and_a_day_of_ones_own_added(client, clinic, lead):
    posted = fields(client.get(PAGE, {"year": "2026"}))
    thanksgiving = next(name[:-4] for name, value in posted.items() if value == "2026-11-26")
    own = int(posted["form-TOTAL_FORMS"]) - 1
    posted |= {f"{thanksgiving}-note": "Thanksgiving, and the day after", f"{thanksgiving}-day": "2026-11-27"}
    posted |= {f"form-{own}-close": "on", f"form-{own}-day": "2026-12-24", f"form-{own}-note": "Christmas Eve"}
    client.post(PAGE, posted)
    found = closures()
    assert found[date(2026, 11, 27)] == "Thanksgiving, and the day after"
    assert found[date(2026, 12, 24)] == "Christmas Eve"
    assert date(2026, 11, 26) not in found


def test_a_day_on_which_somebody_is_booked_stays_open_and_leads_to_other_times(client, clinic, lead):
    clinic.appointment(clinic.slot(day=25, month=12))
    done = client.post(PAGE, fields(client.get(PAGE, {"year": "2026"})), follow=True)
    assert date(2026, 12, 25) not in closures()
    assert date(2026, 11, 26) in closures()
    assert "1 day was not closed: somebody is booked then." in words(done)
    (there,) = re.findall(r'href="(/admin/desk/provider-out/[?]first=2026-12-25[^"]*)"', html.unescape(markup(done)))
    page = words(client.get(there))
    assert "1 appointment affected" in page
    assert "June Demo" in page


def test_who_was_called_off_is_not_counted_as_booked_on_a_holiday(client, clinic, lead, by):
    appointment = clinic.appointment(clinic.slot(day=25, month=12))
    booked = re.compile(r"<b>1</b>")
    assert len(booked.findall(markup(client.get(PAGE, {"year": "2026"})))) == 1
    lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=MONDAY)
    assert booked.findall(markup(client.get(PAGE, {"year": "2026"}))) == []


def test_past_days_and_crafted_forms_close_nothing(client, clinic, lead):
    posted = fields(client.get(PAGE, {"year": "2026"}))
    crafted = posted | {"form-0-day": "2026-11-20", "form-0-close": "on"}
    assert client.post(PAGE, crafted).status_code == 400
    assert client.post(PAGE, {"form-TOTAL_FORMS": "x"}).status_code == 400
    assert not ScheduleException.objects.exists()


def test_a_year_costs_a_fixed_number_of_queries(client, clinic, lead, django_assert_max_num_queries):
    client.get(PAGE)
    with django_assert_max_num_queries(9):
        client.get(PAGE, {"year": "2027"})


def own_day(client, day, note, **more):
    """The page with a day of one’s own, to close."""
    posted = fields(client.get(PAGE, {"year": day[:4]}))
    posted = {name: value for name, value in posted.items() if not name.endswith("-close")}
    own = int(posted["form-TOTAL_FORMS"]) - 1
    row = {"close": "on", "day": day, "note": note} | more
    return client.post(PAGE, posted | {f"form-{own}-{name}": value for name, value in row.items()})


def test_a_closure_on_the_same_date_each_year_closes_every_year(client, clinic, lead):
    own_day(client, "2026-12-24", "Christmas Eve", each_year="on")
    row = ScheduleException.objects.get()
    assert (row.first_day, row.repeats_until.year) == (date(2026, 12, 24), 2100)
    own_day(client, "2027-12-24", "Christmas Eve", each_year="on")
    assert ScheduleException.objects.count() == 1  # it is closed already
    practice_info.forget()
    assert {closure.first_day for closure in practice_info.practice_info().closures} == CHRISTMAS_EVES
    for day in CHRISTMAS_EVES:
        around = {"first_day": day - timedelta(days=1), "last_day": day + timedelta(days=3)}
        times = open_times(clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY, **around)
        found = {slot.starts_at.date() for slot in times}
        assert day not in found
        assert len(found) > 1


def test_a_closure_of_every_year_waits_for_the_patients_of_both_years(client, clinic, lead):
    clinic.appointment(clinic.slot(day=24, month=12, year=2027))
    answer = own_day(client, "2026-12-24", "Christmas Eve", each_year="on")
    assert answer["Location"].endswith("busy=2026-12-24")
    assert not ScheduleException.objects.exists()


def test_only_a_closure_for_everyone_comes_back_each_year(client, clinic, lead):
    row = closure(practitioner=clinic.practitioner.pk, repeats_until="2030-12-31")
    answer = client.post("/admin/clinic/scheduleexception/add/", row)
    assert "Only a closure for everyone can come back each year" in words(answer)
    everyone = closure(first_day="2026-12-31", last_day="2027-01-01", repeats_until="2030-12-31")
    assert client.post("/admin/clinic/scheduleexception/add/", everyone).status_code == 302


def test_a_day_that_is_typed_into_a_row_of_ones_own_is_closed_without_another_tick(client, clinic, lead):
    posted = fields(client.get(PAGE, {"year": "2027"}))
    own = int(posted["form-TOTAL_FORMS"]) - 1
    assert posted[f"form-{own}-close"] == posted[f"form-{own - 1}-close"] == "on"
    typed = posted | {f"form-{own}-day": "2027-07-26", f"form-{own}-note": "Summer closure"}
    assert client.post(PAGE, posted | {f"form-{own}-note": "Some day"}).status_code == 400
    assert client.post(PAGE, typed).status_code == 302
    assert closures()[date(2027, 7, 26)] == "Summer closure"
    assert ScheduleException.objects.count() == 8


def test_the_page_names_the_country_whose_holidays_it_lists(client, clinic, lead, settings):
    assert "United States and New York. Check the days" in words(client.get(PAGE))
    settings.COUNTRY = "GB"
    assert "England and Wales. Check the days" in words(client.get(PAGE))
