"""Users and roles: one form, no trap, and no role that is given quietly."""

import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from booking.notifications import outbox
from booking.roles import CLINICIAN, DESK, EDITOR, LEAD, MANAGER
from clinic.models import AccountChange, Practitioner, StaffMessage
from tests.builders import group, later, make_clerk
from tests.pages import words

pytestmark = pytest.mark.django_db
ADD = reverse("admin:auth_user_add")
PASSWORD = "a lantern on the pier"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def lead(clinic):
    return make_clerk(LEAD, email="lead@example.org")


def change_page(user):
    return reverse("admin:auth_user_change", args=[user.pk])


def new_person(*roles, **changes):
    data = {
        "username": "sam", "first_name": "Sam", "last_name": "Ortiz", "email": "sam@example.org",
        "groups": [group(role).pk for role in roles],
    }  # fmt: skip
    return data | changes


def as_posted(user, *roles, **changes):
    data = {
        "username": user.username, "first_name": user.first_name, "email": user.email, "is_active": "on",
        "groups": [group(role).pk for role in roles],
    }  # fmt: skip
    return {name: value for name, value in (data | changes).items() if value is not None}


# -- one form


def test_a_manager_makes_a_person_with_a_role_who_chooses_a_password_by_the_invitation(client, manager):
    added = client.post(ADD, new_person(DESK), follow=True)
    assert "An email with a link to choose a password goes to sam@example.org." in words(added)
    assert added.redirect_chain[-1][0] == reverse("admin:auth_user_changelist")
    sam = User.objects.get(username="sam")
    assert (sam.get_full_name(), sam.email, sam.groups.get().name) == ("Sam Ortiz", "sam@example.org", DESK)
    assert not sam.has_usable_password()
    deliver(now=later(minutes=1))
    invitation = next(letter for letter in mail.outbox if letter.to == ["sam@example.org"])
    door = Client()
    form = door.get(re.search(r"http\S+(/admin/\S+)", invitation.body)[1], follow=True)
    door.post(form.request["PATH_INFO"], {"new_password1": PASSWORD, "new_password2": PASSWORD})
    door.post("/admin/login/", {"username": "sam", "password": PASSWORD})
    assert door.get("/admin/desk/").status_code == 200


@pytest.mark.parametrize("left_out", ["first_name", "email", "groups"])
def test_a_person_without_a_name_an_email_or_a_role_is_not_made(client, manager, left_out):
    assert "This field is required." in words(
        client.post(ADD, new_person(**({"groups": [group(DESK).pk]} | {left_out: []})))
    )
    assert not User.objects.filter(username="sam").exists()


def test_a_provider_is_linked_in_the_same_form_and_lands_on_the_own_day(client, manager, clinic):
    client.post(ADD, new_person(CLINICIAN, practitioner=clinic.practitioner.pk))
    assert User.objects.get(username="sam").practitioner == clinic.practitioner
    sam = User.objects.get(username="sam")
    sam.set_password(PASSWORD)
    sam.save()
    landed = Client().post("/admin/login/", {"username": "sam", "password": PASSWORD, "next": "/admin/"})
    assert landed["Location"] == "/admin/desk/my-day/"


def test_a_link_to_a_provider_is_kept_changed_and_taken_away(client, manager, clinic):
    other = Practitioner.objects.create(name="Dr. Other", slug="other")
    sam = make_clerk(CLINICIAN)
    for chosen in (clinic.practitioner, clinic.practitioner, other, None):
        client.post(change_page(sam), as_posted(sam, CLINICIAN, practitioner=chosen and chosen.pk))
        assert Practitioner.objects.filter(user=sam).first() == chosen


def test_a_provider_who_signs_in_as_somebody_else_cannot_be_taken_over(client, manager, clinic):
    Practitioner.objects.update(user=make_clerk(CLINICIAN))
    page = client.post(ADD, new_person(CLINICIAN, practitioner=clinic.practitioner.pk))
    assert "Select a valid choice" in words(page)
    assert not User.objects.filter(username="sam").exists()


def test_nobody_is_offered_a_provider_unasked(client, manager, clinic):
    assert 'name="practitioner"' in client.get(ADD).content.decode()
    assert f'<option value="{clinic.practitioner.pk}" selected' not in client.get(ADD).content.decode()


@pytest.mark.parametrize("root", [False, True], ids=["manager", "superuser"])
def test_no_form_has_a_box_for_staff_superuser_or_single_rights(client, manager, root):
    if root:
        client.force_login(User.objects.create_superuser("root"))
    sam = make_clerk()
    for page in (ADD, change_page(sam)):
        html = client.get(page).content.decode()
        assert 'name="groups"' in html
        assert not any(f'name="{name}"' in html for name in ("is_staff", "is_superuser", "user_permissions"))
    client.post(change_page(sam), as_posted(sam, DESK, is_superuser="on", is_staff="", user_permissions=["1"]))
    sam.refresh_from_db()
    assert (sam.is_staff, sam.is_superuser, sam.user_permissions.exists()) == (True, False, False)


