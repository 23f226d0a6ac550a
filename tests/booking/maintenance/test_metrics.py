"""/metrics: who finds it, what it says, and what it never says."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from booking import lifecycle
from booking.maintenance import health, metrics
from booking.models import AppointmentRequest, LastBackup
from clinic.metrics import responses
from tests.builders import make_clerk

TOKEN = "monitors-only-" + "k" * 32
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
WRONG = ["", f"Basic {TOKEN}", TOKEN, "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer \u00e9"]


def scraped(client, **more):
    """Each sample by its name and labels."""
    answer = client.get("/metrics", **more)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_nobody_finds_it_but_this_machine_and_whoever_has_the_token(client, db, settings):
    def status(**request):
        return client.get("/metrics", **request).status_code

    settings.SECURE_SSL_REDIRECT = True
    assert status() == status(headers={"host": "10.1.2.3:8000"}) == 200
    assert status(headers={"authorization": "Bearer "}, **ELSEWHERE) == 404  # there is no token, and this is not it
    settings.METRICS_TOKEN = TOKEN
    right = {"authorization": f"Bearer {TOKEN}"}
    assert status(headers=right, **ELSEWHERE) == status(headers=right | {"host": "10.1.2.3:8000"}, **ELSEWHERE) == 200
    for wrong in WRONG:
        assert status(headers={"authorization": wrong}, **ELSEWHERE) == 404, wrong
    for forged in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"):
        assert status(headers={forged: "127.0.0.1"}) == 404, "a proxy on this machine"
        assert status(headers={forged: "127.0.0.1"}, **ELSEWHERE) == 404, forged
    assert client.post("/metrics").status_code == 404


def test_it_tells_what_waits_and_for_how_long(client, clinic):
    now = timezone.now()
    assert not any("silent" in name or "backup" in name for name in scraped(client)), "there never was one"
    late, _other = clinic.appointment_request(), clinic.appointment_request()
    AppointmentRequest.objects.update(respond_by=now + timedelta(hours=1))
    AppointmentRequest.objects.filter(pk=late.pk).update(respond_by=now - timedelta(minutes=30))
    health.beat(now=now - timedelta(minutes=3))
    LastBackup.objects.create(taken_at=now - timedelta(hours=20))
    found = metrics.read(now=now + timedelta(minutes=5))
    assert found.pop("clinic_messages_overdue_seconds") >= 5 * 60
    assert found == {
        "clinic_database_up": 1,
        "clinic_pending_migrations": 0,
        "clinic_worker_silent_seconds": 8 * 60,
        "clinic_requests_waiting": 2,
        "clinic_requests_overdue_seconds": 35 * 60,
        "clinic_backup_age_seconds": 20 * 3600 + 5 * 60,
    }
    assert set(found) <= set(scraped(client))
    lifecycle.decline(late.pk, "other", "Call us.", by=lifecycle.staff(make_clerk()), now=now)
    after = metrics.read(now=now)
    assert (after["clinic_requests_waiting"], after["clinic_requests_overdue_seconds"]) == (1, 0)


def test_its_queries_do_not_grow_with_the_rows(client, clinic, django_assert_num_queries):
    client.get("/metrics")
    with django_assert_num_queries(7):
        client.get("/metrics")
    for _n in range(5):
        clinic.appointment_request()
    with django_assert_num_queries(7):
        client.get("/metrics")


def test_answers_are_counted_by_kind_of_page_and_status_and_nothing_else_of_the_address(client, clinic):
    kinds = set(responses.KINDS.values()) | {responses.PUBLIC}
    before = scraped(client)
    private = ["/visit/K7M4QX9PTR.1~SECRET/", "/request/june-tester/you/?name=june", "/admin/desk/patients/7/", "/june"]
    for path in [*private, "/healthz", "/danger-signs/"]:
        client.get(path, headers={"user-agent": "june"})
    after = scraped(client)
    grown = {name for name in after if name.startswith("clinic_responses_total") and after[name] > before.get(name, 0)}
    assert 'clinic_responses_total{kind="public",status="200"}' in grown
    assert {re.search(r'kind="(\w+)"', name)[1] for name in grown} >= {
        "patient",
        "request",
        "desk",
        "public",
        "monitor",
    }
    labels = {label for name in after for label in re.findall(r'(\w+="[^"]*")', name)}
    assert {label for label in labels if not re.fullmatch(r'status="\d{3}"|le="[\d.+Inf]+"', label)} <= {
        f'kind="{kind}"' for kind in kinds
    }
    for secret in ("SECRET", "june", "K7M"):
        assert secret not in client.get("/metrics").text
    public = 'clinic_response_seconds_count{kind="public"}'
    assert after[public] == before.get(public, 0) + 2


def test_while_the_database_is_away_it_says_so_and_still_tells_its_counts(client, db, monkeypatch):
    def broken(**_):
        raise OperationalError("june@example.org")

    monkeypatch.setattr(metrics, "read", broken)
    found = scraped(client)
    assert found["clinic_database_up"] == 0
    assert "clinic_requests_waiting" not in found
    assert any(name.startswith("clinic_responses_total") for name in found)


def test_the_alerts_ask_for_what_there_is(client, db):
    client.get("/healthz")
    there = {name.partition("{")[0] for name in scraped(client)} | set(metrics.EXPLAINED)
    told = (settings.BASE_DIR / "docs" / "operations.md").read_text().partition("### Metrics")[2].partition("\n## ")[0]
    named = set(re.findall(r"clinic_\w+", told))
    assert len(named) > 6
    assert named - there == set()


@pytest.mark.once
def test_counters_that_cannot_be_written_cost_no_page(client, db, monkeypatch):
    def full(*_):
        raise OSError("no space")

    monkeypatch.setattr(responses.answered, "labels", full)
    assert client.get("/healthz").status_code == 200
