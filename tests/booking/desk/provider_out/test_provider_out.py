"""Provider out: the page shows who is affected and what each could be offered; one button does it, one undoes it."""

import html
import re
import uuid
from datetime import date

import pytest
from django.urls import reverse

from booking import lifecycle, roles
from booking.models import Appointment, AppointmentRequest, Message
from booking.scheduling.slots import Slot
from clinic.models import ScheduleException
from tests.builders import LOGGED, make_clerk, make_practitioner
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
PAGE = "/admin/desk/provider-out/"
TUESDAY = "2026-11-24"


@pytest.fixture
def other(clinic):
    return make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Other")


@pytest.fixture
def two(clinic, other):
    """Two patients of Tuesday; the second one has no email."""
    return [
        clinic.appointment(clinic.slot(day=24, month=11, hour=hour), patient={"name": name, "email": email})
        for hour, name, email in ((9, "Olga Demo", "olga@example.org"), (13, "Edward Demo", ""))
    ]


def asked(clinic, **more):
    return {"practitioner": clinic.practitioner.slug, "first": TUESDAY, "reason": "Sick"} | more


def show(client, clinic, **more):
    return client.post(PAGE, asked(clinic, **more) | {"show": "1"})


def fields(response):
    """What the page would post: hidden fields and ticked boxes."""
    page = html.unescape(markup(response))
    form = page[page.index(f'action="{PAGE}"') :]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    ticked = re.findall(r'<input type="checkbox" name="([\w-]+)" value="([^"]*)" checked', form)
    return hidden | {name: [value for key, value in ticked if key == name] for name, _value in ticked}


def act(client, clinic, response, button="act", **more):
    return client.post(PAGE, asked(clinic) | fields(response) | {button: "1"} | more)


def looking():
    return AppointmentRequest.objects.filter(replaces__isnull=False).order_by("replaces__starts_at")


def test_it_shows_whom_it_affects_their_phones_and_three_times_for_each_and_changes_nothing(client, clinic, rosa, two):
    response = show(client, clinic)
    page = words(response)
    assert "2 appointments affected 1 get an email 1 must be called 6 times found, ready to hold 0 without any" in page
    assert "Olga Demo , 75" in page
    assert "(718) 555-0167" in page
    assert "Call: no email" in page
    assert "Mark Dr. Mara Ellison, MD out, send 1 offer, add 1 to the call list" in page
    assert "until Wed, Nov 25, 5:00 PM" in page
    assert not ScheduleException.objects.exists()
    assert "Sick" not in response.request["QUERY_STRING"]


def test_one_press_takes_the_provider_out_sends_the_offers_and_lists_the_calls(client, clinic, rosa, two):
    response = act(client, clinic, show(client, clinic))
    closure = ScheduleException.objects.get()
    assert response["Location"] == f"{PAGE}?done={closure.pk}"
    assert (closure.private_reason, closure.practitioner, closure.made_by) == ("Sick", clinic.practitioner, rosa)
    assert [row.status for row in looking()] == ["offered", "offered"]
    assert Appointment.objects.filter(status="held", appointment_request__in=looking()).count() == 6
    told = Message.objects.filter(appointment_request__in=looking()).order_by("appointment__starts_at")
    assert list(told.values_list("kind", "status")) == [("offered", "queued"), ("offered", "to_call")]
    page = words(client.get(response["Location"]))
    assert "Dr. Mara Ellison, MD is out. 1 offer by email, 1 to call." in page
    assert "Olga Demo" in words(client.get("/admin/desk/?view=needs-new-time"))


def test_of_too_many_the_first_are_offered_times_and_the_page_says_so(client, clinic, rosa, two, monkeypatch):
    monkeypatch.setattr("booking.desk.provider_out.impact.MOST_OFFERED", 1)
    page = words(show(client, clinic))
    assert "2 appointments affected" in page
    assert "3 times found, ready to hold 0 without any time 1 to look for in the queue" in page
    assert "Look for times in the queue" in page.partition("Edward Demo")[2]
    assert "No open time nearby" not in page


