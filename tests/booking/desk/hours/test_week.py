"""The weekly hours of a provider as a grid: typed, copied from day to day, refused with a sentence, or asked about."""

from datetime import date

import pytest
from django.contrib.admin.models import LogEntry

from booking.models import AppointmentRequest
from clinic.hours.recurrence import Repeats
from clinic.models import Location, Schedule, ScheduleException
from tests.booking.desk.hours.week_form import address, fields, fields_of, pressed, said, typed
from tests.builders import make_clerk, make_location, make_practitioner
from tests.pages import words

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


@pytest.fixture
def park(clinic):
    """The second office."""
    return make_location(name="Park Slope", slug="park-slope")


@pytest.fixture
def lee(clinic, park):
    """A provider without hours."""
    return make_practitioner(clinic.appointment_type, name="Dr. Lee, MD", slug="lee")


@pytest.fixture
def mara(client, clinic, lead):
    """Mara Ellison works Monday to Friday, 9 to 5, at the one office."""
    return clinic.practitioner


def hours(provider, *more):
    columns = ("weekday", "starts", "ends", *more)
    return list(provider.schedules.order_by("weekday", "starts", "pk").values_list(*columns))


def test_a_week_with_lunch_every_second_friday_and_no_first_monday_is_typed_and_copied(client, clinic, lead, lee, park):
    at, pier = address(lee), clinic.location.pk
    sent = fields(client, at)
    sent |= typed(sent, MON, starts="8", ends="12", office=pier)
    page, sent = pressed(client, at, sent, add=MON)
    assert "Row added to Monday. Nothing has been saved yet." in words(page)
    sent |= typed(sent, MON, 1, starts="1", ends="5")
    page = client.post(at, sent | {"copy": MON, "to-0": [TUE, WED, THU]})
    assert "Monday was copied to: Tuesday to Thursday. Nothing has been saved yet." in words(page)
    sent = fields_of(page, at)
    sent |= typed(sent, FRI, starts="9", ends="1", office=park.pk, repeats=Repeats.EVERY_2ND, counted_from="2026-12-04")
    for nth in (0, 1):
        sent |= typed(sent, MON, nth, repeats=Repeats.NOT_FIRST)
    assert not lee.schedules.exists()
    status, text = said(client, at, sent)
    assert status == 302
    days = {MON: Repeats.NOT_FIRST, TUE: "", WED: "", THU: ""}
    wanted = [(day, *times, pier, days[day]) for day in days for times in ((480, 720), (780, 1020))]
    assert hours(lee, "location_id", "repeats") == [*wanted, (FRI, 540, 780, park.pk, Repeats.EVERY_2ND)]
    assert "Hours saved for Dr. Lee, MD." in text
    assert "1:00 pm – 5:00 pm at Pier Street office, all but the 1st Monday of the month (next: Mon, Nov 23)" in text
    assert "Friday 9:00 am – 1:00 pm at Park Slope, every 2nd week (next: Fri, Dec 4)" in text
    assert "Tuesday to Thursday 8:00 am – 12:00 pm, 1:00 pm – 5:00 pm at Pier Street office" in text
    assert LogEntry.objects.get().change_message == "Weekly hours changed."


def test_a_saved_week_opens_and_saves_again_as_it_is(client, clinic, mara, park):
    Schedule.objects.filter(weekday=FRI).update(
        repeats=Repeats.EVERY_2ND, counted_from=date(2026, 12, 4), valid_from=date(2026, 1, 2), location=park
    )
    columns = ("location_id", "repeats", "counted_from", "valid_from", "valid_until")
    before = hours(mara, *columns)
    assert said(client, address(mara), fields(client, address(mara)))[0] == 302
    assert hours(mara, *columns) == before


def test_rows_are_removed_and_a_day_is_copied_with_its_second_week(client, clinic, mara):
    at = address(mara)
    sent = fields(client, at)
    sent |= typed(sent, FRI, repeats=Repeats.EVERY_2ND, counted_from="2026-12-04")
    page = client.post(at, sent | {"copy": FRI, "to-4": [MON, SAT]})
    page, sent = pressed(client, at, fields_of(page, at), remove=1)
    assert "Row removed from Tuesday." in words(page)
    assert said(client, at, sent)[0] == 302
    every_second = [(MON, date(2026, 11, 30)), (FRI, date(2026, 12, 4)), (SAT, date(2026, 12, 5))]
    found = hours(mara, "repeats", "counted_from")
    assert [(row[0], row[4]) for row in found if row[3]] == every_second
    assert [row[0] for row in found] == [MON, WED, THU, FRI, SAT]


