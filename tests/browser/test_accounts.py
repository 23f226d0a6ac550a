"""The pages about users and the user's own account, looked at by axe."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from clinic.models import AccountChange
from tests.browser.checks import check


@pytest.mark.parametrize(
    "path", ["account/", "password_change/", "auth/user/", "auth/user/add/", "auth/user/{pk}/change/"]
)
def test_a_page_about_users_is_accessible(site, desk_page, clerk, path):
    clerk.groups.set(Group.objects.filter(name="Manager"))
    page = desk_page()
    page.goto(f"{site}/admin/{path.format(pk=clerk.pk)}")
    check(page, widths=(320, 1024, 1440))


def test_the_start_page_with_account_changes_is_accessible(site, desk_page, clerk):
    clerk.groups.set(Group.objects.filter(name="Desk lead"))
    for role in ("Clinician", "Manager"):
        at = timezone.now() - timedelta(hours=1)
        AccountChange.objects.create(user=clerk, by=clerk, role=role, kind="given", at=at)
    page = desk_page()
    page.goto(f"{site}/admin/")
    assert page.get_by_text("Dmitri gave Dmitri the role Clinician").is_visible()
    check(page, widths=(320, 1024, 1440))
