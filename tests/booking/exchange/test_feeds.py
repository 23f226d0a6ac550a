"""Busy times of another calendar: from public sites alone, in ten seconds and two megabytes, and nothing but times."""

import logging
import re
import socket
import time
import zlib
from datetime import timedelta

import pytest

from booking import lifecycle
from booking.exchange.feeds import fetch as fetching
from booking.exchange.feeds import place, state
from booking.exchange.feeds.failed import Failure, FeedFailed
from booking.exchange.feeds.fetch import fetch
from booking.exchange.feeds.read import read_next
from booking.lifecycle.time_off.busy import write_busy
from booking.models import Appointment
from clinic.models import BusyFeed, ScheduleException
from tests.booking.exchange.feed_site import HAS_OPENSSL, certificate, says, site
from tests.builders import MONDAY, WHY, local, make_clerk, make_practitioner
from tests.pages import words

pytestmark = [
    pytest.mark.django_db, pytest.mark.once, pytest.mark.skipif(not HAS_OPENSSL, reason="no openssl: no certificate")
]  # fmt: skip
FEEDS = "/admin/desk/feeds/"
PRIVATE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]  # fmt: skip
MINE = [f"https://{host}/a.ics" for host in (
    "127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "localhost", "127.1", "0x7f000001",
    "2130706433", "0177.0.0.1", "127.0.0.1:8080",
)]  # fmt: skip
NO_ADDRESS = [
    "", "http://example.org/a.ics", "ftp://example.org/", "file:///etc/passwd", "https://", "https:///a",
    "//example.org/a",
    "https://me:secret@example.org/a", "https://example.org:99999/", "https://example.org:x/", "https://[::1/",
    "https://" + "a" * 70 + ".org/", "https://example.org/" + "a" * 3000, "javascript:alert(1)",
]  # fmt: skip


def event(starts="20261203T100000", ends="20261203T110000", more="", zone="TZID=America/New_York"):
    lines = (
        f"BEGIN:VEVENT\nUID:{starts}{ends}\nDTSTART;{zone}:{starts}\nDTEND;{zone}:{ends}\nSUMMARY:June Demo, biopsy\n"
    )
    return f"{lines}DESCRIPTION:secret words\nATTENDEE:mailto:june@example.org\n{more}END:VEVENT\n"


def calendar(*events):
    return ("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x\n" + "".join(events) + "END:VCALENDAR\n").encode()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("feed"))


@pytest.fixture
def there(pair, settings, monkeypatch):
    settings.FEEDS_FROM_PRIVATE_ADDRESSES = True
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[1]))
    with site(*pair) as known:
        yield known


@pytest.fixture
def feed(clinic, there):
    there.answer = says(calendar(event()))
    return state.choose(clinic.practitioner, there.address)


def why(address):
    with pytest.raises(FeedFailed) as failed:
        fetch(address)
    return failed.value.why


def busy():
    rows = ScheduleException.objects.exclude(feed=None).order_by("first_day", "starts")
    return [(f"{row.first_day:%m-%d}", row.starts, row.ends) for row in rows]


def read(feed, now=MONDAY):
    BusyFeed.objects.update(tried_at=None)
    assert read_next(now=now) == 1
    feed.refresh_from_db()
    return feed


# -- where it may be read from


def test_no_private_address_is_ever_read(clinic, monkeypatch):
    assert [each for each in PRIVATE if place.is_public(each)] == []
    assert all(map(place.is_public, ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")))
    connected = []
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: connected.append(a))
    assert {address: why(address) for address in [*MINE, *NO_ADDRESS]} == dict.fromkeys(
        MINE + NO_ADDRESS, Failure.ADDRESS
    )
    assert connected == []


def test_a_name_with_one_private_address_is_refused_and_the_checked_one_is_used(monkeypatch):
    def leads_to(*found):
        rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in found]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asked.append(a) or rows)

    asked, connected = [], []

    def connect(address, **_how):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    leads_to("93.184.215.14", "10.0.0.1")
    assert why("https://example.org/a.ics") == Failure.ADDRESS
    assert connected == []
    leads_to("93.184.215.14", "93.184.215.15")
    assert why("https://example.org/a.ics") == Failure.UNREACHABLE
    assert connected == [("93.184.215.14", 443), ("93.184.215.15", 443)]
    assert len(asked) == 2  # once for each read: no second answer can lead elsewhere
    leads_to()
    assert why("https://example.org/a.ics") == Failure.UNREACHABLE
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(0.5) or [])
    monkeypatch.setattr(fetching, "SECONDS", 0.1)
    assert why("https://example.org/a.ics") == Failure.SLOW


