"""Editors write, publishers publish, and nobody changes what was shown."""

from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from clinic import practice_info
from procedures.loading import CONTENT, load
from procedures.models import Procedure, PublishedVersion
from procedures.publishing import sign
from tests.builders import make_practice
from tests.procedures.conftest import LOADED


def sign_in(client, django_user_model, *codenames):
    user = django_user_model.objects.create(username="person", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="procedures", codename__in=codenames))
    client.force_login(user)
    return user


WRITE = [
    f"{verb}_{model}"
    for verb in ("view", "add", "change")
    for model in ("procedure", "section", "risk", "pair", "source")
]


def form_of(client, procedure) -> dict:
    """What the change form would post if nothing were edited."""
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


def test_a_reviewed_text_is_saved_and_published_with_one_press(client, kyphoplasty, django_user_model):
    make_practice(is_demo=True)
    publisher = sign_in(client, django_user_model, *WRITE, "publish_procedure")
    page = change(client, kyphoplasty, "_publish", summary="New words.")
    assert "Have it reviewed again first" in page.content.decode()
    kyphoplasty.refresh_from_db()
    sign(kyphoplasty, reviewer="Dr. Demo, MD", on=date(2026, 11, 23))
    page = change(client, kyphoplasty, "_publish")
    newest = kyphoplasty.versions.first()
    assert (newest.number, newest.published_by, newest.content["summary"]) == (2, publisher, "New words.")
    assert "Balloon kyphoplasty 2" in page.content.decode()


def press_sign(client, procedure, reviewer="Dr. Mara Ellison, MD", follow=True):
    page = client.get(reverse("admin:procedures_procedure_change", args=[procedure.pk]))
    posted = {"reviewer": reviewer, "text": page.context["text"]}
    return client.post(reverse("admin:procedures_procedure_sign", args=[procedure.pk]), posted, follow=follow)


def test_a_clinician_reviews_a_text_and_cannot_edit_it(client, kyphoplasty, django_user_model):
    Procedure.objects.update(summary="New words.", reviewed_by="")
    sign_in(client, django_user_model, "view_procedure", "review_procedure")
    url = reverse("admin:procedures_procedure_change", args=[kyphoplasty.pk])
    assert "No one has reviewed this text yet" in client.get(url).content.decode()
    assert "This text can be published" in press_sign(client, kyphoplasty).content.decode()
    kyphoplasty.refresh_from_db()
    assert (kyphoplasty.reviewed_by, kyphoplasty.stage) == ("Dr. Mara Ellison, MD", "review")
    assert "Reviewed by Dr. Mara Ellison, MD" in client.get(url).content.decode()
    assert client.post(url, {"summary": "Mine."}).status_code == 403


@pytest.mark.parametrize("reviewer", ["", "  ", "x" * 121])
def test_a_review_requires_a_name(client, kyphoplasty, django_user_model, reviewer):
    Procedure.objects.update(summary="New words.")
    sign_in(client, django_user_model, "view_procedure", "review_procedure")
    assert "Enter the reviewer’s name and profession" in press_sign(client, kyphoplasty, reviewer).content.decode()


def test_a_text_that_changed_while_it_was_read_is_not_signed(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, "view_procedure", "review_procedure")
    posted = {"reviewer": "Dr. Demo, MD", "text": "0" * 64}
    answer = client.post(reverse("admin:procedures_procedure_sign", args=[kyphoplasty.pk]), posted, follow=True)
    assert "The text changed while you were reading it" in answer.content.decode()


def test_only_users_who_may_review_can_sign_and_a_get_signs_nothing(client, kyphoplasty, django_user_model):
    Procedure.objects.update(summary="New words.")
    sign_in(client, django_user_model, *WRITE, "publish_procedure")
    assert press_sign(client, kyphoplasty).status_code == 403
    django_user_model.objects.all().delete()
    sign_in(client, django_user_model, "view_procedure", "review_procedure")
    client.get(reverse("admin:procedures_procedure_sign", args=[kyphoplasty.pk]))
    assert not Procedure.objects.filter(stage="review").exists()


