"""Links by which staff choose a password: forgotten, or the first one of an invited user."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.notifications import outbox
from clinic.accounts.sign_in import password_views
from clinic.models import StaffMessage
from tests.clinic.accounts.signing_in import KEY, PASSWORD, is_in
from tests.pages import words

NEW = "eleven herons wait at dusk"

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(password_views, "SAME_TIME", 0)


@pytest.fixture
def rosa(make_user):
    return make_user(email="rosa@example.org")


def forget(client, who="rosa"):
    return client.post("/admin/login/forgot/", {"who": who})


def mailed(mailoutbox):
    """The path of the link in the last mail, after the worker's round."""
    outbox.deliver_due(clock=timezone.now, rows=StaffMessage.objects.all())
    return re.search(r"https?://[^/]+(/admin/login/\S+)", mailoutbox[-1].body)[1]


def choose(client, link, password=NEW):
    form = client.get(link, follow=True)
    return client.post(form.request["PATH_INFO"], {"new_password1": password, "new_password2": password})


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(client, post, rosa, mailoutbox):
    forget(client)
    link = mailed(mailoutbox)
    assert choose(client, link)["Location"] == "/admin/login/"
    assert "This link no longer works" in words(client.get(link, follow=True))
    post(password=PASSWORD)
    assert not is_in(client)
    post(password=NEW)
    assert is_in(client)


def test_a_link_ends_after_twenty_minutes(client, rosa, mailoutbox, at):
    at("2026-11-23 10:10")
    forget(client)
    link = mailed(mailoutbox)
    at("2026-11-23 10:29")
    assert "Choose a password" in words(client.get(link, follow=True))
    client.session.flush()
    at("2026-11-23 10:31")
    assert "This link no longer works" in words(client.get(link, follow=True))


def test_the_address_of_the_form_holds_no_token_and_looking_changes_nothing(client, rosa, mailoutbox):
    forget(client)
    link = mailed(mailoutbox)
    shown = client.get(link, follow=True)
    assert shown.request["PATH_INFO"].endswith("/set-password/")
    assert User.objects.get(pk=rosa.pk).password == rosa.password


def test_the_kept_copy_has_no_link_and_no_table_holds_the_token(client, rosa, mailoutbox):
    forget(client)
    token = mailed(mailoutbox).split("/")[-2]
    kept = StaffMessage.objects.get()
    assert "(the private link)" in kept.sent_copy
    assert token not in str(StaffMessage.objects.values())


@pytest.mark.parametrize("who", ["nobody", "nobody@example.org", "gone", "no-email", "invited"])
def test_a_name_that_gets_no_mail_reads_the_same_page(client, rosa, make_user, who):
    make_user("gone", email="gone@example.org", is_active=False)
    make_user("no-email")
    User.objects.create(username="invited", email="invited@example.org", is_staff=True, password="!")
    known = words(forget(client))
    StaffMessage.objects.all().delete()
    assert words(forget(client, who)) == known
    assert not StaffMessage.objects.exists()


@pytest.mark.parametrize("who", ["ROSA", "Rosa@Example.org"])
def test_name_and_email_are_found_in_any_case(client, rosa, who):
    forget(client, who)
    assert StaffMessage.objects.get().user == rosa


def test_one_user_gets_three_links_an_hour_and_one_address_asks_twenty_times(client, rosa):
    answers = [forget(client).status_code for _ in range(21)]
    assert StaffMessage.objects.count() == 3
    assert answers == [200] * 20 + [429]


def test_a_new_password_ends_every_session_and_does_not_skip_the_second_step(client, post, rosa, mailoutbox):
    post()
    TOTP.activate(rosa, KEY)
    forget(client)
    choose(client, mailed(mailoutbox))
    assert client.get("/admin/desk/").status_code == 302
    assert post(password=NEW)["Location"] == "/admin/login/second-step/"


@pytest.mark.parametrize("switch", ["is_active", "is_staff"])
def test_the_link_of_somebody_who_left_opens_nothing(client, rosa, mailoutbox, switch):
    forget(client)
    link = mailed(mailoutbox)
    setattr(rosa, switch, False)
    rosa.save()
    choose(client, link)
    rosa.refresh_from_db()
    assert not rosa.check_password(NEW)


def test_a_short_password_is_refused(client, rosa, mailoutbox):
    forget(client)
    assert "Choose a password" in words(choose(client, mailed(mailoutbox), "short"))
    assert User.objects.get(pk=rosa.pk).check_password(PASSWORD)


def test_a_link_of_one_purpose_does_not_serve_the_other(client, rosa, mailoutbox):
    forget(client)
    link = mailed(mailoutbox).replace("/reset/", "/invitation/")
    assert "This link no longer works" in words(client.get(link, follow=True))


# -- what a manager does


@pytest.fixture
def act(manager, client):
    def choose_action(name, *users):
        data = {"action": name, "_selected_action": [user.pk for user in users]}
        return client.post(reverse("admin:auth_user_changelist"), data, follow=True)

    return choose_action


def test_an_invited_user_chooses_the_password_that_no_manager_knows(act, client, post, mailoutbox):
    lena = User.objects.create(username="lena", email="lena@example.org", is_staff=True, password="!")
    assert "Done for 1 user." in words(act("invite", lena))
    client.logout()
    choose(client, mailed(mailoutbox))
    post("lena", NEW)
    assert is_in(client)


def test_who_has_a_password_or_no_email_is_not_invited(act, rosa):
    without = User.objects.create(username="lena", is_staff=True, password="!")
    assert "Only users with an email and without a password" in words(act("invite", rosa, without))
    assert not StaffMessage.objects.exists()


def test_a_manager_resets_the_second_step_of_a_lost_phone_and_the_user_is_told(act, rosa, mailoutbox):
    TOTP.activate(rosa, KEY)
    act("reset_second_step", rosa)
    assert not Authenticator.objects.exists()
    outbox.deliver_due(clock=timezone.now, rows=StaffMessage.objects.all())
    assert "the way you sign in was changed" in mailoutbox[0].subject


def test_the_reset_of_a_lost_phone_signs_it_out(act, rosa):
    TOTP.activate(rosa, KEY)
    phone = Client()
    phone.force_login(rosa)
    assert phone.get("/admin/desk/").status_code == 200
    act("reset_second_step", rosa)
    assert phone.get("/admin/desk/").status_code == 302


def test_a_manager_resets_neither_the_own_second_step_nor_a_superusers(act, manager, make_user):
    root = make_user("root", is_superuser=True)
    for user in (manager, root):
        TOTP.activate(user, KEY)
    act("reset_second_step", manager, root)
    assert Authenticator.objects.count() == 2


def test_the_desk_resets_nobodys_second_step(client, rosa, make_user):
    TOTP.activate(rosa, KEY)
    client.force_login(make_user("dmitri"))
    data = {"action": "reset_second_step", "_selected_action": [rosa.pk]}
    assert client.post(reverse("admin:auth_user_changelist"), data).status_code == 403
    assert Authenticator.objects.exists()