def test_unticked_times_are_not_held_and_who_is_unticked_is_called(client, clinic, rosa, two):
    shown = show(client, clinic)
    first = f"times-{two[0].pk}"
    kept = fields(shown)[first][:1]
    act(client, clinic, shown, **{first: kept, f"email-{two[0].pk}": []})
    assert Appointment.objects.filter(status="held", appointment_request=looking()[0]).count() == 1
    assert Message.objects.get(appointment_request=looking()[0]).status == "to_call"


def test_take_out_only_calls_everybody_and_holds_nothing(client, clinic, rosa, two):
    act(client, clinic, show(client, clinic), button="call_all")
    assert {row.status for row in looking()} == {"new"}
    assert not Appointment.objects.filter(status="held").exists()
    assert set(Message.objects.filter(appointment_request__in=looking()).values_list("status", flat=True)) == {
        "to_call"
    }


def test_if_somebody_was_booked_meanwhile_the_page_comes_back_with_them_marked(client, clinic, rosa, two):
    shown = show(client, clinic)
    clinic.appointment(clinic.slot(day=24, month=11, hour=15), patient={"name": "Late Demo"})
    response = act(client, clinic, shown)
    assert response.status_code == 409
    page = words(response)
    assert "The affected appointments have changed since you looked." in page
    assert re.search(r"3:00 PM New since you looked .{0,20}Late Demo", page)
    assert page.count("New since you looked") == 1
    assert not ScheduleException.objects.exists()
    assert act(client, clinic, response).status_code == 302
    assert looking().count() == 3


def test_if_a_time_was_taken_meanwhile_nothing_is_saved_and_other_times_are_shown(client, clinic, rosa, two, other):
    shown = show(client, clinic)
    taken = next(code for code in fields(shown)[f"times-{two[0].pk}"] if f"-{other.pk}-" in code)
    clinic.appointment(Slot.parse(taken))
    response = act(client, clinic, shown)
    assert (response.status_code, "One of these times was just taken." in words(response)) == (409, True)
    assert taken not in markup(response)
    assert not ScheduleException.objects.exists()


def test_one_undo_within_a_minute(client, clinic, rosa, two, at):
    closure = int(act(client, clinic, show(client, clinic))["Location"].rpartition("=")[2])
    at("2026-11-23 10:05:40")
    client.force_login(rosa)
    assert reverse("desk:undo_out", args=[closure]) in markup(client.get(PAGE, {"done": closure}))
    undone = client.post(reverse("desk:undo_out", args=[closure]), follow=True)
    assert "Undone. No one was notified, and every appointment is back." in words(undone)
    assert not ScheduleException.objects.exists()
    assert not Appointment.objects.filter(needs_rebooking_since__isnull=False).exists()
    again = client.post(reverse("desk:undo_out", args=[closure]), follow=True)
    assert "There is nothing to undo here." in words(again)


def test_the_front_desk_takes_out_for_today_and_tomorrow_and_a_lead_for_any_day_or_for_good(client, clinic, other):
    for role, days, allowed in (
        (roles.DESK, {"first": TUESDAY}, True),
        (roles.DESK, {"first": "2026-11-25"}, False),
        (roles.DESK, {"first": TUESDAY, "last": "2026-11-25"}, False),
        (roles.DESK, {"first": TUESDAY, "no_return": "1"}, False),
        (roles.DESK, {"first": TUESDAY, "practitioner": ""}, False),
        (roles.LEAD, {"first": "2026-11-22"}, False),
        (roles.LEAD, {"first": "2026-12-25", "last": "2027-01-02"}, True),
        (roles.LEAD, {"first": "2026-12-01", "no_return": "1"}, True),
        (roles.DESK, {"first": TUESDAY, "practitioner": "", "everyone": "1"}, False),
        (roles.LEAD, {"first": "2026-12-25", "everyone": "1"}, False),
        (roles.LEAD, {"first": "2026-12-25", "practitioner": "", "everyone": "1", "note": "Christmas"}, True),
    ):
        client.force_login(make_clerk(role))
        response = client.post(PAGE, asked(clinic, **days) | {"act": "1", "key": str(uuid.uuid4()), "seen": ""})
        assert (response.status_code == 302) == allowed, (role, days, words(response)[:900])
    last = list(ScheduleException.objects.order_by("pk").values_list("last_day", "practitioner", "note"))
    assert [(f"{day}", who, note) for day, who, note in last] == [
        (TUESDAY, clinic.practitioner.pk, ""), ("2027-01-02", clinic.practitioner.pk, ""),
        ("2100-12-31", clinic.practitioner.pk, ""), ("2026-12-25", None, "Christmas"),
    ]  # fmt: skip


