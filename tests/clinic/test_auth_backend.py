import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, Permission, User

from booking.roles import DESK, LEAD, sync_roles
from clinic.auth_backend import RightsBackend

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosa():
    sync_roles()
    user = User.objects.create(username="rosa", is_staff=True)
    user.groups.add(*Group.objects.filter(name__in=[DESK, LEAD]))
    user.user_permissions.add(Permission.objects.get(codename="view_user"))
    return user


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_permissions_are_those_that_django_would_find(rosa):
    expected = ModelBackend().get_all_permissions(fresh(rosa))
    assert "auth.view_user" in expected
    assert "booking.confirm" in expected
    assert RightsBackend().get_all_permissions(fresh(rosa)) == expected


def test_permissions_cost_one_query_however_often_they_are_checked(rosa, django_assert_num_queries):
    user = fresh(rosa)
    with django_assert_num_queries(1):
        assert user.has_perm("booking.confirm")
        assert not user.has_perm("booking.no_such_verb")
        assert user.has_module_perms("booking")


def test_a_revoked_permission_is_gone_at_the_next_click(client, rosa):
    client.force_login(rosa)
    assert client.get("/admin/desk/day/").status_code == 200
    rosa.groups.clear()
    assert client.get("/admin/desk/day/").status_code == 403


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": True}])
def test_inactive_users_have_no_permissions_and_superusers_have_all(rosa, change):
    User.objects.filter(pk=rosa.pk).update(**change)
    assert RightsBackend().get_all_permissions(fresh(rosa)) == ModelBackend().get_all_permissions(fresh(rosa))


def test_anonymous_users_have_no_permissions():
    assert RightsBackend().get_all_permissions(AnonymousUser()) == set()
