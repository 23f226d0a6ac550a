"""The second step: set up at the first sign-in, asked for at every other, each code good for once."""

import multiprocessing
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from clinic.accounts.second_step import requirement
from clinic.models import RateLimitCounter, StaffMessage
from tests.clinic.accounts.signing_in import KEY, PASSWORD, code, is_in, recovery_code
from tests.pages import words

CODE_PAGE, SET_UP, CODES = "/admin/login/second-step/", "/admin/login/set-up/", "/admin/login/recovery-codes/"


@pytest.fixture(autouse=True)
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = True


@pytest.fixture
def enrolled(rosa):
    """Rosa, with an app and recovery codes."""
    TOTP.activate(rosa, KEY)
    RecoveryCodes.activate(rosa)
    return rosa


def shown_key(answer):
    return re.sub(r"\s", "", re.search(r'setup-key">([^<]+)<', answer.content.decode())[1])


# -- the first sign-in


def test_the_first_sign_in_sets_the_second_step_up_and_leads_to_the_desk(client, post, rosa):
    assert post(next="/admin/desk/")["Location"] == SET_UP
    assert not is_in(client)
    key = shown_key(client.get(SET_UP))
    assert client.post(SET_UP, {"code": code(key)})["Location"] == CODES
    shown = client.get(CODES).content.decode()
    assert all(each in shown for each in Authenticator.objects.get(type="recovery_codes").wrap().generate_codes())
    assert not is_in(client)
    assert client.post(CODES)["Location"] == "/admin/desk/"
    assert client.get("/admin/desk/").status_code == 200


def test_a_page_that_is_loaded_again_shows_the_same_key(client, post, rosa):
    post()
    key = shown_key(client.get(SET_UP))
    assert shown_key(client.get(SET_UP)) == key
    assert shown_key(client.post(SET_UP, {"code": "000000"})) == key


def test_nobody_passes_the_set_up_without_a_right_code(client, post, rosa):
    post()
    client.get(SET_UP)
    assert "That code did not match." in words(client.post(SET_UP, {"code": "000000"}))
    assert client.post(CODES)["Location"] == SET_UP
    assert client.get("/admin/desk/").status_code == 302
    assert not Authenticator.objects.exists()


def test_a_sign_in_from_before_the_set_up_cannot_use_it(post, rosa):
    one, other = Client(), Client()
    for each in (one, other):
        each.post("/admin/login/", {"username": "rosa", "password": PASSWORD})
    key, stale = shown_key(one.get(SET_UP)), shown_key(other.get(SET_UP))
    one.post(SET_UP, {"code": code(key)})
    assert other.get(CODES)["Location"] == SET_UP
    assert other.post(SET_UP, {"code": code(stale)})["Location"] == "/admin/login/"
    assert not is_in(other)


@pytest.mark.parametrize("address", [CODE_PAGE, SET_UP, CODES])
def test_the_pages_of_the_second_step_are_closed_without_the_first(client, clinic, address):
    for answer in (client.get(address), client.post(address, {"code": "123456"})):
        assert answer["Location"] == "/admin/login/"


def test_the_page_with_the_key_holds_to_the_policy_and_is_never_stored(client, post, rosa):
    post()
    shown = client.get(SET_UP)
    assert "unsafe" not in shown["Content-Security-Policy"]
    assert "no-store" in shown["Cache-Control"]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", shown.content.decode())


# -- every other sign-in


def test_a_password_alone_leads_to_the_code_and_not_in(client, post, enrolled):
    assert post()["Location"] == CODE_PAGE
    assert client.get("/admin/desk/").status_code == 302
    assert client.get(SET_UP)["Location"] == "/admin/login/"
    assert client.post(CODE_PAGE, {"code": code()})["Location"] == "/admin/"
    assert is_in(client)


def test_a_code_may_be_typed_in_two_groups_and_half_a_minute_late(client, post, enrolled):
    late = code(steps=-1)
    post()
    client.post(CODE_PAGE, {"code": f" {late[:3]} {late[3:]}"})
    assert is_in(client)


@pytest.mark.parametrize("typed", ["", "000000", "abc", "1" * 41, "１２３４５６", "12345\u2028"])
def test_a_wrong_code_does_not_lead_in(client, post, enrolled, typed):
    post()
    assert client.post(CODE_PAGE, {"code": typed}).status_code == 200
    assert client.post(CODE_PAGE, {}).status_code == 200
    assert not is_in(client)