def test_a_changed_text_is_a_draft_again_and_its_editor_can_ask_for_a_review(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    assert Procedure.objects.get().stage == "published"
    change(client, kyphoplasty, "_save", summary="New words.")
    assert Procedure.objects.get().stage == "draft"
    change(client, kyphoplasty, "_ask")
    assert Procedure.objects.get().stage == "review"


def test_an_editor_sees_what_must_be_fixed(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    page = change(client, kyphoplasty, "_continue", **{"sections-0-body": "The best cure."})
    assert "Don’t use this word: “best”." in page.content.decode()


def test_an_editor_sees_what_a_clinician_must_still_check_and_no_one_can_sign_it(client, db, django_user_model):
    make_practice(is_demo=False)
    practice_info.forget()
    draft = load(CONTENT / "kyphoplasty.toml", now=LOADED)
    sign_in(client, django_user_model, "view_procedure", "review_procedure")
    page = client.get(reverse("admin:procedures_procedure_change", args=[draft.pk])).text
    assert "Not ready for patients: “[to check] you faint”" in page
    assert "Not ready for patients" in press_sign(client, draft).text
    draft.refresh_from_db()
    assert draft.reviewed_by == ""


def test_pages_due_for_review_are_shown_to_staff(client, kyphoplasty, django_user_model, at):
    sign_in(client, django_user_model, "view_procedure")
    pages = [reverse("admin:index"), reverse("admin:procedures_procedure_changelist")]
    assert not any("due for review" in client.get(url).content.decode() for url in pages)
    at("2027-11-29 12:00")
    client.force_login(django_user_model.objects.get())
    assert all("due for review" in client.get(url).content.decode() for url in pages)


def test_an_editor_saves_but_the_public_sees_no_change(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    page = change(client, kyphoplasty, "_save", summary="New words.")
    assert page.status_code == 200
    assert Procedure.objects.get().summary == "New words."
    assert kyphoplasty.versions.count() == 1


def test_a_page_with_many_risks_queries_the_sources_once(
    client, kyphoplasty, admin_client, django_assert_max_num_queries
):
    admin_client.get(reverse("admin:index"))  # the first page stamps the session
    with django_assert_max_num_queries(20):
        admin_client.get(reverse("admin:procedures_procedure_change", args=[kyphoplasty.pk]))


def test_an_editor_has_no_publish_button_and_cannot_forge_one(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    url = reverse("admin:procedures_procedure_change", args=[kyphoplasty.pk])
    assert b"_publish" not in client.get(url).content
    assert change(client, kyphoplasty, "_publish", summary="New words.").status_code == 403
    assert kyphoplasty.versions.count() == 1


def test_an_editor_cannot_hide_a_page_or_change_its_url(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    change(client, kyphoplasty, "_save", summary="New words.", is_shown="", slug="other", kind="practice")
    page = Procedure.objects.get()
    assert (page.summary, page.is_shown, page.slug, page.kind) == ("New words.", True, "kyphoplasty", "procedure")


def test_a_due_review_cannot_be_postponed(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE, "publish_procedure")
    change(client, kyphoplasty, "_save", summary="New words.", next_review_on="2040-01-01")
    assert Procedure.objects.get().next_review_on == date(2027, 11, 29)


def test_only_publishers_can_publish_several_at_once(client, kyphoplasty, django_user_model):
    make_practice(is_demo=True)
    act = {"action": "publish_chosen", "_selected_action": [kyphoplasty.pk]}
    url = reverse("admin:procedures_procedure_changelist")
    Procedure.objects.update(summary="New words.")
    sign(kyphoplasty, reviewer="Dr. Demo, MD", on=date(2026, 11, 23))
    sign_in(client, django_user_model, *WRITE)
    client.post(url, act)
    assert kyphoplasty.versions.count() == 1
    django_user_model.objects.all().delete()
    sign_in(client, django_user_model, *WRITE, "publish_procedure")
    client.post(url, act)
    assert kyphoplasty.versions.count() == 2


def test_an_unknown_source_is_an_error_beside_the_text(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    page = change(client, kyphoplasty, "_save", **{"sections-0-body": "A claim. [NOWHERE1]"})
    assert "There is no source named NOWHERE1." in page.content.decode()


def test_a_published_version_is_read_only(client, kyphoplasty, django_user_model):
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
def test_an_old_version_is_shown_as_it_was(client, kyphoplasty, admin_client, page):
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


def test_drafts_and_old_versions_are_shown_only_to_users_who_may_see_them(client, kyphoplasty, django_user_model):
    urls = [
        reverse("admin:procedures_procedure_draft", args=[kyphoplasty.pk, "overview"]),
        reverse("admin:procedures_publishedversion_shown", args=[kyphoplasty.versions.get().pk, "overview"]),
    ]
    assert [client.get(url).status_code for url in urls] == [302, 302]
    sign_in(client, django_user_model)
    assert [client.get(url).status_code for url in urls] == [403, 403]


def test_an_unknown_part_of_the_page_is_a_404(admin_client, kyphoplasty):
    url = reverse("admin:procedures_procedure_draft", args=[kyphoplasty.pk, "nothing"])
    assert admin_client.get(url).status_code == 404
