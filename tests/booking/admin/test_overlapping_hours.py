"""Hours that overlap are refused: a provider in two places at one time, a front desk that opens twice."""

from datetime import date

import pytest
from django.urls import reverse

from clinic.models import OfficeHours, ScheduleException
from tests.booking.admin.closure_form import closure
from tests.builders import make_location


@pytest.fixture
def other(clinic):
    return make_location(name="Harbor office")


def add(client, model, **data):
    return client.post(reverse(f"admin:clinic_{model}_add"), data | {"_save": "Save"})


def test_the_desk_hours_of_a_new_office_are_looked_at_together(client, clinic, manager):
    """Each workday has a row already; one without hours is no row."""
    page = client.get(reverse("admin:clinic_location_add")).text
    assert [day for day in range(7) if f'<option value="{day}" selected>' in page] == [0, 1, 2, 3, 4]
    office = {"name": "Bay Ridge", "slug": "bay", "address": "1 Example Street", "zone": "America/New_York"}
    for opens, closes, status in (("10", "12", 200), ("12 am", "24:00", 200), ("1", "5", 302)):
        times = {"0-weekday": 0, "0-opens": "9", "0-closes": "1", "1-weekday": 0, "1-opens": opens, "1-closes": closes}
        rows = {"TOTAL_FORMS": 5, "INITIAL_FORMS": 0, **times} | {f"{n}-weekday": n for n in (2, 3, 4)}
        data = office | {f"office_hours-{name}": value for name, value in rows.items()}
        assert add(client, "location", **data).status_code == status, opens
    assert list(OfficeHours.objects.filter(location__slug="bay").values_list("weekday", "opens", "closes")) == [
        (0, 540, 780),
        (0, 780, 1020),
    ]


@pytest.mark.parametrize(
    ("opens", "closes", "status"),
    [
        ("9:00 am", "5:00 pm", 200),
        ("4:00 pm", "8:00 pm", 200),
        ("8:00 am", "10:00 am", 200),
        ("5:00 pm", "8:00 pm", 302),
        ("7:00 am", "9:00 am", 302),
    ],
)
def test_a_front_desk_does_not_open_twice_at_one_time(client, clinic, manager, opens, closes, status):
    row = {"location": clinic.location.pk, "weekday": 0, "opens": opens, "closes": closes}
    assert add(client, "officehours", **row).status_code == status
    assert OfficeHours.objects.filter(weekday=0).count() == (2 if status == 302 else 1)


def extra(clinic, **changes):
    day = {"first_day": "2026-12-05", "last_day": "2026-12-05"}  # a Saturday, without weekly hours
    who = {"location": clinic.location.pk, "practitioner": clinic.practitioner.pk}
    return closure(kind="open", starts="9:00 am", ends="noon", **day) | who | changes


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"starts": "12:00 am", "ends": "24:00"}, "when the extra hours start and end"),
        ({"starts": "", "ends": ""}, "required"),
        ({"location": ""}, "one provider and one office"),
        ({"practitioner": ""}, "one provider and one office"),
        ({"starts": "noon", "ends": "9:00 am"}, "start time before the end time"),
    ],
)
def test_extra_hours_say_from_when_to_when_and_whose_they_are(client, clinic, manager, changes, says):
    answer = add(client, "scheduleexception", **extra(clinic, **changes))
    assert says in answer.text
    assert not ScheduleException.objects.exists()


@pytest.mark.parametrize(
    ("days", "hours", "status"),
    [
        (("2026-12-07", "2026-12-07"), ("9:00 am", "noon"), 200),  # a Monday
        (("2026-12-05", "2026-12-07"), ("4:00 pm", "7:00 pm"), 200),  # Saturday to Monday
        (("2026-12-05", "2026-12-06"), ("9:00 am", "noon"), 302),
        (("2026-12-07", "2026-12-07"), ("5:00 pm", "7:00 pm"), 302),
    ],
)
def test_extra_hours_elsewhere_do_not_fall_into_weekly_hours(client, clinic, manager, other, days, hours, status):
    given = dict(zip(("first_day", "last_day", "starts", "ends"), (*days, *hours), strict=True))
    assert add(client, "scheduleexception", **extra(clinic, location=other.pk, **given)).status_code == status


def test_a_provider_whose_hours_are_closed_that_day_may_work_elsewhere(client, clinic, manager, other):
    monday = {"first_day": date(2026, 12, 7), "last_day": date(2026, 12, 7)}
    ScheduleException.objects.create(kind="closed", practitioner=clinic.practitioner, **monday)
    days = {name: str(day) for name, day in monday.items()}
    assert add(client, "scheduleexception", **extra(clinic, location=other.pk, **days)).status_code == 302


def test_extra_hours_at_two_offices_do_not_overlap(client, clinic, manager, other):
    assert add(client, "scheduleexception", **extra(clinic)).status_code == 302
    assert add(client, "scheduleexception", **extra(clinic, location=other.pk, starts="11:00 am")).status_code == 200
    late = {"starts": "noon", "ends": "3:00 pm"}
    assert add(client, "scheduleexception", **extra(clinic, location=other.pk, **late)).status_code == 302