def test_what_is_wrong_with_the_days_or_the_provider_is_said_in_words_of_the_page(client, clinic, other):
    client.force_login(make_clerk(roles.LEAD))
    for days, said in (
        ({"first": "2026-11-25", "last": "2206-11-26"}, "a last day within two years, or check “Not coming back”."),
        ({"first": "2036-11-25"}, "a last day within two years, or check “Not coming back”."),
        ({"first": "2026-11-25", "everyone": "1"}, "Choose one provider, or check “Everyone is out”, not both."),
        ({"first": "2026-11-25", "practitioner": "nobody"}, "Choose a provider."),
        ({"first": "2026-11-25", "practitioner": ""}, "Choose a provider."),
    ):
        response = client.post(PAGE, asked(clinic, **days) | {"act": "1", "key": str(uuid.uuid4()), "seen": ""})
        assert said in words(response), days
        assert not ScheduleException.objects.exists(), days


@pytest.mark.parametrize("seen", ["x", "1-", "1-1,,", "1-1;2-2", "9" * 40 + "-1"])
def test_a_crafted_list_takes_nobody_out(client, clinic, rosa, two, seen):
    response = client.post(PAGE, asked(clinic) | {"act": "1", "key": str(uuid.uuid4()), "seen": seen})
    assert (response.status_code, ScheduleException.objects.count()) == (409, 0)


def test_eight_patients_cost_as_many_queries_as_one(
    client, clinic, rosa, other, django_assert_num_queries, django_assert_max_num_queries
):
    clinic.appointment(clinic.slot(day=24, month=11, hour=9))
    show(client, clinic)
    with django_assert_max_num_queries(14 + LOGGED) as one:
        show(client, clinic)
    for hour in range(10, 17):
        clinic.appointment(clinic.slot(day=24, month=11, hour=hour), patient={"name": f"Person {hour}"})
    with django_assert_num_queries(len(one)):
        assert "8 appointments affected" in words(show(client, clinic))


def test_who_is_out_is_listed_with_the_days_and_the_private_reason(client, clinic, rosa):
    act(client, clinic, show(client, clinic))
    page = words(client.get(PAGE))
    assert "Dr. Mara Ellison, MD , Tue, Nov 24 · Sick" in page
    grid = words(client.get("/admin/desk/calendar/", {"day": TUESDAY, "span": "day"}))
    assert "Closed : Sick" in grid


def test_who_is_here_or_late_and_who_has_only_a_held_time_is_named(client, clinic, at, by):
    """Sick at half past ten."""
    names = {(9, 0): "Ann Demo", (9, 40): "Ben Demo", (10, 20): "Cleo Demo", (11, 0): "Dora Demo"}
    booked = [
        clinic.appointment(
            clinic.slot(hour=hour, minute=minute), patient={"name": name, "email": f"{hour}@example.org"}
        )
        for (hour, minute), name in names.items()
    ]
    offered = clinic.appointment_request(patient={"name": "Olga Demo"})
    now = at("2026-12-03 10:30")
    client.force_login(by.user)
    for verb in ("check_in", "fulfil"):
        getattr(lifecycle, verb)(booked[0].pk, by=by, now=now)
    lifecycle.check_in(booked[1].pk, by=by, now=now)
    lifecycle.offer(offered.pk, [clinic.slot(hour=13)], clinic.slot(hour=12).starts_at, by=by, now=now, why="Asked.")
    response = client.post(PAGE, asked(clinic, first="2026-12-03") | {"show": "1"})
    page = words(response)
    assert "1 appointment affected" in page
    assert "2 patients are checked in or late." in page
    assert re.search(r"9:40 AM Ben Demo , checked in · Move .{0,12} 10:20 AM Cleo Demo , not here yet", page), page
    assert reverse("desk:reschedule", args=[booked[1].pk]) in markup(response)
    assert "Ann Demo" not in page
    assert "1 time is held for a patient." in page
    assert "Thu, Dec 3, 1:00 PM Olga Demo , Offered" in page


