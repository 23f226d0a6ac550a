"""Blocking time in the calendar: two presses, a private reason, never over a patient; undone by one press."""

import html
import re
import uuid

import pytest
from django.urls import reverse

from booking import lifecycle, roles
from booking.lifecycle import NotAllowed, SlotTaken
from booking.scheduling.slots import Rules, open_times
from clinic.models import ScheduleException
from tests.booking.desk.calendar.grid import CALENDAR
from tests.builders import MONDAY, local, make_clerk
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
TODAY = {"day": "2026-11-23", "span": "day"}


def today(clinic, hour, minute=0):
    return clinic.slot(day=23, month=11, hour=hour, minute=minute)


def press(client, at, **more):
    data = {"slot": at.code, "minutes": "30", "reason": "Phone calls", "key": str(uuid.uuid4())} | TODAY | more
    return client.post(reverse("desk:block"), data)


def test_a_block_closes_the_time_for_patients_and_shows_its_reason_to_staff_alone(client, clinic, rosa):
    response = press(client, today(clinic, 13))
    row = ScheduleException.objects.get()
    assert (row.starts, row.ends, row.practitioner, row.made_by, row.note) == (780, 810, clinic.practitioner, rosa, "")
    assert response["Location"] == f"{CALENDAR}?day=2026-11-23&blocked={row.pk}"
    page = client.get(response["Location"])
    assert "Blocked: Dr. Mara Ellison, MD, Mon, Nov 23, 1:00 PM – 1:30 PM." in words(page)
    assert "1:00 PM Blocked : Phone calls" in words(page)
    day = today(clinic, 13).starts_at.date()
    found = open_times(clinic.appointment_type, Rules.desk(MONDAY), now=MONDAY, first_day=day, last_day=day)
    assert [slot for slot in found if 13 <= slot.starts_at.hour - 5 < 14] == [today(clinic, 13, 30)]
    assert "Phone calls" not in client.get("/visit-us/").content.decode()


def test_the_popup_of_an_open_time_says_what_is_in_the_way_of_a_longer_block(client, clinic, rosa):
    clinic.appointment(today(clinic, 13, 20), patient={"name": "Edward Demo"})
    press(client, today(clinic, 15), minutes="60")
    page = words(client.get(CALENDAR, TODAY))
    for said in (
        "Mon, Nov 23. Open until 1:20 PM. Then: Edward Demo at 1:20 PM.",
        "Mon, Nov 23. Open until 3:00 PM. Then: blocked at 3:00 PM.",
        "Mon, Nov 23. Open until 5:00 PM. Then working hours end.",
    ):
        assert said in page, said


def test_undo_opens_the_time_again_and_so_does_the_block_itself(client, clinic, rosa):
    pk = int(press(client, today(clinic, 13))["Location"].rpartition("=")[2])
    assert markup(client.get(CALENDAR, TODAY | {"blocked": pk})).count(reverse("desk:unblock", args=[pk])) == 2
    client.post(reverse("desk:unblock", args=[pk]), TODAY)
    assert not ScheduleException.objects.exists()
    again = client.post(reverse("desk:unblock", args=[pk]), TODAY)
    assert (again.status_code, "This time is no longer blocked." in words(again)) == (409, True)


def test_one_press_does_not_open_the_other_days_of_a_longer_closure(client, clinic, rosa):
    """Afternoons off, for two weeks from today."""
    first = MONDAY.date()
    row = ScheduleException.objects.create(
        first_day=first, last_day=local(2026, 12, 4).date(), starts=780, ends=1440, practitioner=clinic.practitioner
    )
    opens = reverse("desk:unblock", args=[row.pk])
    page = client.get(CALENDAR, TODAY)
    assert "Part of a closure through Fri, Dec 4." in words(page)
    assert opens not in markup(page)
    assert client.post(opens, TODAY).status_code == 409
    assert ScheduleException.objects.filter(pk=row.pk).exists()
    client.force_login(make_clerk(roles.LEAD))
    assert reverse("admin:clinic_scheduleexception_change", args=[row.pk]) in markup(client.get(CALENDAR, TODAY))


