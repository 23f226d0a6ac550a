"""Links and open times on the clinic's own website: by random ids, for everybody, a minute old, never in a frame."""

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client

from booking.models import AppointmentRequest
from booking.request_flow.website.open_times import next_open
from clinic import practice_info
from clinic.models import Practice
from tests.booking.desk.page import page_of
from tests.booking.request_flow.walk import Walker
from tests.builders import MONDAY, make_clerk, make_location, make_practitioner, make_reason
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
LINKS, JSON, HTML = "/admin/desk/links/", "/open-times.json", "/open-times.html"
COMPLAINT = re.compile(r"bone|spine|pain|broken", re.IGNORECASE)


@pytest.fixture
def second(clinic):
    """Another reason, provider and office."""
    office = make_location(name="Harbor office", slug="harbor")
    person = make_practitioner(clinic.appointment_type, office, name="Priya Nadar, NP")
    return make_reason(clinic.appointment_type, label="Neck pain", slug="neck-pain"), person, office


def started(client, **query):
    """A request that began at this address, as a browser sends it."""
    start = client.get("/request/", query).text
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', start))
    walker = Walker(client)
    walker.start(**hidden)
    return walker


def test_a_link_fills_in_reason_provider_and_office_and_the_desk_sees_where_it_stood(client, clinic, second):
    reason, person, office = second
    walker = started(
        client,
        **{"from": "clinic-website"},
        reason=reason.public_id,
        provider=person.public_id,
        office=office.public_id,
    )
    assert re.search(r'value="neck-pain"[^>]*checked', walker.get("reason").text)
    walker.post("reason", {"for_whom": "me", "returning": "no", "reason": "neck-pain"})
    times = walker.get("times")
    assert "Priya Nadar" in words(times)
    assert "Harbor office" in words(times)
    shown = dict(re.findall(r'type="hidden" name="(doctor|office)" value="([^"]*)"', times.text))
    walker.post("times", {"call": "1", "best_time": "morning", "part_of_day": "any"} | shown)
    walker.finish().send()
    sent = AppointmentRequest.objects.get()
    assert (sent.came_from, sent.practitioner, sent.location) == ("clinic-website", person, office)
    client.force_login(make_clerk())
    assert "from: Clinic website" in words(client.get(page_of(sent)))
    client.force_login(make_clerk("Manager"))
    assert "Clinic website: 1" in words(client.get(LINKS))


def test_what_we_do_not_know_is_ignored(client, clinic, second):
    reason, person, office = second
    for row in second:
        row.is_active = False
        row.save()
    hostile = "<script>alert(1)</script>"
    for query in (
        {"from": "June Demo"}, {"from": hostile, "reason": hostile, "provider": hostile, "office": hostile},
        {"reason": reason.public_id, "provider": person.public_id, "office": office.public_id},
        {"provider": "x" * 9999},
        {"reason": "broken-bone", "provider": person.slug, "office": office.slug, "from": "\x01"},
    ):  # fmt: skip
        walker = started(client, **query)
        page = walker.get("reason")
        assert page.status_code == 200
        assert "checked" not in page.text.partition('name="reason"')[2].partition("</fieldset>")[0]
        for address in (JSON, HTML):
            answer = client.get(address, query)
            assert answer.status_code == 200
            assert hostile not in answer.text
    walker = started(client, **{"from": hostile})
    walker.post("reason")
    walker.post("times", {"call": "1", "best_time": "morning", "part_of_day": "any"})
    walker.finish().send()
    assert AppointmentRequest.objects.get().came_from == ""


def test_every_link_on_the_managers_page_works_and_names_no_complaint(client, clinic, second, manager):
    page = client.get(LINKS, {"from": "clinic-website"}).text
    urls = [unescape(url) for url in re.findall(r'readonly\s+value="([^"]+)"', page)]
    buttons = [unescape(button) for button in re.findall(r"readonly>(.*?)</textarea>", page, re.DOTALL)]
    assert len(urls) == len(buttons) == 1 + 2 + 2 + 2
    for url, button in zip(urls, buttons, strict=True):
        assert unescape(re.search(r'<a href="([^"]+)"', button)[1]) == url
        assert not COMPLAINT.search(url)
        assert urlsplit(url).query.startswith("from=clinic-website")
        assert Client().get(urlsplit(url).path, QueryDict(urlsplit(url).query).dict()).status_code == 200


def test_the_manager_says_where_links_stand(client, clinic, manager):
    assert client.post(LINKS, {"names": "Clinic website\nGoogle Maps"}).status_code == 302
    practice_info.forget()
    assert practice_info.practice_info().links_from == {
        "clinic-website": "Clinic website",
        "google-maps": "Google Maps",
    }
    assert "from=google-maps" in client.get(LINKS, {"from": "google-maps"}).text
    for wrong in ("Сайт", "Google\ngoogle!", "x" * 41, "\n".join(f"Site {n}" for n in range(21))):
        assert client.post(LINKS, {"names": wrong}).status_code == 400
    assert Practice.objects.get().link_names == ["Clinic website", "Google Maps"]


def test_the_next_open_times_are_for_every_site_without_cookies(client, clinic):
    for address, kind in ((JSON, "application/json"), (HTML, "text/html; charset=utf-8")):
        answer = client.get(address, headers={"Origin": "https://clinic.example"})
        assert answer["Content-Type"] == kind
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer
        assert answer["Cache-Control"] == "public, max-age=60"
        assert not answer.cookies
        assert answer["X-Frame-Options"] == "DENY"
        assert client.post(address).status_code in (404, 405)
    found = client.get(JSON).json()
    days = [datetime.fromisoformat(time["starts_at"]) for time in found["times"]]
    assert days == sorted(days)
    assert len({day.date() for day in days}) == len(days) == 5
    assert found["times"][0]["words"] == "Wednesday, November 25, 9:00 am Eastern Time"
    assert found["times"][0]["provider"] == "Dr. Mara Ellison, MD"
    assert "<script" not in client.get(HTML).text


def test_a_minute_of_open_times_is_read_once_whatever_is_asked(clinic, second, django_assert_num_queries, at):
    cache.clear()
    next_open(QueryDict(), now=MONDAY)
    for query in ("", "from=nobody", "reason=unknown", "provider=&office="):
        with django_assert_num_queries(sum(bool(value) for name, value in QueryDict(query).items() if name != "from")):
            next_open(QueryDict(query), now=MONDAY)
    before = next_open(QueryDict(), now=MONDAY)
    clinic.appointment(clinic.slot(day=25, month=11))
    assert next_open(QueryDict(), now=MONDAY) == before
    cache.clear()
    assert next_open(QueryDict(), now=MONDAY + timedelta(minutes=1)) != before


def test_a_site_that_takes_no_requests_shows_no_times_and_says_to_call(client, clinic):
    Practice.objects.update(is_on=False)
    practice_info.forget()
    cache.clear()
    assert client.get(JSON).json()["times"] == []
    assert "Call us at (718) 555-0142" in words(client.get(HTML))


def test_the_managers_page_costs_the_same_for_many(client, clinic, manager, django_assert_max_num_queries):
    client.get(LINKS)
    for n in range(12):
        make_practitioner(name=f"Dr. Number {n}")
        make_location(name=f"Office number {n}")
        make_reason(clinic.appointment_type, label=f"Reason {n}")
    practice_info.forget()
    practice_info.practice_info()
    with django_assert_max_num_queries(9):
        assert client.get(LINKS).text.count("readonly") == 2 * (1 + 13 * 3)