def test_a_redirect_is_checked_like_the_first_address(there, settings, monkeypatch):
    there.answer = says(b"", 302, Location=there.address)
    assert why(there.address) == Failure.BROKEN
    assert len(there.asked) == 4  # three redirects
    for target in ("http://localhost/a.ics", "file:///etc/passwd", "https://me:x@localhost/"):
        there.answer = says(b"", 301, Location=target)
        assert why(there.address) == Failure.ADDRESS, target
    settings.FEEDS_FROM_PRIVATE_ADDRESSES = False
    checked, is_public = [], place.is_public
    monkeypatch.setattr(place, "is_public", lambda each: len(checked) < 1 or is_public(each))
    monkeypatch.setattr(fetching, "addresses_of", lambda at, left: checked.append(at) or addresses(at, left))
    addresses = place.addresses_of
    for target in ("https://169.254.169.254/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/", there.address):
        checked.clear()
        monkeypatch.setattr(place, "is_public", lambda each: len(checked) < 2 or is_public(each))
        there.answer = says(b"", 302, Location=target)
        assert why(there.address) == Failure.ADDRESS, target
        assert len(checked) == 2


def test_what_a_site_may_send_at_worst_ends_in_one_word(there, monkeypatch):
    def drips(handler):
        handler.send_response(200)
        handler.end_headers()
        for _n in range(100):
            handler.wfile.write(b"BEGIN:VCALENDAR\n")
            time.sleep(0.05)

    def drips_headers(handler):
        for n in range(100):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n" if not n else b"X: y\r\n")
            handler.wfile.flush()
            time.sleep(0.05)

    def is_endless(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65536)

    bomb = zlib.compress(b"0" * 10_000_000, wbits=31)
    for answer, expected in (
        (is_endless, Failure.LARGE),
        (says(b"x", Content_Length="999999999"), Failure.LARGE),
        (says(bomb, Content_Encoding="gzip"), Failure.NO_CALENDAR),
        (says(b"", 500), Failure.BROKEN),
        (says(b"", 204), Failure.BROKEN),
        (says(b"", 404), Failure.REFUSED),
        (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), Failure.UNREACHABLE),
        (lambda handler: None, Failure.UNREACHABLE),
    ):
        there.answer = answer
        assert why(there.address) == expected
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    for answer in (drips, drips_headers, lambda handler: time.sleep(2)):
        there.answer = answer
        assert why(there.address) == Failure.SLOW


def test_a_certificate_of_another_name_is_not_trusted(there, monkeypatch):
    assert why(there.address.replace("localhost", "127.0.0.1")) == Failure.UNREACHABLE
    monkeypatch.delenv("SSL_CERT_FILE")
    assert why(there.address) == Failure.UNREACHABLE


# -- what is kept of it


def test_busy_times_close_open_times_and_nothing_else_is_kept(feed, clinic, client, manager, caplog):
    def starts():
        shown = client.get(f"/admin/desk/calendar/?day=2026-12-03&with={clinic.practitioner.slug}").text
        return set(re.findall(r"\d+:\d\d [AP]M", shown))

    caplog.set_level(logging.DEBUG)
    before = starts()
    read(feed)
    assert busy() == [("12-03", 600, 660)]
    assert "Busy (other calendar)" in client.get("/admin/desk/calendar/?day=2026-12-03").text
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.submit(clinic.draft(clinic.slot(hour=10)), now=MONDAY)
    stored = str(list(BusyFeed.objects.values())) + str(list(ScheduleException.objects.values())) + caplog.text
    for word in ("June", "biopsy", "secret", "words", "mailto", "localhost"):
        assert word not in stored, word
    assert feed.address.startswith("https://localhost")
    assert feed.masked == "https://localhost/…"
    assert state.remove(feed.pk)
    assert busy() == []
    assert starts() == before