def test_a_second_press_of_one_button_blocks_once(client, clinic, rosa):
    key = str(uuid.uuid4())
    first, second = (press(client, today(clinic, 13), key=key) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert ScheduleException.objects.count() == 1


def test_the_page_offers_each_quarter_hour_and_until_the_end_of_the_open_time(client, clinic, rosa):
    clinic.appointment(today(clinic, 11))
    page = html.unescape(markup(client.get(CALENDAR, TODAY)))
    (first, *_others) = re.findall(r'<select class="form-select" name="slot".*?</select>', page, re.S)
    assert re.findall(r">(\d+:\d+)", first) == ["10:05", "10:20", "10:35"]
    assert f'name="until" value="{int(today(clinic, 11).starts_at.timestamp()) // 60}"' in page
    until = str(int(today(clinic, 11).starts_at.timestamp()) // 60)
    press(client, today(clinic, 10, 20), minutes="", until=until)
    assert ScheduleException.objects.values_list("starts", "ends").get() == (620, 660)


def test_where_somebody_is_booked_or_held_it_is_refused_with_the_name(client, clinic, rosa):
    clinic.appointment(today(clinic, 13))
    clinic.appointment_request(clinic.slot(day=1), patient={"name": "Held Demo"})
    refused = press(client, today(clinic, 12, 45))
    typed = "What you typed From Mon, Nov 23, 12:45 PM EST Minutes 30 Private reason Phone calls"
    assert typed in words(refused)
    assert refused.status_code == 409
    assert "June Demo is booked then: Monday, November 23, 1:00 pm" in words(refused)
    slot = clinic.slot(day=1)
    with pytest.raises(NotAllowed, match="^TimeInUse$") as held:
        lifecycle.block(slot, local(2026, 12, 1, 10), by=lifecycle.staff(rosa), now=MONDAY)
    assert "Held Demo has a held time then" in held.value.sentence
    assert not ScheduleException.objects.exists()


@pytest.mark.parametrize("role", [roles.DESK, roles.LEAD, roles.CLINICIAN, roles.MANAGER])
def test_the_desk_blocks_today_and_tomorrow_and_a_lead_any_day(client, clinic, role):
    client.force_login(make_clerk(role))
    days = {23: 11, 24: 11, 25: 11, 4: 12}
    statuses = [press(client, clinic.slot(day=day, month=month, hour=14)).status_code for day, month in days.items()]
    expected = {roles.DESK: [302, 302, 403, 403], roles.CLINICIAN: [403] * 4}.get(role, [302] * 4)
    assert statuses == expected
    shown = [
        "Block 30 min" in words(client.get(CALENDAR, {"day": day, "span": "day"}))
        for day in ("2026-11-24", "2026-11-25")
    ]
    assert shown == [status == 302 for status in expected[1:3]]


@pytest.mark.parametrize(
    "more", [{"minutes": "0"}, {"minutes": "", "until": "x"}, {"minutes": ""}, {"slot": "x"}, {"minutes": "1440"}]
)
def test_a_crafted_form_blocks_nothing(client, clinic, rosa, more):
    assert press(client, today(clinic, 13), **more).status_code in (400, 409)
    assert not ScheduleException.objects.exists()


def test_a_blocked_time_cannot_be_confirmed(client, clinic, rosa):
    slot, asked = today(clinic, 13), clinic.appointment_request()
    press(client, slot)
    with pytest.raises(SlotTaken):
        lifecycle.confirm(asked.pk, slot, by=lifecycle.staff(rosa), now=MONDAY, why="Today suits her.")


@pytest.mark.parametrize(
    ("clock", "offered"),
    [
        ("10:05", ["Block 15 min", "Block 30 min"]),  # until 11:00
        ("09:55", ["Block 15 min", "Block 30 min", "Block 1 hour"]),
        ("10:40", ["Block 15 min"]),
        ("10:50", []),
    ],
)
def test_only_the_lengths_that_fit_are_offered_and_what_is_too_short_says_so(client, clinic, rosa, at, clock, offered):
    clinic.appointment(today(clinic, 11))
    at(f"2026-11-23 {clock}")
    client.logout()
    client.force_login(rosa)
    page = words(client.get(CALENDAR, TODAY))
    first = page.partition("Open until 11:00 AM")[2].partition("Block until")[0]
    assert re.findall(r"Block (?:\d+ min|1 hour)", first) == offered
    assert ("10 min left Too short to block: at least 15 minutes" in page) == (not offered)
