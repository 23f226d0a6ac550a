"""“To call”: by harm, one clerk a number, the offered times as buttons, and a letter after enough tries."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from booking import lifecycle
from booking.models import Message, Patient
from booking.notifications import reminders
from booking.scheduling.slots import Slot
from tests.booking.desk.page import page_of
from tests.builders import MONDAY, assert_sound, later, local, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
LIST = "/admin/desk/?view=to-call"
NO_EMAIL = {"email": ""}


@pytest.fixture
def to_tell(clinic, by):
    """A message that no email tells: the answer to a request."""
    request = clinic.appointment_request(patient=NO_EMAIL)
    lifecycle.decline(request.pk, "other", "Call us.", by=by, now=MONDAY)
    return Message.objects.get(status="to_call")


def start(client, message, **data):
    return client.post(reverse("desk:start_call", args=[message.pk]), data)


def test_called_off_come_first_then_by_start_then_offers_then_the_rest(client, clinic, rosa, by, to_tell):
    confirmed = [clinic.appointment_request(patient=NO_EMAIL) for _ in range(2)]
    for request, day in zip(confirmed, (9, 4), strict=True):
        lifecycle.confirm(request.pk, clinic.slot(day=day), by=by, now=MONDAY)
    offered = clinic.appointment_request(patient=NO_EMAIL)
    lifecycle.offer(offered.pk, [clinic.slot(day=8)], local(2026, 11, 24, 17), by=by, now=MONDAY)
    off = clinic.appointment(clinic.slot(day=15), patient=NO_EMAIL)
    called_off = lifecycle.mark_needs_rebooking(off.pk, by=by, now=MONDAY)
    page = words(client.get(LIST))
    wanted = [called_off, confirmed[1], confirmed[0], offered, to_tell.appointment_request]
    assert sorted(wanted, key=lambda each: page.index(str(each))) == wanted
    assert page.count("Called off, not told") == 1


def test_two_of_one_name_are_told_apart_by_their_date_of_birth(client, rosa, to_tell):
    assert "DOB Mar 9, 1951" in words(client.get(LIST))


def test_the_first_press_takes_the_call_and_colleagues_see_it(client, clinic, rosa, to_tell):
    other = Client()
    other.force_login(make_clerk(first_name="Dmitri"))
    start(client, to_tell)
    assert "You’re calling, until 10:10 AM" in words(client.get(LIST))
    theirs = other.get(LIST)
    assert "Rosa is calling this number, until 10:10 AM at the latest. Take over" in words(theirs)
    card = theirs.text.split('class="call')[1]
    assert "tel:" not in card
    assert 'name="outcome"' not in card
    refused = start(other, to_tell)
    assert refused.status_code == 409
    assert "Rosa is calling this number" in words(refused)
    start(other, to_tell, instead="1")
    assert "Dmitri is calling this number" in words(client.get(LIST))
    started = to_tell.appointment_request.events.filter(verb="start_call")
    assert [event.by.first_name for event in started] == ["Rosa", "Dmitri"]
    assert_sound()


def test_an_outcome_or_five_minutes_end_the_call(client, clinic, rosa, to_tell):
    start(client, to_tell)
    client.post(reverse("desk:call_about", args=[to_tell.pk]), {"outcome": "voicemail"})
    assert Patient.objects.get().called_until is None
    dmitri, request = make_clerk(), to_tell.appointment_request_id
    lifecycle.start_call(request, user=rosa, now=later())
    with pytest.raises(lifecycle.BeingCalled):
        lifecycle.start_call(request, user=dmitri, now=later(minutes=4, seconds=59))
    lifecycle.start_call(request, user=dmitri, now=later(minutes=5))


def test_only_a_patient_without_one_has_no_email(client, clinic, rosa, by, to_tell):
    by_phone = lifecycle.NewTimes(by_phone=True)
    called_off = lifecycle.mark_needs_rebooking(clinic.appointment().pk, by=by, now=MONDAY, offering=by_phone)
    page = words(client.get(LIST)).replace("No email sent, or it bounced.", "")
    assert (page.count("Email not sent"), page.count("No email")) == (1, 1)
    assert "Your appointment needs a new time: email not sent: call" in words(client.get(page_of(called_off)))


def test_a_get_starts_no_call(client, rosa, to_tell):
    client.get(reverse("desk:start_call", args=[to_tell.pk]))
    assert Patient.objects.get().called_until is None


def test_an_offered_time_is_booked_with_its_button_on_the_list(client, clinic, rosa, by):
    request = clinic.appointment_request(patient=NO_EMAIL)
    lifecycle.offer(request.pk, [clinic.slot(day=8), clinic.slot(day=9)], local(2026, 11, 25, 17), by=by, now=MONDAY)
    page = client.get(LIST)
    assert "Chose Wed, Dec 9, 9:00 AM EST, Dr. Mara Ellison, MD, Pier Street office" in words(page)
    codes = re.findall(r'name="slot"\s+value="([^"]+)"', page.text)
    version = re.search(r'name="version" value="(\d+)"', page.text)[1]
    chosen = {"slot": codes[1], "version": version, "back": "to_call"}
    assert 'name="back" value="to_call"' in page.text
    back = client.post(reverse("desk:accept_offer", args=[request.reference]), chosen, follow=True)
    booked = request.appointments.get(status="booked")
    assert booked.starts_at == clinic.slot(day=9).starts_at
    assert "No one to call" in words(back)
    assert "Accepted by phone: June Demo , Wed, Dec 9, 9:00 AM EST, Dr. Mara Ellison, MD, Pier Street office." in words(
        back
    )
    assert "Reached Rosa, today, 10:05 AM" in words(
        client.get(reverse("desk:patient", args=[booked.patient.random_id]))
    )


def test_who_chose_none_of_the_offered_times_was_reached(client, clinic, rosa, by):
    request = clinic.appointment_request(patient=NO_EMAIL)
    lifecycle.offer(request.pk, [clinic.slot(day=8)], local(2026, 11, 25, 17), by=by, now=MONDAY)
    lifecycle.log_call(request.pk, "voicemail", by=by, now=MONDAY)
    request.refresh_from_db()
    refused = {"version": request.version, "back": "to_call"}
    back = client.post(reverse("desk:refuse_offer", args=[request.reference]), refused, follow=True)
    assert back.redirect_chain == [(page_of(request), 302)]  # still on the phone: other times are found there
    assert "Offer declined, back in the queue: June Demo ." in words(back)
    assert "If the patient is still on the phone, choose another time below." in words(back)
    request.refresh_from_db()
    assert (request.attempts, request.next_try_at) == (0, None)
    assert request.events.filter(verb="log_call").latest("pk").reason == "reached"


def test_after_three_tries_the_list_offers_the_letter(client, clinic, rosa, by, to_tell):
    for hours in (-3, -2, -1):
        lifecycle.log_call(
            to_tell.appointment_request_id, "wrong_number", by=by, now=later(hours=hours), about=to_tell.pk
        )
    tried = client.get(f"{LIST}&only=tried")
    assert "3 tries, not reached 1" in words(tried)
    for link in (reverse("desk:letter", args=[to_tell.pk]), "Edit phone number", "today, 9:05 AM: Wrong number, Rosa"):
        assert link in tried.text or link in words(tried), link
    assert "No one to call" in words(client.get(f"{LIST}&only=now"))
    assert "No one to call" not in words(client.get(f"{LIST}&only=what"))


def test_who_comes_in_an_hour_is_tried_again_in_five_minutes(client, clinic, rosa, by, to_tell):
    soon = clinic.appointment(clinic.slot(day=23, month=11, hour=11), patient=NO_EMAIL)
    lifecycle.mark_needs_rebooking(soon.pk, by=by, now=MONDAY)
    message = Message.objects.get(kind="needs_rebooking")
    offered = client.get(LIST).text.split(f'name="next_try_{message.pk}"')[1].split("</select>")[0]
    offered = offered.replace("\xa0", " ")
    assert offered.index("10:10 AM") < offered.index("11:30 AM")
    client.post(
        reverse("desk:call_about", args=[message.pk]),
        {"outcome": "no_answer", f"next_try_{message.pk}": int((MONDAY + timedelta(minutes=5)).timestamp()) // 60},
    )
    page = words(client.get(LIST))
    assert page.index(str(to_tell.appointment_request)) < page.index(str(message.appointment_request))
    assert "Later 1" in page


def counted(page):
    """The number beside “To call” in the navigation, and on the list."""
    said = words(page)
    return re.search(r"To call (\d+)", said)[1], re.search(r"All (\d+)", said)[1]


@pytest.mark.parametrize("marks", [["check_in"], ["check_in", "mark_left"], ["no_show"]])
def test_nobody_is_called_about_the_time_of_an_appointment_once_we_know_who_came(
    client, clinic, rosa, by, at, to_tell, marks
):
    untold = clinic.appointment_request(patient={"name": "Hugo Demo", "email": ""})
    booked = lifecycle.confirm(untold.pk, clinic.slot(), by=by, now=MONDAY)
    now = at("2026-12-03 09:20")
    client.force_login(rosa)
    before = client.get(LIST)
    assert ("Hugo Demo" in words(before), counted(before)) == (True, ("2", "2"))
    for mark in marks:
        getattr(lifecycle, mark)(booked.pk, by=by, now=now)
    after = client.get(LIST)
    assert ("Your appointment is confirmed" in words(after), counted(after)) == (False, ("1", "1"))
    for _mark in marks:
        lifecycle.revert_status(booked.pk, by=by, now=now)
    assert counted(client.get(LIST)) == ("2", "2")


def test_who_came_although_we_called_it_off_is_not_called(client, clinic, rosa, by, at):
    off = clinic.appointment(patient=NO_EMAIL)
    lifecycle.mark_needs_rebooking(off.pk, by=by, now=MONDAY)
    now = at("2026-12-03 09:20")
    client.force_login(rosa)
    assert "Called off, not told" in words(client.get(LIST))
    lifecycle.check_in(off.pk, by=by, now=now)
    assert "No one to call" in words(client.get(LIST))


def test_an_appointment_that_is_over_is_told_to_nobody_but_who_was_not_to_come_is_still_called(
    client, clinic, rosa, by
):
    untold = clinic.appointment_request(patient=NO_EMAIL)
    lifecycle.confirm(untold.pk, clinic.slot(), by=by, now=MONDAY)
    off = clinic.appointment(clinic.slot(hour=11), patient=NO_EMAIL)
    lifecycle.mark_needs_rebooking(off.pk, by=by, now=MONDAY)
    reminders.write(now=local(2026, 12, 3, 9, 39))
    told = Message.objects.filter(kind__in=("confirmed", "needs_rebooking"), status="to_call").order_by("pk")
    assert [message.kind for message in told] == ["confirmed", "needs_rebooking"]
    reminders.write(now=local(2026, 12, 3, 12))
    assert [message.kind for message in told.all()] == ["needs_rebooking"]


NEEDS = {"needs": ["wheelchair"], "language": "Vietnamese", "needs_interpreter": False}


def test_the_card_names_what_the_patient_needs_as_today_does(client, clinic, rosa, by):
    off = clinic.appointment(patient=NO_EMAIL | NEEDS)
    lifecycle.mark_needs_rebooking(off.pk, by=by, now=MONDAY)
    for path in (LIST, "/admin/desk/day/2026-12-03/"):
        assert "speaks Vietnamese, wheelchair" in words(client.get(path)), path


@pytest.mark.parametrize("may", [True, False])
def test_who_wants_no_message_is_said_right_at_the_buttons_of_every_call(client, clinic, rosa, by, may):
    request = clinic.appointment_request(patient=NO_EMAIL | {"may_leave_message": may})
    lifecycle.offer(request.pk, [clinic.slot(day=8)], local(2026, 11, 25, 17), by=by, now=MONDAY)
    pages = [LIST, page_of(request), reverse("desk:patient", args=[request.patient.random_id])]
    for path in pages:
        before = client.get(path).text.split('aria-label="How did the call end?"')[0][-400:]
        assert ("Don’t leave a message." in before) is not may, path


def test_the_times_that_were_declined_are_not_suggested_again(client, clinic, rosa, by):
    off = clinic.appointment(patient=NO_EMAIL)
    looking = lifecycle.mark_needs_rebooking(off.pk, by=by, now=MONDAY)

    first = list(suggestions(client, looking))[:3]
    lifecycle.offer(looking.pk, [Slot.parse(code) for code in first], local(2026, 11, 25, 17), by=by, now=MONDAY)
    lifecycle.refuse_offer(looking.pk, by=by, now=MONDAY)
    again = suggestions(client, looking)
    assert again
    assert not set(first) & set(again)
    assert set(first) & set(suggestions(client, looking, **{"from": "2026-11-24"}))  # a list of all open times is whole


def suggestions(client, request, **query):
    return dict.fromkeys(re.findall(r'name="offer"[^>]*?value="([^"]+)"', client.get(page_of(request), query).text))
