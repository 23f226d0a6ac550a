"""The weekly hours of all providers on one page, and a week that is copied to others in one act."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.hours.recurrence import Repeats
from clinic.models import Schedule
from tests.booking.desk.hours.week_form import fields, said
from tests.builders import make_clerk, make_location, make_practitioner
from tests.pages import words

PAGE = "/admin/desk/hours/"
NEW_YEAR, NEW_YEARS_EVE = date(2027, 1, 1), date(2026, 12, 31)


@pytest.fixture
def patel(clinic):
    """Works Tuesdays, 8 to 11."""
    place = clinic.location
    return make_practitioner(clinic.appointment_type, place, (480, 660), [1], name="Dr. Patel, MD", slug="patel")


def hours(provider):
    columns = ("weekday", "starts", "ends", "valid_from", "valid_until", "repeats", "counted_from")
    return list(provider.schedules.order_by("valid_from", "weekday", "starts").values_list(*columns))


def copy(client, source, *to, **more):
    sent = fields(client, PAGE) | {"source": source.slug, "to": [each.slug for each in to]} | more
    return said(client, PAGE, sent)


def test_a_week_is_copied_to_three_others_at_once(client, clinic, lead, patel):
    others = [make_practitioner(clinic.appointment_type) for _each in range(2)]
    mara = clinic.practitioner
    Schedule.objects.filter(practitioner=mara, weekday=4).update(
        repeats=Repeats.EVERY_2ND, counted_from=date(2026, 12, 4)
    )
    status, text = copy(client, mara, patel, *others)
    names = ", ".join(sorted(each.name for each in [patel, *others]))
    assert (status, f"Week of Dr. Mara Ellison, MD copied to: {names}" in text) == (302, True)
    assert hours(patel) == hours(others[0]) == hours(others[1]) == hours(mara)


def test_a_copied_week_begins_in_january_and_the_old_hours_hold_until_then(client, clinic, lead, patel):
    assert copy(client, clinic.practitioner, patel, starting="2027-01-01")[0] == 302
    before, *after = sorted(hours(patel), key=lambda row: row[3] or date.min)
    assert before == (1, 480, 660, None, NEW_YEARS_EVE, "", None)
    assert after == [(day, 540, 1020, NEW_YEAR, None, "", None) for day in range(5)]
    page = words(client.get(PAGE))
    assert "Monday, Wednesday to Friday 9:00 am – 5:00 pm at Pier Street office, from Fri, Jan 1" in page
    assert "Tuesday 8:00 am – 11:00 am at Pier Street office, through Thu, Dec 31; 9:00 am – 5:00 pm at" in page


def test_a_copy_that_leaves_appointments_outside_asks_first(client, clinic, lead, patel):
    clinic.appointment()  # of Mara Ellison, Thursday at 9
    status, text = copy(client, patel, clinic.practitioner)
    assert (status, "1 appointment would be outside working hours" in text) == (409, True)
    assert len(hours(clinic.practitioner)) == 5
    assert copy(client, patel, clinic.practitioner, affected="1-0")[0] == 302
    assert hours(clinic.practitioner) == hours(patel)


def test_what_cannot_be_copied_is_refused_with_a_sentence(client, clinic, lead, patel):
    nobody, mara = make_practitioner(clinic.appointment_type), clinic.practitioner
    before = hours(patel)
    assert "This is the provider you are copying from. Choose others." in copy(client, patel, patel, mara)[1]
    assert "There are no hours to copy." in copy(client, nobody, patel)[1]
    assert "Choose at least one provider." in copy(client, mara)[1]
    assert "Choose today or a later day" in copy(client, mara, patel, starting="2026-11-22")[1]
    assert "Someone else just changed these hours." in copy(client, mara, patel, **{"seen-patel": "0"})[1]
    assert hours(patel) == before


def test_the_list_costs_the_same_for_two_providers_and_for_thirty(client, clinic, lead, patel):
    client.get(PAGE)
    numbers = []
    for _each in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert "9:00 am – 5:00 pm" in words(client.get(PAGE))
        numbers.append(len(queries))
        for _n in range(30):
            make_practitioner(clinic.appointment_type, make_location())
    assert numbers[0] == numbers[1]


def test_the_front_desk_does_not_change_hours(client, clinic):
    client.force_login(make_clerk("Front desk"))
    for address in (PAGE, f"{PAGE}{clinic.practitioner.slug}/"):
        assert client.get(address).status_code == client.post(address, {}).status_code == 403
