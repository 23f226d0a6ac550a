import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, Permission, User

from booking.roles import DESK, LEAD, RIGHTS, rights_of, sync_roles
from clinic.auth_backend import RightsBackend

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosa():
    sync_roles()
    user = User.objects.create(username="rosa", is_staff=True)
    user.groups.add(*Group.objects.filter(name__in=[DESK, LEAD]))
    user.user_permissions.add(Permission.objects.get(codename="view_user"))
    return user


def as_django(user):
    return ModelBackend().get_all_permissions(User.objects.get(pk=user.pk))


def test_permissions_are_those_that_django_would_find(rosa):
    expected = as_django(rosa)
    assert "auth.view_user" in expected
    assert "booking.confirm" in expected
    assert RightsBackend().get_user(rosa.pk).get_all_permissions() == expected


def test_who_has_none_may_do_nothing(rosa):
    rosa.groups.clear()
    rosa.user_permissions.clear()
    assert RightsBackend().get_user(rosa.pk).get_all_permissions() == set()


def test_permissions_come_with_the_user_however_often_they_are_checked(rosa, django_assert_num_queries):
    with django_assert_num_queries(1):
        user = RightsBackend().get_user(rosa.pk)
        assert user.has_perm("booking.confirm")
        assert not user.has_perm("booking.no_such_verb")
        assert user.has_module_perms("booking")


def test_a_revoked_permission_is_gone_at_the_next_click(client, rosa):
    client.force_login(rosa)
    assert client.get("/admin/desk/day/").status_code == 200
    rosa.groups.clear()
    assert client.get("/admin/desk/day/").status_code == 403


def test_inactive_users_are_nobody(rosa):
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    assert RightsBackend().get_user(rosa.pk) is None


def test_superusers_have_all_permissions(rosa, django_assert_num_queries):
    User.objects.filter(pk=rosa.pk).update(is_superuser=True)
    user = RightsBackend().get_user(rosa.pk)
    assert user.get_all_permissions() == as_django(rosa)
    with django_assert_num_queries(0):
        assert rights_of(user) == set(RIGHTS)


def test_anonymous_users_have_no_permissions():
    assert RightsBackend().get_all_permissions(AnonymousUser()) == set()