def test_with_nobody_booked_it_still_names_who_is_here(client, clinic, at, by):
    here = clinic.appointment()
    now = at("2026-12-03 09:30")
    client.force_login(by.user)
    lifecycle.check_in(here.pk, by=by, now=now)
    page = words(client.post(PAGE, asked(clinic, first="2026-12-03") | {"show": "1"}))
    assert "1 patient is checked in or late." in page
    assert "Nobody is booked then" not in page
    tomorrow = words(client.post(PAGE, asked(clinic, first="2026-12-04") | {"show": "1"}))
    assert "No one is booked then, so there is no one to notify." in tomorrow


# -- back early


def out(clinic, first, last):
    return ScheduleException.objects.create(
        kind="closed", practitioner=clinic.practitioner, first_day=first, last_day=last, starts=0, ends=1440
    )


def back(client, absence):
    return client.post(reverse("desk:back", args=[absence.pk]), follow=True)


def test_who_is_back_early_can_be_booked_from_today_on(client, clinic, rosa):
    absence = out(clinic, date(2026, 11, 20), date(2026, 11, 24))
    assert reverse("desk:back", args=[absence.pk]) in markup(client.get(PAGE))
    assert "Dr. Mara Ellison, MD is back" in words(back(client, absence))
    absence.refresh_from_db()
    assert (absence.first_day, absence.last_day) == (date(2026, 11, 20), date(2026, 11, 22))
    assert "Back early" not in (page := words(back(client, absence)))
    assert "This time is already open again." in page


def test_an_absence_that_was_to_come_is_gone_and_who_was_called_off_still_needs_a_time(
    client, clinic, other, two, rosa
):
    act(client, clinic, show(client, clinic))
    absence = ScheduleException.objects.get()
    called_off = Appointment.objects.filter(needs_rebooking_since__isnull=False).count()
    assert called_off == len(two)
    assert "Patients who were called off still need a new time." in words(back(client, absence))
    assert not ScheduleException.objects.exists()
    assert Appointment.objects.filter(needs_rebooking_since__isnull=False).count() == called_off
    assert "There is nothing to undo here." in words(
        client.post(reverse("desk:undo_out", args=[absence.pk]), follow=True)
    )


def test_the_front_desk_ends_no_absence_of_other_days(client, clinic, rosa):
    absence = out(clinic, date(2026, 11, 20), date(2026, 12, 4))
    assert "Back early" not in words(client.get(PAGE))
    assert back(client, absence).status_code == 403
    client.force_login(make_clerk(roles.LEAD, username="lead"))
    assert "Back early" in words(client.get(PAGE))
    assert back(client, absence).status_code == 200
    absence.refresh_from_db()
    assert absence.last_day == date(2026, 11, 22)


@pytest.mark.parametrize("what", ["part of a day", "everyone", "past"])
def test_what_is_no_absence_of_a_provider_is_left_alone(client, clinic, rosa, what):
    other = out(clinic, date(2026, 11, 23), date(2026, 11, 24))
    changes = {"part of a day": {"ends": 600}, "everyone": {"practitioner": None}, "past": {}}[what]
    if what == "past":
        changes = {"first_day": date(2026, 11, 20), "last_day": date(2026, 11, 22)}
    ScheduleException.objects.filter(pk=other.pk).update(**changes)
    before = ScheduleException.objects.values().get(pk=other.pk)
    assert "This time is already open again." in words(back(client, other))
    assert ScheduleException.objects.values().get(pk=other.pk) == before


def test_who_comes_soon_is_called_unless_the_clerk_ticks_the_email(client, clinic, two, rosa, at):
    at("2026-11-24 08:30")
    page = html.unescape(markup(show(client, clinic)))
    ticked = [box for box in re.findall(r'<input type="checkbox" name="email-[^>]*>', page) if "checked" in box]
    assert (ticked, "starts soon" in page) == ([], True)
    assert "add 2 to the call list" in words(show(client, clinic))
    at("2026-11-23 08:30")
    page = html.unescape(markup(show(client, clinic)))
    assert re.findall(r'name="email-(\d+)"\s+value="1"\s+checked', page) == [str(two[0].pk)]
    assert "starts soon" not in page


def test_two_thousand_patients_of_one_provider_are_not_too_many_fields(client, clinic, rosa):
    assert show(client, clinic, **{f"email-{number}": "1" for number in range(2000)}).status_code == 200
