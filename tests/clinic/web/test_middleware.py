"""The edge middleware: headers on every response, our own page for every refusal, and never a plain 500."""

import logging
import math
import re
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpResponse
from django.test import Client

from booking.request_flow import home
from clinic import practice_info
from clinic.database.session_store import SessionStore
from clinic.web.middleware import EdgeMiddleware
from tests.builders import make_practice

pytestmark = pytest.mark.django_db
PHONE = "(718)\u00a0555-0142"
SENT = "/request/5d0b8f3e-6c1a-4f0e-9a57-2f4f3c1d9b10/sent/"
PAGES = ["/", "/procedures/", "/request/", "/visit/", "/admin/login/", "/admin/login/forgot/", "/nowhere/", "/healthz"]


def _gone(*_args, **_kwargs):
    raise OperationalError


@pytest.fixture(autouse=True)
def _practice():
    make_practice()


@pytest.mark.parametrize("path", PAGES)
def test_every_response_has_the_headers(client, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"


def test_every_answer_in_production_binds_the_browser_to_https(settings):
    settings.SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
    browser = Client()
    answers = [browser.get(path, secure=True) for path in [*PAGES, "/?a=%00", "/admin/desk/", "/visit/x/"]]
    answers += [
        browser.generic("TRACE", "/", secure=True),
        browser.post("/request/", b"{}", "application/json", secure=True),
    ]
    assert {answer.status_code for answer in answers} >= {200, 302, 400, 404, 405, 415}
    assert [answer for answer in answers if "max-age=63072000" not in answer.get("Strict-Transport-Security", "")] == []


@pytest.mark.parametrize("path", ["/request/", "/visit/", "/visit/x/", "/admin/login/", "/admin/desk/"])
def test_personal_pages_are_never_stored(client, path):
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "PROPFIND", "CONNECT"])
def test_unusual_methods_get_our_405(client, method):
    response = client.generic(method, "/request/")
    assert response.status_code == 405
    assert PHONE in response.text
    assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded; charset=utf-16", "application/json", "text/html; charset=x"]
)
@pytest.mark.parametrize("path", ["/request/", "/admin/login/", "/visit/"])
def test_another_content_type_gets_our_415(client, path, content_type):
    response = client.generic("POST", path, "a=b", content_type=content_type)
    assert response.status_code == 415
    assert PHONE in response.text


@pytest.mark.parametrize("address", ["/request/?from=%00", "/admin/login/?next=a%00b", "/procedures/a%00b/", "/?%00=1"])
def test_a_nul_in_a_url_gets_our_400(client, address):
    response = client.get(address)
    assert response.status_code == 400
    assert PHONE in response.text


@pytest.mark.parametrize("path", ["/request/", "/visit/", "/admin/login/"])
def test_a_nul_in_the_name_of_a_field_gets_our_400(client, path):
    response = client.post(path, {"fr\x00om": "a"})
    assert response.status_code == 400
    assert PHONE in response.text


URLENCODED, MULTIPART = "application/x-www-form-urlencoded", None


@pytest.mark.parametrize("content_type", [URLENCODED, MULTIPART])
@pytest.mark.parametrize("typed", ["K7M\x00-4QX", "\x00K7M-4QX", "K7M-4QX\x00\x00", "K\x007M-\x004QX"])
def test_a_nul_is_taken_out_of_what_was_typed_and_the_rest_is_shown_again(typed, content_type):
    browser = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/visit/").text)[1]
    data = {"reference": typed, "birth_date_year": "19\x0051", "csrfmiddlewaretoken": token}
    form = {"data": urlencode(data), "content_type": URLENCODED} if content_type else {"data": data}
    page = browser.post("/visit/", **form)
    assert page.status_code == 200
    assert 'value="K7M-4QX"' in page.text
    assert 'value="1951"' in page.text


def test_a_nul_does_not_replace_the_csrf_token():
    assert Client(enforce_csrf_checks=True).post("/visit/", {"reference": "K7M\x00"}).status_code == 403


def test_every_value_of_a_list_is_kept_without_its_nul(rf):
    seen = {}
    request = rf.post("/request/", {"needs": ["wal\x00ker", "vision"], "name": "June", "note": "\x00"})
    EdgeMiddleware(lambda request: seen.update(request.POST.lists()) or HttpResponse())(request)
    assert seen == {"needs": ["walker", "vision"], "name": ["June"], "note": [""]}


def test_a_body_that_is_too_large_gets_our_413(client):
    assert client.post("/request/", {"from": "x" * 1_000_000}).status_code == 413
    assert client.post("/request/", {f"f{n}": "" for n in range(5100)}).status_code == 413


