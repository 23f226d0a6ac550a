"""The desk closes a flood in one act, tells nobody, and can undo it."""

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.maintenance import retention
from booking.models import Appointment, AppointmentRequest, Event, Message
from tests.builders import MONDAY, assert_sound, later
from tests.pages import words

HELD = Appointment.Status.HELD
Status = AppointmentRequest.Status


def sent(clinic, name, *slots, origin="a" * 32, now=MONDAY):
    draft = clinic.draft(*slots, patient={"name": name})
    draft.origin = origin
    return lifecycle.submit(draft, now=now)


@pytest.fixture
def flood(clinic):
    slots = [clinic.slot(hour=9), clinic.slot(hour=11), clinic.slot(hour=13)]
    return [sent(clinic, f"Robot {'abc'[n]}", slots[n]) for n in range(3)]


def address(appointment_request):
    return reverse("desk:not_real", args=[appointment_request.reference])


def end(client, first, *also):
    return client.post(address(first), {"version": first.version, "also": [str(one) for one in also]})


def statuses(rows):
    return [AppointmentRequest.objects.get(pk=row.pk).status for row in rows]


def test_all_of_one_origin_end_in_one_act_without_a_message(client, clinic, rosa, flood):
    answer = end(client, *flood)
    assert statuses(flood) == [Status.CLOSED] * 3
    assert set(AppointmentRequest.objects.values_list("quiet_end", flat=True)) == {"not_real"}
    assert not Appointment.objects.filter(status=HELD).exists()
    assert set(Message.objects.values_list("status", flat=True)) == {Message.Status.SUPERSEDED}
    assert Event.objects.filter(cause=None, verb="end_quietly").count() == 1
    assert "Ended without a message" in words(client.get(answer["Location"]))
    assert_sound()


def test_one_undo_brings_all_of_them_back(client, clinic, rosa, flood):
    end(client, *flood)
    event = Event.objects.get(cause=None, verb="end_quietly")
    client.post(reverse("desk:undo", args=[event.pk]))
    assert statuses(flood) == [Status.NEW] * 3
    assert Appointment.objects.filter(status=HELD).count() == 3
    assert set(Message.objects.values_list("status", flat=True)) == {Message.Status.QUEUED}
    assert_sound()


def test_the_page_ticks_what_the_same_place_sent_that_day_and_nothing_else(client, clinic, rosa, flood):
    elsewhere = sent(clinic, "Carl Demo", origin="b" * 32)
    last_week = sent(clinic, "Olga Demo", now=later(days=-7))
    page = client.get(address(flood[0])).content.decode()
    assert page.count("checked>") == 2
    for one in (elsewhere, last_week):
        assert str(one) not in page
    assert reverse("desk:not_real", args=[flood[0].reference]) in client.get(
        reverse("desk:request", args=[flood[0].reference])
    ).content.decode()  # fmt: skip


def test_a_request_from_elsewhere_cannot_be_slipped_in(client, clinic, rosa, flood):
    elsewhere = sent(clinic, "Carl Demo", origin="b" * 32)
    answer = end(client, flood[0], elsewhere)
    assert answer.status_code == 409
    assert "Nothing was ended" in words(answer)
    assert statuses([flood[0], elsewhere]) == [Status.NEW] * 2


def test_two_without_an_origin_have_none_in_common(client, clinic, rosa):
    one, other = sent(clinic, "Ann Demo", origin=""), sent(clinic, "Bob Demo", origin="")
    assert end(client, one, other).status_code == 409
    assert "No other open request" in words(client.get(address(one)))


def test_an_answered_request_is_real(client, clinic, rosa, flood):
    lifecycle.confirm(flood[1].pk, clinic.slot(hour=11), by=lifecycle.staff(rosa), now=MONDAY)
    assert end(client, *flood).status_code == 409
    assert statuses(flood) == [Status.NEW, Status.CONFIRMED, Status.NEW]


def test_pressed_twice_it_is_done_once(client, clinic, rosa, flood):
    assert [end(client, *flood).status_code for _ in range(2)] == [302, 302]
    assert Event.objects.filter(verb="end_quietly", cause=None).count() == 1


def test_the_origin_is_forgotten_after_its_time(clinic, settings):
    settings.ORIGIN_KEPT_DAYS = 30
    old, new = sent(clinic, "Ann Demo"), sent(clinic, "Bob Demo", now=later(days=2))
    assert retention.JOBS["origins"](now=later(days=31)) == 1
    kept = [AppointmentRequest.objects.get(pk=one.pk).origin for one in (old, new)]
    assert kept == ["", "a" * 32]