def test_a_code_works_once(client, post, enrolled):
    for expected in (True, False):
        post()
        client.post(CODE_PAGE, {"code": code()})
        assert is_in(client) == expected
        client.logout()


def test_the_code_of_the_set_up_does_not_sign_in(client, post, rosa):
    post()
    key = shown_key(client.get(SET_UP))
    client.post(SET_UP, {"code": code(key)})
    client.session.flush()
    post()
    client.post(CODE_PAGE, {"code": code(key)})
    assert not is_in(client)


def test_each_recovery_code_works_once(client, post, enrolled):
    used = recovery_code(enrolled, 3)
    for expected in (True, False):
        post()
        client.post(CODE_PAGE, {"code": used})
        assert is_in(client) == expected
        client.logout()


def test_a_recovery_code_that_was_used_is_gone_the_next_day_too(client, post, enrolled, at):
    used = recovery_code(enrolled, 3)
    for day, expected in ((23, True), (24, False)):
        at(f"2026-11-{day} 10:10")
        post()
        client.post(CODE_PAGE, {"code": used})
        assert is_in(client) == expected
        client.logout()


def test_ten_wrong_codes_lock_the_code(client, post, enrolled):
    post()
    for _ in range(10):
        client.post(CODE_PAGE, {"code": "000000"}, REMOTE_ADDR="192.0.2.1")
    answer = client.post(CODE_PAGE, {"code": code()}, REMOTE_ADDR="192.0.2.1")
    assert "Too many wrong tries. Wait 15 minutes" in words(answer)
    assert not is_in(client)


def test_a_password_is_good_for_a_quarter_of_an_hour_without_its_code(client, post, enrolled, at):
    at("2026-11-23 10:10")
    post()
    at("2026-11-23 10:26")
    assert client.post(CODE_PAGE, {"code": code()})["Location"] == "/admin/login/"


# -- trusted computers


def test_a_trusted_computer_is_asked_again_after_twelve_hours(client, post, enrolled, at):
    at("2026-11-23 09:00")
    post()
    client.post(CODE_PAGE, {"code": code(), "trust": "on"})
    assert client.cookies["trusted"]["httponly"]
    client.post("/admin/logout/")
    at("2026-11-23 20:59")
    assert post()["Location"] == "/admin/"
    client.post("/admin/logout/")
    at("2026-11-23 21:01")
    assert post()["Location"] == CODE_PAGE


def test_trust_ends_with_the_password_and_is_of_one_user(client, post, enrolled, make_user):
    TOTP.activate(make_user("dmitri"), KEY)
    post()
    client.post(CODE_PAGE, {"code": code(), "trust": "on"})
    client.post("/admin/logout/")
    assert post("dmitri")["Location"] == CODE_PAGE
    enrolled.set_password("another long password")
    enrolled.save()
    assert post(password="another long password")["Location"] == CODE_PAGE


# -- who needs it


@pytest.mark.parametrize(
    ("roles", "exempt", "needed"),
    [
        (["Front desk"], [], True),
        ([], ["Front desk"], True),
        (["Content editor"], ["Content editor"], False),
        (["Content editor", "Manager"], ["Content editor"], True),
    ],
)
def test_every_role_needs_it_that_no_setting_exempts(make_user, settings, roles, exempt, needed):
    settings.SECOND_FACTOR_EXEMPT_ROLES = exempt
    user = make_user(role=roles[0] if roles else None)
    for role in roles[1:]:
        user.groups.add(type(user.groups.first()).objects.get(name=role))
    assert requirement.is_required(user) == needed


def test_no_setting_exempts_a_superuser(make_user, settings):
    settings.SECOND_FACTOR_EXEMPT_ROLES = ["Content editor"]
    assert requirement.is_required(make_user(role="Content editor", is_superuser=True))


def test_without_the_setting_only_those_who_set_it_up_are_asked(client, post, rosa, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    assert post()["Location"] == "/admin/"
    client.logout()
    TOTP.activate(rosa, KEY)
    assert post()["Location"] == CODE_PAGE


# -- secrets


def test_a_key_is_stored_encrypted_and_opens_with_an_older_secret_key(client, post, enrolled, settings):
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert KEY not in str(list(Authenticator.objects.values_list("data")))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]
    post()
    client.post(CODE_PAGE, {"code": code()})
    assert is_in(client)
    renewed = Authenticator.objects.get(type="totp")
    assert renewed.data["secret"] != kept
    settings.SECRET_KEY_FALLBACKS = []
    assert renewed.wrap().validate_code(code(steps=1))


