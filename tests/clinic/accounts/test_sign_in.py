"""Name and password at /admin/login/, and which of allauth's pages exist."""

import re

import pytest
from django.conf import settings
from django.contrib import admin
from django.urls import get_resolver, resolve, reverse

from clinic.accounts.sign_in import views
from tests.builders import make_clerk
from tests.pages import words

pytestmark = pytest.mark.once


def test_the_right_name_and_password_lead_in(client, post, rosa):
    assert post()["Location"] == "/admin/"
    assert client.get("/admin/desk/").status_code == 200


def test_password_managers_know_each_field_and_nothing_forbids_to_paste(client, clinic, rosa):
    page = client.get("/admin/login/").text
    client.force_login(rosa)
    own = client.get("/admin/password_change/").text
    assert re.findall(r'autocomplete="(username|current-password)"', page) == ["username", "current-password"]
    assert re.findall(r'autocomplete="(\w+-password)"', own) == ["current-password", "new-password", "new-password"]
    scripts = [file.read_text() for file in (settings.BASE_DIR / "clinic" / "static").rglob("*.js")]
    assert not re.search("paste", "".join([page, own, *scripts]), re.IGNORECASE)


def test_a_sign_in_gets_a_new_session(client, post, rosa):
    client.get("/request/")
    client.session["kept"] = True
    before = client.session.session_key
    post()
    assert client.session.session_key != before


@pytest.mark.parametrize("wanted", ["https://evil.test/", "//evil.test/", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(client, post, rosa, wanted):
    assert post(next=wanted)["Location"] == "/admin/"
    assert wanted not in client.get("/admin/login/", {"next": wanted}).content.decode()


def test_signing_in_as_somebody_else_ends_the_first_session(client, post, rosa):
    client.force_login(make_clerk())
    first = client.session.session_key
    post()
    assert client.session["_auth_user_id"] == str(rosa.pk)
    assert not client.session.exists(first)


def test_a_user_who_is_signed_in_is_not_asked_again(client, post, rosa):
    client.force_login(rosa)
    assert client.get("/admin/login/")["Location"] == "/admin/"


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_who_is_no_longer_staff_reads_the_words_of_a_wrong_password(client, post, rosa, change):
    wrong = words(post(password="wrong"))
    type(rosa).objects.update(**change)
    assert words(post()) == wrong
    assert "_auth_user_id" not in client.session


def test_the_admins_own_sign_in_is_never_reached():
    assert resolve("/admin/login/").func is views.sign_in
    assert reverse("admin:login") == "/admin/login/"


def every_url(patterns, prefix=""):
    for each in patterns:
        route = prefix + str(each.pattern)
        yield from every_url(each.url_patterns, route) if hasattr(each, "url_patterns") else [(route, each.callback)]


def test_no_page_of_allauth_is_routed_but_those_of_our_list():
    theirs = {route for route, view in every_url(get_resolver().url_patterns) if view.__module__.startswith("allauth")}
    assert theirs == set()


@pytest.mark.parametrize("address", ["signup/", "login/signup/", "email/", "accounts/", "accounts/signup/"])
def test_there_is_no_sign_up(client, clinic, address):
    assert client.get(f"/admin/{address}").status_code in (302, 404)
    assert client.get(f"/{address}").status_code == 404


def test_the_admin_shows_no_table_of_allauth():
    assert not [model for model in admin.site._registry if model.__module__.startswith("allauth")]