def test_reading_again_changes_nothing_and_asks_only_for_what_is_new(feed, there, django_assert_max_num_queries):
    there.answer = says(calendar(event()), ETag='"one"', Last_Modified="Mon, 30 Nov 2026 10:00:00 GMT")
    read(feed)
    first = list(ScheduleException.objects.values())
    there.answer = says(b"", 304)
    with django_assert_max_num_queries(12):
        read(feed, MONDAY + timedelta(minutes=5))
    assert there.asked[-1]["If-None-Match"] == '"one"'
    assert "10:00:00" in there.asked[-1]["If-Modified-Since"]
    there.answer = says(calendar(event()))
    read(feed, MONDAY + timedelta(days=1))  # what repeats comes a day nearer: read as a whole
    assert "If-None-Match" not in there.asked[-1]
    assert list(ScheduleException.objects.values()) == first
    many = [
        event(f"202612{day:02}T{hour:02}0000", f"202612{day:02}T{hour:02}3000")
        for day in range(4, 30)
        for hour in range(9, 17)
    ]
    there.answer = says(calendar(*many))
    with django_assert_max_num_queries(25):
        read(feed, MONDAY + timedelta(days=1))
    assert len(busy()) == len(many)


def test_events_are_busy_as_their_calendar_means_it(feed, there):
    free = (
        "BEGIN:VFREEBUSY\nFREEBUSY:20261214T150000Z/PT30M\nFREEBUSY;FBTYPE=FREE:20261215T150000Z/PT30M\nEND:VFREEBUSY\n"
    )
    there.answer = says(calendar(
        event("20261130T120000", "20261130T123000", "RRULE:FREQ=WEEKLY;COUNT=2\n"),
        event("20261211T120000", "20261211T123000", "RDATE;TZID=America/New_York:20261216T120000,20261217T120000\n"),
        event("20261203T093000", "20261203T101500"), event("20261203T101500", "20261203T110000"),
        event("20261208T220000", "20261210T090000"),
        event("20261204T090000", "20261204T100000", "TRANSP:TRANSPARENT\n"),
        event("20261204T100000", "20261204T110000", "STATUS:CANCELLED\n"),
        event("20261224", "20261226", zone="VALUE=DATE"), free, event("20250101T090000", "20250101T100000"),
        event("20261212T090000", "20261212T100000", "RRULE:FREQ=SECONDLY\n"),
    ))  # fmt: skip
    assert read(feed).unread == 1
    assert busy() == [
        ("11-30", 720, 750), ("12-03", 570, 660), ("12-07", 720, 750), ("12-08", 1320, 1440), ("12-09", 0, 1440),
        ("12-10", 0, 540), ("12-11", 720, 750), ("12-14", 600, 630),
        ("12-16", 720, 750), ("12-17", 720, 750), ("12-24", 0, 1440), ("12-25", 0, 1440),
    ]  # fmt: skip


def test_hostile_calendars_end_in_a_failure_and_keep_what_was_read(feed, there):
    read(feed)
    kept = busy()
    endless = event(more="RRULE:FREQ=DAILY\n") * 3000
    for content in (b"", b"<html>", b"\x00\xff", calendar(event())[:-20], calendar(endless), b"BEGIN:VCALENDAR\n" * 99):
        there.answer = says(content)
        assert read(feed).failure == Failure.NO_CALENDAR, content[:40]
        assert busy() == kept
    odd = calendar(
        event("00010101T000000", "99991231T235959"), event("20261203T110000", "20261203T100000"),
        event("20261203T100000", "20261203T100000"), event("99991231T235959", "99991231T235959", "RRULE:FREQ=DAILY\n"),
    )  # fmt: skip
    there.answer = says(odd)
    assert read(feed).failure == ""


# -- who is told