def sessions():
    return str([row.get_decoded() for row in Session.objects.all()])


def test_no_session_holds_the_key_in_clear_and_after_the_set_up_none_holds_it(client, post, rosa):
    post()
    key = shown_key(client.get(SET_UP))
    assert "mfa.totp.secret" in sessions()
    assert key not in sessions()
    client.post(SET_UP, {"code": code(key)})
    assert "mfa.totp.secret" not in sessions()
    assert not RateLimitCounter.objects.filter(key__contains=code(key)).exists()


# -- two processes


def use_code(start, answers, typed):
    connection.close()
    client = Client()
    client.post("/admin/login/", {"username": "rosa", "password": PASSWORD})
    start.wait(timeout=20)
    client.post(CODE_PAGE, {"code": typed})
    answers.put(is_in(client))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_two_processes_with_one_code_one_gets_in(enrolled, kind):
    typed = code() if kind == "app" else recovery_code(enrolled)
    connection.close()  # a forked child must not share it
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(2), fork.Queue()
    children = [fork.Process(target=use_code, args=(start, answers, typed)) for _ in range(2)]
    for child in children:
        child.start()
    assert sorted(answers.get(timeout=60) for _ in children) == [False, True]
    for child in children:
        child.join()


# -- a user's own pages

OWN = ("second-step/", "app/", "app/remove/", "codes/", "codes/new/", "password/")


def confirm(client):
    client.post("/admin/account/password/", {"password": PASSWORD})


@pytest.mark.parametrize("address", OWN)
def test_a_users_own_pages_are_closed_to_visitors(client, clinic, address):
    for answer in (client.get(f"/admin/account/{address}"), client.post(f"/admin/account/{address}", {"code": "1"})):
        assert answer["Location"].startswith("/admin/login/?next=/admin/account/")


@pytest.mark.parametrize(
    ("address", "refused_to"),
    [("app/remove/", "/admin/account/password/"), ("codes/new/", "/admin/account/password/"), ("codes/", "")],
)
def test_a_change_asks_for_the_password_again(client, enrolled, address, refused_to):
    client.force_login(enrolled)
    assert client.get(f"/admin/account/{address}")["Location"].startswith("/admin/account/password/")
    assert client.post(f"/admin/account/{address}").headers.get("Location", "").startswith(refused_to)
    assert Authenticator.objects.count() == 2


def test_the_password_is_asked_for_within_the_limits(client, enrolled):
    client.force_login(enrolled)
    for _ in range(10):
        client.post("/admin/account/password/", {"password": "wrong"})
    assert "Too many wrong tries." in words(client.post("/admin/account/password/", {"password": PASSWORD}))


def test_a_required_second_step_cannot_be_taken_off(client, enrolled, settings):
    client.force_login(enrolled)
    confirm(client)
    assert "You need a second step." in words(client.post("/admin/account/app/remove/"))
    assert Authenticator.objects.filter(type="totp").exists()
    settings.REQUIRE_SECOND_FACTOR = False
    client.post("/admin/account/app/remove/")
    assert not Authenticator.objects.exists()


def test_new_recovery_codes_end_the_old_ones_and_the_user_is_told(
    client, post, enrolled, django_capture_on_commit_callbacks
):
    old = recovery_code(enrolled)
    client.force_login(enrolled)
    confirm(client)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/admin/account/codes/new/")
    assert StaffMessage.objects.filter(user=enrolled, kind="changed").exists()
    client.logout()
    post()
    client.post(CODE_PAGE, {"code": old})
    assert not is_in(client)


def test_looking_at_the_own_pages_changes_nothing(client, enrolled):
    client.force_login(enrolled)
    confirm(client)
    before = list(Authenticator.objects.order_by("pk").values())
    for page in OWN:
        client.get(f"/admin/account/{page}")
    assert recovery_code(enrolled) in words(client.get("/admin/account/codes/"))
    assert list(Authenticator.objects.order_by("pk").values()) == before


def test_my_account_leads_to_the_second_step_and_its_pages_to_the_way_out(client, enrolled):
    client.force_login(enrolled)
    assert 'href="/admin/account/second-step/"' in client.get("/admin/account/").content.decode()
    assert 'action="/admin/logout/"' in client.get("/admin/account/second-step/").content.decode()
