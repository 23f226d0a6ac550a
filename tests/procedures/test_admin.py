"""Editors write, publishers publish, nobody changes what was shown."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from procedures.models import Procedure, PublishedVersion


def sign_in(client, django_user_model, *codenames):
    user = django_user_model.objects.create(username="person", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="procedures", codename__in=codenames))
    client.force_login(user)
    return user


WRITE = [
    f"{verb}_{model}"
    for verb in ("view", "add", "change", "delete")
    for model in ("procedure", "section", "risk", "source")
]


def form_of(client, procedure) -> dict:
    """What the change form would post as it stands."""
    admin_form = client.get(reverse("admin:procedures_procedure_change", args=[procedure.pk])).context
    posted = {}
    for form in [
        admin_form["adminform"].form,
        *(f.formset.management_form for f in admin_form["inline_admin_formsets"]),
    ]:
        posted |= {field.html_name: field.value() for field in form}
    for formset in admin_form["inline_admin_formsets"]:
        for form in formset.formset.initial_forms:
            posted |= {field.html_name: field.value() for field in form}
    return {name: value for name, value in posted.items() if value is not None and value is not False}


def change(client, procedure, button, **fields):
    posted = form_of(client, procedure) | fields | {button: "1"}
    return client.post(reverse("admin:procedures_procedure_change", args=[procedure.pk]), posted, follow=True)


def test_saving_and_publishing_is_one_press(client, kyphoplasty, django_user_model):
    publisher = sign_in(client, django_user_model, *WRITE, "publish_procedure")
    page = change(client, kyphoplasty, "_publish", summary="New words.")
    newest = kyphoplasty.versions.first()
    assert (newest.number, newest.published_by, newest.content["summary"]) == (2, publisher, "New words.")
    assert "Balloon kyphoplasty 2" in page.content.decode()


def test_an_editor_saves_but_the_public_sees_no_change(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    page = change(client, kyphoplasty, "_save", summary="New words.")
    assert page.status_code == 200
    assert Procedure.objects.get().summary == "New words."
    assert kyphoplasty.versions.count() == 1


def test_a_page_of_many_risks_asks_for_the_sources_once(
    client, kyphoplasty, admin_client, django_assert_max_num_queries
):
    with django_assert_max_num_queries(20):
        admin_client.get(reverse("admin:procedures_procedure_change", args=[kyphoplasty.pk]))


def test_an_editor_has_no_publish_button_and_cannot_forge_one(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    url = reverse("admin:procedures_procedure_change", args=[kyphoplasty.pk])
    assert b"_publish" not in client.get(url).content
    assert change(client, kyphoplasty, "_publish", summary="New words.").status_code == 403
    assert kyphoplasty.versions.count() == 1


def test_an_editor_cannot_take_a_page_off_the_site(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    change(client, kyphoplasty, "_save", summary="New words.", is_shown="")
    assert Procedure.objects.get().is_shown


def test_publishing_several_at_once_is_for_publishers(client, kyphoplasty, django_user_model):
    act = {"action": "publish_chosen", "_selected_action": [kyphoplasty.pk]}
    url = reverse("admin:procedures_procedure_changelist")
    Procedure.objects.update(summary="New words.")
    sign_in(client, django_user_model, *WRITE)
    client.post(url, act)
    assert kyphoplasty.versions.count() == 1
    django_user_model.objects.all().delete()
    sign_in(client, django_user_model, *WRITE, "publish_procedure")
    client.post(url, act)
    assert kyphoplasty.versions.count() == 2


def test_a_page_nobody_checked_is_saved_and_says_why_it_is_not_published(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE, "publish_procedure")
    page = change(client, kyphoplasty, "_publish", reviewed_by="")
    assert "Say first who checked this page" in page.content.decode()
    assert kyphoplasty.versions.count() == 1


def test_an_unknown_source_is_an_error_beside_the_text(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    page = change(client, kyphoplasty, "_save", **{"sections-0-body": "A claim. [NOWHERE1]"})
    assert "There is no source named NOWHERE1." in page.content.decode()


def test_a_published_version_can_be_read_and_nothing_else(client, kyphoplasty, django_user_model):
    boss = django_user_model.objects.create_superuser("boss", password="x")
    client.force_login(boss)
    version = kyphoplasty.versions.get()
    change_url = reverse("admin:procedures_publishedversion_change", args=[version.pk])
    assert client.get(change_url).status_code == 200
    assert client.post(change_url, {"number": 5}).status_code == 403
    assert client.post(reverse("admin:procedures_publishedversion_delete", args=[version.pk])).status_code == 403
    assert client.get(reverse("admin:procedures_publishedversion_add")).status_code == 403
    assert PublishedVersion.objects.get() == version


@pytest.mark.parametrize("page", ["overview", "risks"])
def test_an_old_version_shows_as_it_was(client, kyphoplasty, admin_client, page):
    version = kyphoplasty.versions.get()
    Procedure.objects.update(name="New name")
    shown = admin_client.get(reverse("admin:procedures_publishedversion_shown", args=[version.pk, page]))
    assert "Balloon kyphoplasty" in shown.content.decode()
    assert "as it was shown" in shown.content.decode()


@pytest.mark.parametrize("page", ["overview", "risks"])
def test_an_editor_sees_the_draft_as_a_page(client, kyphoplasty, django_user_model, page):
    sign_in(client, django_user_model, "view_procedure")
    Procedure.objects.update(name="Draft name")
    draft = client.get(reverse("admin:procedures_procedure_draft", args=[kyphoplasty.pk, page])).content.decode()
    assert "Draft name" in draft
    assert "The public does not see it." in draft
    assert "?from=" not in draft


def test_drafts_and_old_versions_are_for_those_who_may_see_them(client, kyphoplasty, django_user_model):
    urls = [
        reverse("admin:procedures_procedure_draft", args=[kyphoplasty.pk, "overview"]),
        reverse("admin:procedures_publishedversion_shown", args=[kyphoplasty.versions.get().pk, "overview"]),
    ]
    assert [client.get(url).status_code for url in urls] == [302, 302]
    sign_in(client, django_user_model)
    assert [client.get(url).status_code for url in urls] == [403, 403]


def test_a_part_of_the_page_that_does_not_exist_is_a_404(admin_client, kyphoplasty):
    url = reverse("admin:procedures_procedure_draft", args=[kyphoplasty.pk, "nothing"])
    assert admin_client.get(url).status_code == 404