def test_a_feed_that_fails_for_an_hour_is_said_on_the_calendar_and_the_set_up_page(feed, there, client, manager):
    there.answer = says(b"", 500)
    read(feed)
    begun = feed.failing_since
    assert not state.state(now=MONDAY + timedelta(minutes=59)).failing
    read(feed, MONDAY + timedelta(minutes=30))
    assert feed.failing_since == begun
    BusyFeed.objects.update(failing_since=MONDAY - timedelta(minutes=61))
    assert "Ellison’s other calendar" in words(client.get("/admin/desk/calendar/"))
    shown = words(client.get(FEEDS))
    assert "the site answers with an error" in shown
    assert "https://localhost/…" in shown
    assert "secret-words" not in shown
    there.answer = says(calendar())
    read(feed)
    assert "been able to read" not in words(client.get("/admin/desk/calendar/"))


def test_a_booked_appointment_in_a_new_busy_time_is_said_until_it_is_moved(feed, there, client, manager, clinic):
    clinic.appointment(clinic.slot(hour=10))
    same = clinic.appointment(clinic.slot(hour=13))
    there.answer = says(
        calendar(
            event("20261203T101000", "20261203T103000"),
            event("20261203T130000", f"20261203T13{same.ends_at.minute:02}00"),
        )
    )
    read(feed)
    shown = words(client.get("/admin/desk/calendar/?day=2026-12-03"))
    assert "busy in the provider’s other calendar" in shown
    assert "Busy (other calendar)" in shown
    assert len(feed.clashes) == 1  # the event with exactly the time of the appointment is the same one
    moved = Appointment.objects.get(pk=feed.clashes[0][0])
    by = lifecycle.staff(make_clerk())
    lifecycle.reschedule(moved.pk, clinic.slot(day=4), by=by, now=MONDAY, override=WHY)
    assert not state.state(now=MONDAY).clashes
    there.answer = says(b"", 304)
    assert read(feed).clashes == []


def test_a_held_time_that_becomes_busy_is_said_and_not_confirmed_by_accident(feed, clinic):
    slot, by = clinic.slot(hour=9, minute=40), lifecycle.staff(make_clerk())
    asked = clinic.appointment_request(slot)
    read(feed)
    assert [row.status for row in state.state(now=MONDAY).clashes] == ["held"]
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.confirm(asked.pk, slot, by=by, now=MONDAY)


def test_the_desk_cannot_open_what_another_calendar_closes(feed, clinic):
    read(feed)
    by = lifecycle.staff(make_clerk())
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.unblock(ScheduleException.objects.get().pk, by=by, now=MONDAY)
    with pytest.raises(lifecycle.SlotTaken):
        lifecycle.book(clinic.draft(), clinic.slot(hour=10), by=by, now=MONDAY)


def test_an_address_is_typed_and_kept_as_a_secret(client, manager, clinic, there):
    for typed in ("http://example.org/a.ics", "https://me:x@example.org/", "x", ""):
        answer = client.post(FEEDS, {"practitioner": clinic.practitioner.pk, "address": typed})
        assert answer.status_code == 400, typed
    webcal = there.address.replace("https://", "webcal://")
    shown = words(client.post(FEEDS, {"practitioner": clinic.practitioner.pk, "address": webcal}, follow=True))
    feed = BusyFeed.objects.get()
    assert feed.address == there.address
    assert "secret" not in feed.sealed
    assert "secret-words" not in shown
    assert "Not read yet." in shown
    shown = words(client.post(FEEDS, {"remove": feed.pk}, follow=True))
    assert "Removed." in shown
    assert not BusyFeed.objects.exists()


def test_feeds_take_turns_and_a_changed_address_does_not_get_what_the_old_one_said(feed, there, clinic):
    other = make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Bo Nadar, MD", slug="nadar")
    stale = state.choose(other, there.address)
    assert [read_next(now=MONDAY) for _n in range(3)] == [1, 1, 0]
    assert read_next(now=MONDAY + timedelta(minutes=5)) == 1
    state.choose(other, there.address + "?new")
    assert write_busy(stale, [(local(2026, 12, 4, 9), local(2026, 12, 4, 10))], now=MONDAY) == []
    assert ("12-04", 540, 600) not in busy()
