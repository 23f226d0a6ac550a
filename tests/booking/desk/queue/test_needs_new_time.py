"""“Needs a new time”: whom we called off, whether they know, and what we hold for them; until it is empty."""

import re
from html import unescape

import pytest

from booking import lifecycle
from booking.lifecycle import NewTimes
from booking.models import Message
from tests.builders import MONDAY, later
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
VIEW = "/admin/desk/?view=needs-new-time"


def rows(response):
    body = re.search(r"<tbody>(.*?)</tbody>", markup(response), re.S)[1]
    cells = re.sub(r"<[^>]+>", " ", unescape(body).replace("</tr>", "\n")).replace("\xa0", " ")
    return [" ".join(line.split()) for line in cells.splitlines() if line.strip()]


def called_off(clinic, rosa, name, hour, slots=(), **patient):
    appointment = clinic.appointment(clinic.slot(hour=hour), patient={"name": name} | patient)
    offering = NewTimes(tuple(slots), later(days=2))
    return lifecycle.mark_needs_rebooking(appointment.pk, by=lifecycle.staff(rosa), now=MONDAY, offering=offering)


def test_who_was_not_told_comes_first_then_who_wants_other_times_then_open_offers(client, clinic, rosa):
    offered = called_off(clinic, rosa, "Olga Demo", 9, [clinic.slot(day=4), clinic.slot(day=7)])
    refused = called_off(clinic, rosa, "Mina Demo", 11, [clinic.slot(day=8)])
    called_off(clinic, rosa, "Edward Demo", 15, [clinic.slot(day=9)], email="")
    Message.objects.filter(status="queued", appointment_request__in=[offered, refused]).update(
        status="sent", sent_at=MONDAY
    )
    lifecycle.refuse_offer(refused.pk, by=lifecycle.PATIENT, now=MONDAY)
    edward, mina, olga = rows(client.get(VIEW))
    assert "Edward Demo , 75" in edward
    assert "Thu, Dec 3, 3:00 PM Dr. Mara Ellison, MD no: call Wed, Dec 9, 9:00 AM" in edward
    assert "emailed today, 10:05 AM nothing" in mina
    assert "emailed today, 10:05 AM Fri, Dec 4, 9:00 AM · Mon, Dec 7, 9:00 AM Offered" in olga


def test_a_new_time_that_was_confirmed_leaves_the_view(client, clinic, rosa):
    looking = called_off(clinic, rosa, "Olga Demo", 9, [clinic.slot(day=4)])
    lifecycle.accept_offer(looking.pk, clinic.slot(day=4), by=lifecycle.PATIENT, now=MONDAY)
    assert "There are no requests in “Needs a new time”." in words(client.get(VIEW))


def test_seven_rows_cost_as_many_queries_as_one(
    client, clinic, rosa, django_assert_num_queries, django_assert_max_num_queries
):
    called_off(clinic, rosa, "Olga Demo", 9)
    client.get(VIEW)
    with django_assert_max_num_queries(14) as one:
        client.get(VIEW)
    for hour in range(10, 16):
        called_off(clinic, rosa, f"Person {hour}", hour)
    with django_assert_num_queries(len(one)):
        assert len(rows(client.get(VIEW))) == 7