def test_what_makes_no_sense_is_refused_with_a_sentence_and_stays_typed(client, clinic, mara, park):
    at, before = address(mara), hours(mara)
    second = {"repeats": Repeats.EVERY_2ND}
    refused = {
        "Monday: The end time must be after the start time.": {"starts": "13:00", "ends": "12:00"},
        "Monday: Enter when the hours start and end.": {"starts": "", "ends": "12:00"},
        "Monday: Enter a time, such as 9:00 am or 13:30.": {"starts": "early"},
        "Monday: From midnight to midnight is around the clock.": {"starts": "12 am", "ends": "24:00"},
        "Monday: Enter one of the dates.": second,
        "Monday: That date is a Friday. Enter a Monday.": second | {"counted_from": "2026-12-04"},
        "Monday: The first day must be on or before the last day.": {
            "valid_from": "2027-01-02", "valid_until": "2027-01-01",
        },
        "Monday: Choose an office.": {"office": ""},
        "Monday: Enter a date.": {"valid_from": "soon"},
    }  # fmt: skip
    for sentence, values in refused.items():
        sent = fields(client, at)
        status, text = said(client, at, sent | typed(sent, MON, **values))
        assert (status, sentence in text) == (400, True), (sentence, text)
        assert hours(mara) == before
    sent = fields(client, at)
    answer = client.post(at, sent | typed(sent, MON, starts="13:07", ends="12:00"))
    assert 'value="13:07"' in answer.text


def test_a_provider_cannot_be_in_two_offices_at_once(client, clinic, mara, park):
    at = address(mara)
    _page, sent = pressed(client, at, fields(client, at), add=MON)
    both = sent | typed(sent, MON, 1, starts="4:30 pm", ends="7:00 pm", office=park.pk)
    status, text = said(client, at, both)
    assert (status, "Nothing has been saved yet." in text) == (409, True)
    assert (
        "Dr. Mara Ellison, MD: Monday: 9:00 am to 5:00 pm (Pier Street office) and "
        "4:30 pm to 7:00 pm (Park Slope) overlap." in text
    )
    alternate = typed(sent, MON, 0, repeats=Repeats.FIRST) | typed(sent, MON, 1, repeats=Repeats.NOT_FIRST)
    assert said(client, at, both | alternate)[0] == 302
    assert hours(mara)[:2] == [(MON, 540, 1020), (MON, 990, 1140)]


def test_extra_hours_at_the_other_office_are_in_the_way_of_new_weekly_hours(client, clinic, mara, park):
    saturday = {"first_day": date(2026, 12, 5), "last_day": date(2026, 12, 5), "starts": 540, "ends": 720}
    ScheduleException.objects.create(kind="open", practitioner=mara, location=park, **saturday)
    at = address(mara)
    sent = fields(client, at)
    sent |= typed(sent, SAT, starts="11", ends="3", office=clinic.location.pk)
    status, text = said(client, at, sent)
    assert (status, "Extra hours at Park Slope on Dec 5, 2026: nobody can be in two places" in text) == (409, True)
    other_saturdays = typed(sent, SAT, repeats=Repeats.EVERY_2ND, counted_from="2026-12-12")
    assert said(client, at, sent | other_saturdays)[0] == 302


def test_a_change_that_leaves_appointments_outside_says_so_and_is_saved_if_one_wants_it(client, clinic, mara):
    clinic.appointment()  # Thursday, December 3, 9:00 to 9:40 am
    at = address(mara)
    sent = fields(client, at)
    sent |= typed(sent, THU, starts="10")
    status, text = said(client, at, sent)
    assert (status, "1 appointment would be outside working hours Nothing has been saved yet." in text) == (409, True)
    assert "June Demo" in text
    assert hours(mara)[THU] == (THU, 540, 1020)
    away = client.post(at, sent).context["away"]
    assert away == "/admin/desk/provider-out/?practitioner=" + mara.slug + "&first=2026-12-03&last=2026-12-03"
    assert said(client, at, sent | {"affected": "2-0"})[0] == 409
    assert said(client, at, sent | {"affected": "1-0"})[0] == 302
    assert hours(mara)[THU] == (THU, 600, 1020)


def test_only_hours_that_no_longer_hold_an_appointment_are_asked_about(client, clinic, mara, park):
    """An appointment on Thursday from 9:00 to 9:40; one that was outside before does not count."""
    clinic.appointment()
    clinic.appointment(clinic.slot(hour=19))
    at = address(mara)
    sent = fields(client, at)
    asks = [
        {"starts": "9:30"}, {"ends": "9:39 am"}, {"office": park.pk}, {"valid_until": "2026-12-02"},
        {"valid_from": "2026-12-04"}, {"repeats": Repeats.NOT_FIRST},
        {"repeats": Repeats.EVERY_2ND, "counted_from": "2026-12-10"},
    ]  # fmt: skip
    for changes in asks:
        status, text = said(client, at, sent | typed(sent, THU, **changes))
        assert (status, "1 appointment would be outside" in text) == (409, True), changes
    for changes in (
        {"valid_until": "2026-12-03"}, {"valid_from": "2026-12-03", "valid_until": ""}, {"valid_from": ""},
        {"repeats": Repeats.FIRST}, {"repeats": Repeats.EVERY_2ND, "counted_from": "2026-12-17"}, {"starts": "8"},
        {"ends": "9:40 am"},
    ):  # fmt: skip
        sent = fields(client, at)
        assert said(client, at, sent | typed(sent, THU, **changes))[0] == 302, changes


