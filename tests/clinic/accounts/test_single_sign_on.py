"""Single sign-on, against a provider on this machine: the whole way there and back."""

import re
from urllib.parse import urlsplit

import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clinic.accounts.sign_in.password_links import absolute
from clinic.models import StaffMessage
from tests import oidc
from tests.clinic.accounts.signing_in import KEY, is_in
from tests.pages import words

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def provider():
    with oidc.running_provider() as url:
        yield url


@pytest.fixture
def sso(settings, provider):
    """Where a user starts."""
    oidc.set_up(settings, provider)
    return oidc.START


@pytest.fixture
def lena(clinic):
    return User.objects.create(username="lena", email="lena@example.org", is_staff=True, password="!")


def way_back(client, start, subject, provider, **claims):
    """Sign in at the provider and return the address that it leads to."""
    requests.put(f"{provider}/users/{subject}", json=claims, timeout=10).raise_for_status()
    there = client.get(start)["Location"]
    back = requests.post(there, data={"sub": subject}, allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(back)
    return f"{parts.path}?{parts.query}"


def come_back(client, *how, **claims):
    """Sign in at the provider and return what our site answers."""
    return client.get(way_back(client, *how, **claims))


def accept(client, user):
    return client.get(urlsplit(absolute(user, StaffMessage.Kind.INVITATION)).path, follow=True)


def test_an_invited_user_comes_from_the_provider_and_then_signs_in_there(client, sso, lena, provider):
    assert "Sign in with Example" in words(accept(client, lena))
    assert come_back(client, sso, "subject-1", provider)["Location"] == "/admin/"
    assert client.session["_auth_user_id"] == str(lena.pk)
    client.logout()
    assert f'href="{sso}"' in client.get("/admin/login/").content.decode()
    come_back(client, f"{sso}?next=/admin/desk/", "subject-1", provider)
    assert client.session["_auth_user_id"] == str(lena.pk)


def test_the_same_email_alone_opens_nothing(client, sso, lena, make_user, provider):
    make_user("rosa", email="rosa@example.org")
    for email in ("lena@example.org", "rosa@example.org"):
        answer = come_back(client, sso, f"s-{email}", provider, email=email, email_verified=True)
        assert answer["Location"] == "/admin/login/"
        assert "No one has been invited with that account." in words(client.get("/admin/login/"))
        assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_an_invitation_links_one_account_and_no_second(client, sso, lena, provider):
    accept(client, lena)
    come_back(client, sso, "subject-2", provider)
    client.logout()
    accept(client, lena)
    come_back(client, sso, "subject-3", provider)
    assert not is_in(client)
    assert [account.uid for account in SocialAccount.objects.all()] == ["subject-2"]


def test_an_invitation_that_was_used_meanwhile_links_nothing(client, sso, lena, provider):
    accept(client, lena)
    lena.set_password("eleven herons wait at dusk")
    lena.save()
    come_back(client, sso, "subject-4", provider)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_an_invitation_is_open_for_a_quarter_of_an_hour(client, sso, lena, provider, at):
    at("2026-11-23 10:10")
    accept(client, lena)
    at("2026-11-23 10:26")
    come_back(client, sso, "subject-8", provider)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_who_left_is_not_let_in_by_the_provider(client, sso, lena, provider, change):
    SocialAccount.objects.create(user=lena, provider="sso-test", uid="subject-5")
    User.objects.filter(pk=lena.pk).update(**change)
    come_back(client, sso, "subject-5", provider)
    assert not is_in(client)


def test_the_second_step_is_the_providers(client, sso, lena, provider):
    SocialAccount.objects.create(user=lena, provider="sso-test", uid="subject-6")
    TOTP.activate(lena, KEY)
    assert come_back(client, sso, "subject-6", provider)["Location"] == "/admin/"
    assert is_in(client)


def test_who_comes_from_the_provider_is_offered_no_page_that_asks_for_a_password(client, sso, lena, provider):
    SocialAccount.objects.create(user=lena, provider="sso-test", uid="subject-9")
    come_back(client, sso, "subject-9", provider)
    page = client.get("/admin/account/second-step/", HTTP_HOST="localhost").content.decode()
    assert "You have no password here" in page
    assert not re.findall('href="(/admin/account/[^"]+)"', page)
    assert "password_change" not in client.get("/admin/account/").content.decode()


def test_another_issuer_or_domain_is_refused(client, sso, lena, provider, settings):
    SocialAccount.objects.create(user=lena, provider="sso-test", uid="subject-7")
    settings.OIDC_HOSTED_DOMAIN = "clinic.example.org"
    come_back(client, sso, "subject-7", provider, hd="elsewhere.example.org")
    assert "That account does not belong to this practice." in words(client.get("/admin/login/"))
    assert not is_in(client)
    come_back(client, sso, "subject-7", provider, hd="clinic.example.org")
    assert is_in(client)
    client.logout()
    settings.OIDC_ISSUER = "https://another.example.org"
    come_back(client, sso, "subject-7", provider, hd="clinic.example.org")
    assert not is_in(client)


def test_nobody_links_an_account_from_within_or_by_posting(client, sso, make_user, provider):
    client.force_login(make_user())
    assert client.get(f"{sso}?process=connect").status_code == 404
    assert client.post(sso).status_code == 404


@pytest.mark.parametrize("query", ["", "?code=x&state=forged", "?error=access_denied", "?error=server_error&state=x"])
def test_a_forged_or_canceled_way_back_leads_to_the_sign_in(client, sso, lena, query):
    assert client.get(f"{sso}callback/{query}")["Location"] == "/admin/login/"
    assert "You were not signed in." in words(client.get("/admin/login/"))


def test_a_way_back_that_began_in_another_browser_opens_nothing(client, sso, lena, provider):
    """Or somebody could be signed in as somebody else by a link."""
    SocialAccount.objects.create(user=lena, provider="sso-test", uid="subject-10")
    victim = Client()
    victim.get(sso)
    assert victim.get(way_back(client, sso, "subject-10", provider))["Location"] == "/admin/login/"
    assert not is_in(victim)


def test_a_provider_that_does_not_answer_is_no_error_page(client, sso, lena, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://localhost:9"
    assert client.get(sso)["Location"] == "/admin/login/"


def test_without_a_provider_there_is_nothing_to_open(client, clinic):
    for name in ("openid_connect_login", "openid_connect_callback"):
        assert client.get(reverse(name, args=["sso-test"])).status_code == 404
    assert "Sign in with" not in words(client.get("/admin/login/"))
