"""Passwords: long, not common, without the user's name; the same at every place where one is set."""

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from clinic.accounts import passwords
from clinic.models import StaffMessage
from tests.builders import make_clerk
from tests.pages import words

LONG, NEW = "a lantern on the pier", "another lantern on the pier"
ROSA = User(username="rosa.k", email="Rosa.Kowalski@example.org", first_name="Rosa")


def refusals(password, user=ROSA):
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        return [error.code for error in refusal.error_list]
    return []


@pytest.mark.once
@pytest.mark.parametrize(("password", "codes"), [("x" * 7 + "y" * 7, ["password_too_short"]), ("x" * 7 + "y" * 8, [])])
def test_a_password_has_at_least_fifteen_characters(password, codes):
    assert refusals(password) == codes


@pytest.mark.once
@pytest.mark.parametrize(("password", "codes"), [("qmvzkwt", ["password_too_short"]), ("qmvzkwtb", [])])
def test_eight_are_enough_beside_a_second_step(monkeypatch, password, codes):
    monkeypatch.setattr(ROSA, "pk", 1)
    monkeypatch.setattr(passwords, "is_set_up", lambda user: user is ROSA)
    monkeypatch.setattr(passwords, "is_required", lambda user: True)
    assert refusals(password) == codes
    assert refusals("qmvzkwtb", User(username="dmitri")) == ["password_too_short"]
    monkeypatch.setattr(passwords, "is_required", lambda user: False)  # the step may be taken off again
    assert refusals(password) == ["password_too_short"]


@pytest.mark.once
@pytest.mark.parametrize("password", ["only lower case letters", "273951684062739", "żółw żółw żółw żółw", " " * 20])
def test_there_are_no_rules_about_kinds_of_characters(password):
    assert refusals(password) == []


@pytest.mark.once
def test_a_common_password_is_refused(settings):
    settings.PASSWORD_LENGTH = 8
    assert refusals("password1") == ["password_too_common"]


@pytest.mark.once
@pytest.mark.parametrize("password", ["my ROSA.K is at the pier", "rosa.kowalski has a lantern", "the pier of rosa.k"])
def test_a_password_that_contains_the_username_or_email_is_refused(password):
    assert "password_has_name" in refusals(password)


@pytest.mark.once
def test_a_username_of_two_letters_is_part_of_many_words_and_refuses_none():
    assert refusals(LONG, User(username="pi")) == []


@pytest.mark.once
def test_the_rules_are_said_beside_the_field():
    said = " ".join(password_validators_help_texts())
    assert "Use at least 15 characters." in said
    assert "Don’t use your username or email in it." in said


# -- every place that sets one


@pytest.fixture
def create_admin(db, monkeypatch, capsys):
    def create(password, username="lena"):
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
        call_command("createsuperuser", username=username)

    return create


@pytest.mark.parametrize("password", ["short", "lena on the long pier", "xxxxxxxyyyyyyy"])
def test_the_command_for_the_first_administrator_refuses_a_bad_password(create_admin, password):
    with pytest.raises(CommandError):
        create_admin(password)
    assert not User.objects.exists()


def test_the_command_for_the_first_administrator_creates_one(create_admin):
    create_admin(LONG)
    user = User.objects.get(username="lena")
    assert user.is_superuser
    assert user.is_staff
    assert user.check_password(LONG)


def test_the_command_asks_for_the_password_if_the_environment_has_none(db, monkeypatch, capsys):
    monkeypatch.delenv("DJANGO_SUPERUSER_PASSWORD", raising=False)
    monkeypatch.setattr("getpass.getpass", lambda: LONG)
    call_command("createsuperuser", username="lena")
    assert User.objects.get().check_password(LONG)


def test_the_command_refuses_a_name_that_is_taken(create_admin):
    create_admin(LONG)
    with pytest.raises(CommandError, match="already exists"):
        create_admin(LONG)


@pytest.fixture
def rosa(clinic):
    rosa = make_clerk(username="rosa")
    rosa.set_password(LONG)
    rosa.save()
    return rosa


def test_ones_own_new_password_is_held_to_the_same_rules(client, rosa):
    client.force_login(rosa)
    new = "rosa has a lantern"
    page = client.post("/admin/password_change/", {"old_password": LONG, "new_password1": new, "new_password2": new})
    assert "The password contains your username or email." in words(page)


def change(client, old):
    return client.post("/admin/password_change/", {"old_password": old, "new_password1": NEW, "new_password2": NEW})


def test_the_old_password_is_asked_for_within_the_limits(client, rosa):
    client.force_login(rosa)
    for _ in range(10):
        assert "Your old password was entered incorrectly" in words(change(client, "a wrong one"))
    assert "Too many wrong tries. Wait 15 minutes" in words(change(client, LONG))
    rosa.refresh_from_db()
    assert rosa.check_password(LONG)


def test_ones_own_new_password_is_mailed_to_oneself_and_signs_in(client, rosa):
    client.force_login(rosa)
    assert change(client, LONG)["Location"] == "/admin/password_change/done/"
    assert list(StaffMessage.objects.values_list("user", "kind")) == [(rosa.pk, "changed")]
    rosa.refresh_from_db()
    assert rosa.check_password(NEW)
    assert "Welcome" in words(client.get("/admin/"))


def test_a_password_that_a_manager_sets_is_held_to_the_same_rules(client, manager):
    rosa = make_clerk(username="rosa")
    new = "rosa has a lantern"
    page = client.post(f"/admin/auth/user/{rosa.pk}/password/", {"password1": new, "password2": new})
    assert "The password contains your username or email." in words(page)