def test_patients_left_outside_can_be_told_and_found_another_time(
    client, clinic, mara, django_capture_on_commit_callbacks
):
    appointment = clinic.appointment()
    sent = fields(client, address(mara))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address(mara), sent | typed(sent, THU, starts="10") | {"affected": "1-0 ask"})
    assert AppointmentRequest.objects.get(replaces=appointment).messages.get().kind == "needs_rebooking"


def test_new_hours_begin_on_a_day_and_the_old_ones_hold_until_then(client, clinic, mara):
    """Also if the new ones are earlier than a change that was planned before."""
    at, new_year = address(mara), date(2027, 1, 1)
    sent = fields(client, at)
    sent |= typed(sent, MON, starts="10") | {"starting": "2027-01-01"}
    assert said(client, at, sent)[0] == 302
    until = date(2026, 12, 31)
    monday = list(
        mara.schedules.filter(weekday=MON).order_by("starts").values_list("starts", "valid_from", "valid_until")
    )
    assert monday == [(540, None, until), (600, new_year, None)]
    sent = fields(client, at)
    assert said(client, at, sent | {"starting": "2026-12-15"})[0] == 302
    assert mara.schedules.filter(weekday=MON, starts=600).get().valid_from == new_year
    assert said(client, at, sent | {"starting": "2026-11-22"})[0] == 400
    status, text = said(client, at, fields(client, at) | {"starting": "2027-03-01"})
    assert (status, "end before the day on which the new ones begin" in text) == (302, False)


def test_a_colleagues_change_is_never_overwritten(client, clinic, mara):
    at = address(mara)
    sent = fields(client, at)
    Schedule.objects.filter(weekday=TUE).update(ends=1080)
    status, text = said(client, at, sent | typed(sent, MON, starts="10"))
    assert (status, "Someone else just changed these hours." in text) == (409, True)
    assert said(client, at, fields(client, at) | {"seen": "0"})[0] == 302, "a second press changes nothing"
    assert hours(mara)[:2] == [(MON, 540, 1020), (TUE, 540, 1080)]


def test_hours_typed_before_the_session_ended_can_be_sent_again(client, clinic, mara):
    at = address(mara)
    sent = fields(client, at)
    for _each in range(8):
        _page, sent = pressed(client, at, sent, add=SAT)
    for nth in range(1, 9):
        sent |= typed(sent, SAT, nth, starts=f"{nth + 8}:00", ends=f"{nth + 8}:30")
    client.logout()
    page = client.post(at, sent, headers={"origin": "http://testserver"})
    assert (page.status_code, "Save weekly hours" in words(page)) == (403, True)
    client.force_login(make_clerk("Desk lead"))
    again = fields_of(page, at)
    assert said(client, at, again)[0] == 302
    assert mara.schedules.filter(weekday=SAT).count() == 8


def test_with_one_office_nobody_is_asked_where(client, clinic, mara):
    page = client.get(address(mara))
    assert "Choose an office" not in page.text
    sent = fields(client, address(mara))
    assert said(client, address(mara), sent | typed(sent, SAT, starts="9", ends="1"))[0] == 302
    assert mara.schedules.get(weekday=SAT).location == Location.objects.get()


def test_odd_forms_are_answered_with_a_page(client, clinic, mara):
    at = address(mara)
    sent = fields(client, at)
    odd = [
        {}, {"rows-TOTAL_FORMS": "x"}, sent | {"rows-TOTAL_FORMS": "9" * 30}, sent | {"rows-0-weekday": "7"},
        sent | {"rows-0-weekday": "x", "add": "0"}, sent | {"remove": "0"}, sent | {"remove": "999"},
        sent | {"add": "9"}, sent | {"add": "9" * 5000},
        sent | {"rows-TOTAL_FORMS": "9" * 5000, "add": "0"},
        sent | {"copy": "0", "to-0": ["9", "x", "0"]}, sent | {"copy": "²"},
        sent | typed(sent, MON, office="999"), sent | typed(sent, MON, repeats="FREQ=SECONDLY"),
        sent | typed(sent, MON, counted_from="9999-12-31") | {"copy": "0", "to-0": ["6"]},
        sent | typed(sent, MON, counted_from="0001-01-01", repeats=Repeats.EVERY_2ND, valid_from="9999-12-27"),
        sent | {"starting": "9999-12-31"}, sent | {"starting": "x"}, sent | {"seen": ""},
    ]  # fmt: skip
    for data in odd:
        assert client.post(at, data).status_code in (200, 302, 400, 409), data
    assert client.get("/admin/desk/hours/nobody/").status_code == 404