def test_an_unknown_url_gets_our_404(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert PHONE in response.text


def test_a_form_without_its_token_gets_our_403(settings):
    response = Client(enforce_csrf_checks=True).post("/request/", {})
    assert response.status_code == 403
    assert PHONE in response.text


def test_an_unknown_host_gets_our_400(client):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_without_https_an_unknown_host_leads_to_the_site(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get("/team/", headers={"host": "evil.example"})
    assert (answer.status_code, answer["Location"]) == (301, f"https://{settings.SECURE_SSL_HOST}/team/")


def test_without_a_database_our_503_shows_the_phone(client, monkeypatch):
    client.get("/")  # the process has loaded its practice by now

    def gone(*_args, **_kwargs):
        raise OperationalError("server closed the connection: secret")

    monkeypatch.setattr(home, "takes_requests", gone)
    response = client.get("/")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert PHONE in response.text
    assert "secret" not in response.text


def test_the_error_page_needs_no_database_at_all(rf, monkeypatch, settings):
    settings.PRACTICE_PHONE = "+17185550142"
    practice_info.forget()
    monkeypatch.setattr(practice_info, "_read", lambda: (_ for _ in ()).throw(OperationalError("gone")))
    edge = EdgeMiddleware(lambda request: None)
    response = edge.process_exception(rf.get("/"), OperationalError("gone"))
    assert response.status_code == 503
    assert PHONE in response.text


def test_an_exception_gets_our_500_and_no_value_in_the_log(client, monkeypatch, caplog):
    def broken(*_args, **_kwargs):
        raise ValueError("June Demo, born 1951")

    monkeypatch.setattr(home, "takes_requests", broken)
    client.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        response = client.get("/")
    assert response.status_code == 500
    assert PHONE in response.text
    formatter = logging.getLogger("django").handlers[0].formatter
    printed = "\n".join(formatter.format(record) for record in caplog.records)
    assert "ValueError" in printed
    assert "June" not in printed


def test_public_pages_may_be_cached_only_with_revalidation(client):
    assert "no-cache" in client.get("/procedures/")["Cache-Control"]


def test_a_private_link_is_masked_in_the_log(client, caplog):
    with caplog.at_level(logging.WARNING):
        client.get("/visit/K7M4QX9PTR.1~secret/")
    formatter = logging.getLogger("django").handlers[0].formatter
    printed = "\n".join(formatter.format(record) for record in caplog.records)
    assert "/visit/.../" in printed
    assert "secret" not in printed


@pytest.mark.parametrize("path", ["/request/", "/visit/x/", "/admin/", "/admin/desk/"])
def test_a_nul_in_a_cookie_gets_our_400(client, path):
    answer = client.get(path, headers={"cookie": 'sessionid="\\000aaaaaaaaaaaa"'})
    assert answer.status_code == 400
    assert "(718)" in answer.text


@pytest.mark.parametrize("path", ["/request", "/appointment", "/procedures", "/nothing"])
def test_a_form_posted_to_a_url_without_its_slash_is_not_found(client, settings, path):
    settings.DEBUG = True
    answer = client.post(path, {"a": "b"})
    assert answer.status_code == 404
    assert "(718)" in answer.text


@pytest.mark.parametrize("path", ["/nothing/", "/procedures/nothing/", "/visit/nothing/"])
def test_the_demo_shows_our_404_too(client, settings, path):
    settings.DEBUG = True
    answer = client.get(path)
    assert answer.status_code == 404
    assert "(718)" in answer.text


@pytest.mark.parametrize("path", ["/procedures/", "/procedures/kyphoplasty/", SENT])
def test_a_post_to_a_read_only_page_gets_our_405(client, path):
    answer = client.post(path)
    assert answer.status_code == 405
    assert "(718)" in answer.text


def test_a_session_that_cannot_be_stored_gets_our_503(client, monkeypatch):
    monkeypatch.setattr("booking.request_flow.views.takes_requests", lambda: True)
    client.raise_request_exception = False
    monkeypatch.setattr(SessionStore, "save", _gone)
    answer = client.post("/request/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError, InternalError])
def test_a_database_that_is_lost_while_a_session_is_saved_again_gets_our_503(client, monkeypatch, kind):
    monkeypatch.setattr("booking.request_flow.views.takes_requests", lambda: True)
    client.raise_request_exception = False
    client.post("/request/")

    def lost(*_args, **_kwargs):
        raise kind

    monkeypatch.setattr("clinic.database.session_store.write", lost)
    answer = client.post("/request/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert PHONE in answer.text


def test_a_session_that_was_ended_meanwhile_is_no_loss_of_the_database(client, monkeypatch):
    monkeypatch.setattr("booking.request_flow.views.takes_requests", lambda: True)
    client.raise_request_exception = False
    client.post("/request/")
    monkeypatch.setattr(
        "clinic.database.session_store.write", lambda row: not Session.objects.filter(pk=row.pk).delete()
    )
    assert client.post("/request/").status_code == 400


@pytest.mark.parametrize("path", ["/nowhere/", "/?%00=1", "/procedures/nothing/", "/healthz"])
def test_no_error_page_is_stored_on_the_way(client, monkeypatch, path):
    monkeypatch.setattr("booking.maintenance.health.report", _gone)
    answer = client.get(path)
    assert answer.status_code >= 400
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_an_unavailable_database_is_tried_once_in_ten_seconds_and_the_last_copy_serves(monkeypatch, kind):
    reads = _failing(monkeypatch, kind)
    monkeypatch.setattr(practice_info, "_read_at", -math.inf)
    for _look in range(20):
        assert practice_info.practice_info().phone_display == PHONE
    assert reads == [1]


def test_a_process_that_never_read_the_practice_reads_it_as_soon_as_the_database_is_back(monkeypatch):
    with monkeypatch.context() as away:
        _failing(away, OperationalError)
        practice_info.forget()
        assert practice_info.practice_info().phone == ""
    assert practice_info.practice_info().phone_display == PHONE


def _failing(monkeypatch, kind):
    """What is appended to at each read, all of which fail."""
    practice_info.practice_info()
    reads = []

    def failing():
        reads.append(1)
        raise kind

    monkeypatch.setattr(practice_info, "_read", failing)
    return reads


@pytest.mark.parametrize("body", ["--x\r\nbroken", '--x\r\nContent-Disposition: form-data; name="a"; filename*=x\r\n'])
def test_a_broken_multipart_form_gets_our_page_with_all_headers(client, body):
    answer = client.post("/request/", body, content_type="multipart/form-data; boundary=")
    assert answer.status_code == 400
    assert "(718)" in answer.text
    for header in ("Permissions-Policy", "X-Frame-Options", "Content-Security-Policy"):
        assert header in answer.headers
    assert "no-store" in answer["Cache-Control"]