def test_a_person_whom_the_staff_box_locked_out_is_let_in_by_the_one_switch(client, manager):
    sam = make_clerk(is_staff=False)
    assert "checked" not in client.get(change_page(sam)).content.decode().partition('name="is_active"')[2][:60]
    client.post(change_page(sam), as_posted(sam, DESK, is_active=None))
    sam.refresh_from_db()
    assert (sam.is_active, sam.is_staff) == (False, False)
    client.post(change_page(sam), as_posted(sam, DESK))
    sam.refresh_from_db()
    assert (sam.is_active, sam.is_staff) == (True, True)


def test_the_list_says_who_has_which_roles_without_a_query_for_each(client, manager, django_assert_num_queries):
    make_clerk(DESK, username="sam")
    path = reverse("admin:auth_user_changelist")
    assert "Front desk" in words(client.get(path))
    with django_assert_num_queries(8):
        client.get(path)
    for _ in range(30):
        make_clerk(LEAD)
    with django_assert_num_queries(8):
        client.get(path)


@pytest.mark.parametrize("role", [DESK, LEAD, CLINICIAN, "Content editor"])
def test_only_a_manager_makes_people(client, clinic, role):
    client.force_login(make_clerk(role))
    assert client.post(ADD, new_person(DESK)).status_code == 403
    assert client.post(change_page(make_clerk()), {"groups": []}).status_code == 403
    assert not User.objects.filter(username="sam").exists()


@pytest.mark.parametrize("linked", [False, True])
def test_a_manager_can_look_at_a_superuser_and_change_nothing(client, manager, clinic, linked):
    root = User.objects.create_superuser("root", first_name="Olga")
    Practitioner.objects.update(user=root if linked else None)
    page = client.get(change_page(root))
    assert page.status_code == 200
    assert "Olga" in words(page)
    assert client.post(change_page(root), as_posted(root, CLINICIAN)).status_code == 403
    assert not root.groups.exists()


# -- never quietly


def test_a_manager_who_takes_the_clinicians_signature_is_in_the_history_on_the_leads_page_and_in_their_mail(
    client, manager, lead
):
    client.post(change_page(manager), as_posted(manager, MANAGER, CLINICIAN))
    change = AccountChange.objects.get()
    assert (change.user, change.by, change.role, change.kind) == (manager, manager, CLINICIAN, "given")
    sentence = f"{manager.first_name} gave {manager.first_name} the role Clinician"
    assert sentence in words(client_of(lead).get("/admin/"))
    deliver(now=later(minutes=1))
    letter = mail.outbox[0]
    assert letter.to == ["lead@example.org"]
    assert letter.subject == "Lantern Pier: an account was changed"
    assert sentence in letter.body
    assert "can sign treatment pages" in letter.body
    assert "/admin/clinic/accountchange/" in letter.body


def deliver(now):
    outbox.deliver_due(clock=lambda: now, rows=StaffMessage.objects.select_related("user", "about"))


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_new_person_with_a_role_is_told_too(client, manager, lead):
    client.post(ADD, new_person(DESK, CLINICIAN))
    assert set(AccountChange.objects.values_list("role", "kind")) == {(DESK, "given"), (CLINICIAN, "given")}


def test_a_form_that_changes_no_role_tells_nobody(client, manager, lead):
    sam = make_clerk(DESK)
    client.post(change_page(sam), as_posted(sam, DESK, last_name="Ortiz"))
    assert not AccountChange.objects.exists()


def test_a_new_password_for_somebody_else_is_told_because_it_lets_one_sign_as_them(client, manager, lead):
    ada = make_clerk(CLINICIAN, first_name="Ada")
    page = reverse("admin:auth_user_password_change", args=[ada.pk])
    client.get(page)
    client.post(page, {"password1": "short", "password2": "short"})
    assert not AccountChange.objects.exists()
    client.post(page, {"password1": PASSWORD, "password2": PASSWORD})
    assert f"{manager.first_name} set a new password for Ada" in words(client_of(lead).get("/admin/"))
    deliver(now=later(minutes=1))
    assert "set a new password for Ada" in mail.outbox[0].body
    assert "can sign treatment pages" not in mail.outbox[0].body


def test_the_user_too_is_told_of_a_password_that_somebody_else_set(client, manager):
    sam = make_clerk(DESK, email="sam@example.org")
    page = reverse("admin:auth_user_password_change", args=[sam.pk])
    client.post(page, {"password1": PASSWORD, "password2": PASSWORD})
    assert StaffMessage.objects.get(user=sam).kind == "changed"


