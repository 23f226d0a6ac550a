"""Staff who may only look write nothing: not by any form of the site, not by any action of a list."""

from http.cookies import SimpleCookie

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from tests.html_forms import forms_of
from tests.whole_database import changed, rows_of_every_table, writing
from tests.whole_practice import signed_in

pytestmark = pytest.mark.once
OWN = ("/admin/login/", "/admin/logout/", "/admin/account/", "/admin/password_change/")  # of their own sign-in
ALLOWED = {"/admin/desk/keys/": "booking_clerksetting"}  # the own shortcut keys


def real_forms(practice, root) -> list[tuple[str, dict]]:
    """What the buttons of all staff pages send: to which address, and what."""
    found = {}
    for address in practice.addresses().values():
        page = root.get(address)
        if page.status_code == 200 and page["Content-Type"].startswith("text/html"):
            for form in forms_of(page.text, address):
                for to, data in form.sent() if form.method == "post" else []:
                    found[to, *sorted(data)] = (to, data)
    return [(to, data) for to, data in found.values() if to.startswith("/admin/") and not to.startswith(OWN)]


def list_forms() -> list[tuple[str, dict]]:
    """Actions of a list and its editing in place, as one would make them up."""
    actions, made = ("delete_selected", "publish_chosen"), []
    for model in admin.site._registry:
        row, to = model.objects.order_by("pk").first(), f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        chosen = {"_selected_action": [row.pk], "index": ["0"], "select_across": ["1"], "post": ["yes"]}
        edited = {"form-TOTAL_FORMS": ["1"], "form-INITIAL_FORMS": ["1"], "form-0-id": [row.pk], "_save": ["Save"]}
        made += [(reverse(f"{to}changelist"), chosen | {"action": [action]}) for action in actions]
        made += [(reverse(f"{to}changelist"), edited | {"form-0-name": ["x"], "form-0-status": ["new"]})]
        made += [(reverse(f"{to}delete", args=[row.pk]), {"post": ["yes"]})]
    return made


def writes(browser, forms: list[tuple[str, dict]]) -> set[str]:
    """The addresses by which this browser writes."""
    found, signed_in_by = set(), {name: cookie.value for name, cookie in browser.cookies.items()}
    for to, data in forms:
        browser.cookies = SimpleCookie(signed_in_by)
        with writing() as statements:
            browser.post(to, data).getvalue()  # a file is read to its end, which closes it
        found |= {to} if statements else set()
    return found


def test_who_may_only_look_writes_nothing_by_any_form_of_the_staff_site(whole_practice):
    root, viewer = signed_in(User.objects.create_superuser("root")), whole_practice.staff["viewer"]
    forms = real_forms(whole_practice, root) + list_forms()
    assert len({to for to, _data in forms}) > 120
    before = rows_of_every_table()
    assert writes(viewer, forms) == set(ALLOWED)
    assert changed(before) == sorted(ALLOWED.values())
    assert len(writes(root, forms[::4])) > 8  # the same forms write for somebody who may