def test_another_email_of_somebody_is_told_without_the_address(client, manager, lead):
    ada = make_clerk(CLINICIAN, first_name="Ada", email="ada@example.org")
    client.post(change_page(ada), as_posted(ada, CLINICIAN, email="lena@example.org"))
    page = words(client_of(lead).get("/admin/"))
    assert f"{manager.first_name} changed the email address of Ada" in page
    assert "lena@example.org" not in page


def test_a_role_that_is_taken_away_is_told(client, manager, lead):
    sam = make_clerk(DESK, first_name="Sam")
    client.post(change_page(sam), as_posted(sam))
    assert f"{manager.first_name} took the role Front desk from Sam" in words(client_of(lead).get("/admin/"))


@pytest.mark.parametrize("role", [DESK, CLINICIAN, "Content editor"])
def test_changes_of_roles_are_for_leads_and_managers(client, manager, role):
    client.post(change_page(manager), as_posted(manager, MANAGER, CLINICIAN))
    page = client_of(make_clerk(role)).get("/admin/")
    assert "the role Clinician" not in words(page)
    assert client_of(make_clerk(role)).get("/admin/clinic/accountchange/").status_code == 403


@pytest.mark.parametrize("name", ["manager", "root"])
def test_nobody_can_change_or_delete_the_history_of_roles(client, manager, name):
    client.post(change_page(manager), as_posted(manager, MANAGER, CLINICIAN))
    if name == "root":
        client.force_login(User.objects.create_superuser("root"))
    kept = AccountChange.objects.get().pk
    page = reverse("admin:clinic_accountchange_change", args=[kept])
    assert client.get(page).status_code == 200
    assert client.post(page, {"role": DESK}).status_code == 403
    assert client.post(reverse("admin:clinic_accountchange_delete", args=[kept]), {"post": "yes"}).status_code == 403
    assert AccountChange.objects.get().role == CLINICIAN


def test_the_start_page_tells_it_for_two_weeks(client, manager, lead, time_machine):
    client.post(change_page(manager), as_posted(manager, MANAGER, CLINICIAN))
    for moment, is_told in ((later(days=14, seconds=-1), True), (later(days=14), False)):
        time_machine.move_to(moment, tick=False)
        assert ("the role Clinician" in words(client_of(lead).get("/admin/"))) is is_told


def test_a_lead_without_email_or_who_has_left_gets_no_mail(client, manager):
    make_clerk(LEAD)
    make_clerk(LEAD, email="gone@example.org", is_active=False)
    client.post(change_page(manager), as_posted(manager, MANAGER, CLINICIAN))
    deliver(now=later(minutes=1))
    assert mail.outbox == []


# -- what ends sessions


def test_somebody_who_left_is_signed_out_for_good_even_if_they_come_back(client, manager):
    sam = make_clerk(DESK)
    unused, used = client_of(sam), client_of(sam)
    for each in (unused, used):
        assert each.get("/admin/desk/").status_code == 200
    client.post(change_page(sam), as_posted(sam, DESK, is_active=None))
    assert used.get("/admin/desk/").status_code == 302
    client.post(change_page(sam), as_posted(sam, DESK))
    assert used.get("/admin/desk/").status_code == 302
    assert unused.get("/admin/desk/").status_code == 302
    assert client_of(sam).get("/admin/desk/").status_code == 200


def test_a_role_that_is_taken_away_ends_live_sessions_at_the_next_request(client, manager):
    sam = make_clerk(DESK)
    sam.groups.add(group(LEAD))
    live = client_of(sam)
    assert live.get("/admin/desk/").status_code == 200
    client.post(change_page(sam), as_posted(sam, DESK))
    assert live.get("/admin/desk/").status_code == 302
    assert client_of(sam).get("/admin/desk/").status_code == 200


def test_a_role_that_is_given_ends_no_session(client, manager):
    sam = make_clerk(DESK)
    live = client_of(sam)
    live.get("/admin/desk/")
    client.post(change_page(sam), as_posted(sam, DESK, LEAD))
    assert live.get("/admin/desk/").status_code == 200


def test_a_role_that_needs_a_second_step_ends_the_sessions_that_had_none(client, manager, settings):
    settings.SECOND_FACTOR_EXEMPT_ROLES = [EDITOR]
    wim = make_clerk(EDITOR)
    live = client_of(wim)
    assert live.get("/admin/").status_code == 200
    client.post(change_page(wim), as_posted(wim, EDITOR, MANAGER))
    assert live.get("/admin/").status_code == 302


def test_a_password_that_a_manager_sets_ends_live_sessions_at_the_next_request(client, manager):
    sam = make_clerk(DESK)
    sam.set_password("an older one of theirs")
    sam.save()
    live = client_of(sam)
    live.get("/admin/desk/")
    client.post(
        reverse("admin:auth_user_password_change", args=[sam.pk]), {"password1": PASSWORD, "password2": PASSWORD}
    )
    assert live.get("/admin/desk/").status_code == 302
