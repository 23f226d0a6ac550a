"""Editors write, publishers publish, and nobody changes what was shown."""

from datetime import date

import pytest
from django.urls import reverse

from clinic import practice_info
from clinic.models import Practitioner
from procedures.loading import CONTENT, load
from procedures.models import Procedure, PublishedVersion
from procedures.publishing import sign
from tests.builders import make_clerk, make_practice
from tests.procedures.conftest import LOADED
from tests.procedures.staff import WRITE, sign_in


def address(procedure, name="change"):
    return reverse(f"admin:procedures_procedure_{name}", args=[procedure.pk])


def press(client, procedure, act):
    return client.post(address(procedure, act), follow=True)


def change_facts(client, procedure, **fields):
    form = client.get(address(procedure, "facts")).context["form"]
    posted = {field.html_name: field.value() for field in form if field.value() not in (None, False)}
    return client.post(address(procedure, "facts"), posted | fields | {"save": ""}, follow=True)


def test_a_reviewed_text_is_published_with_one_press(client, kyphoplasty, django_user_model):
    make_practice(is_demo=True)
    publisher = sign_in(client, django_user_model, *WRITE, "publish_procedure")
    change_facts(client, kyphoplasty, summary="New words.")
    assert "Have it reviewed again first" in press(client, kyphoplasty, "publish").text
    kyphoplasty.refresh_from_db()
    sign(kyphoplasty, reviewer="Dr. Demo, MD", on=date(2026, 11, 23))
    page = press(client, kyphoplasty, "publish")
    newest = kyphoplasty.versions.first()
    assert (newest.number, newest.published_by, newest.content["summary"]) == (2, publisher, "New words.")
    assert "Balloon kyphoplasty 2" in page.text


def test_pages_that_a_practice_does_not_need_are_hidden_in_one_press(client, kyphoplasty):
    make_practice(is_demo=True)
    page_list, chosen = reverse("admin:procedures_procedure_changelist"), {"_selected_action": [kyphoplasty.pk]}
    for role, act, is_shown in (
        ("Content editor", "hide_chosen", True), ("Manager", "hide_chosen", False), ("Manager", "show_chosen", True),
    ):  # fmt: skip
        client.force_login(make_clerk(role))
        client.post(page_list, chosen | {"action": act})
        assert Procedure.objects.get(pk=kyphoplasty.pk).is_shown == is_shown, (role, act)


def test_the_start_page_names_the_pages_that_wait_for_a_clinicians_signature(client, kyphoplasty):
    make_practice(is_demo=True)
    client.force_login(make_clerk("Content editor"))
    press(client, kyphoplasty, "ask")
    waits = "One page waits for a clinician to read and sign it:"
    assert waits not in client.get("/admin/").text
    client.force_login(make_clerk("Clinician"))
    assert waits in client.get("/admin/").text


CLINICIAN = ("view_procedure", "review_procedure")
MARA = {"first_name": "Mara", "last_name": "Ellison"}


def press_sign(client, procedure, **more):
    """Press the button under the text as it is now."""
    text = client.get(address(procedure)).context["text"]
    return client.post(address(procedure, "sign"), {"text": text} | more, follow=True)


def test_the_reviewer_is_the_clinician_who_is_signed_in(client, kyphoplasty, django_user_model):
    Procedure.objects.update(summary="New words.", reviewed_by="")
    mara = sign_in(client, django_user_model, *CLINICIAN, **MARA)
    assert "Patients will see your name below the text: Mara Ellison." in client.get(address(kyphoplasty)).text
    press_sign(client, kyphoplasty, reviewer="Dr. Somebody Else, MD")
    kyphoplasty.refresh_from_db()
    assert kyphoplasty.reviewed_by == "Mara Ellison"
    Practitioner.objects.create(name="Dr. Mara Ellison, MD", slug="ellison", user=mara)
    press_sign(client, kyphoplasty)
    kyphoplasty.refresh_from_db()
    assert kyphoplasty.reviewed_by == "Dr. Mara Ellison, MD"


def test_a_clinician_reviews_a_text_and_cannot_edit_it(client, kyphoplasty, django_user_model):
    Procedure.objects.update(summary="New words.", reviewed_by="")
    sign_in(client, django_user_model, *CLINICIAN, **MARA)
    assert "No one has reviewed this text yet" in client.get(address(kyphoplasty)).text
    assert "This text can be published" in press_sign(client, kyphoplasty).text
    kyphoplasty.refresh_from_db()
    assert kyphoplasty.stage == "review"
    page = client.get(address(kyphoplasty)).text
    assert "Reviewed by Mara Ellison" in page
    assert "I have reviewed this text" not in page
    assert client.post(address(kyphoplasty, "facts"), {"summary": "Mine."}).status_code == 403


def test_nobody_without_a_name_reviews(client, kyphoplasty, django_user_model):
    Procedure.objects.update(summary="New words.", reviewed_by="")
    sign_in(client, django_user_model, *CLINICIAN)
    assert "Ask a manager to enter yours" in client.get(address(kyphoplasty)).text
    assert "A review needs a name" in press_sign(client, kyphoplasty).text
    assert Procedure.objects.get().reviewed_by == ""


def test_a_text_that_changed_while_it_was_read_is_not_signed(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *CLINICIAN, **MARA)
    assert "The text changed while you were reading it" in press_sign(client, kyphoplasty, text="0" * 64).text


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
    change_facts(client, kyphoplasty, summary="New words.")
    assert Procedure.objects.get().stage == "draft"
    press(client, kyphoplasty, "ask")
    assert Procedure.objects.get().stage == "review"


def test_an_editor_sees_what_a_clinician_must_still_check_and_no_one_can_sign_it(client, db, django_user_model):
    make_practice(is_demo=False)
    practice_info.forget()
    draft = load(CONTENT / "kyphoplasty.toml", now=LOADED)
    sign_in(client, django_user_model, *CLINICIAN, **MARA)
    page = client.get(address(draft)).text
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
    page = change_facts(client, kyphoplasty, summary="New words.")
    assert page.status_code == 200
    assert Procedure.objects.get().summary == "New words."
    assert kyphoplasty.versions.count() == 1


def test_an_editor_has_no_publish_button_and_cannot_forge_one(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    assert "_publish" not in client.get(address(kyphoplasty)).text
    assert press(client, kyphoplasty, "publish").status_code == 403
    assert kyphoplasty.versions.count() == 1


def test_an_editor_cannot_hide_a_page_or_change_its_url(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE)
    change_facts(client, kyphoplasty, summary="New words.", is_shown="", slug="other", kind="practice")
    page = Procedure.objects.get()
    assert (page.summary, page.is_shown, page.slug, page.kind) == ("New words.", True, "kyphoplasty", "procedure")


def test_a_due_review_cannot_be_postponed(client, kyphoplasty, django_user_model):
    sign_in(client, django_user_model, *WRITE, "publish_procedure")
    change_facts(client, kyphoplasty, summary="New words.", next_review_on="2040-01-01", reviewed_by="Me")
    page = Procedure.objects.get()
    assert (page.next_review_on, page.summary) == (date(2027, 11, 29), "New words.")
    assert page.reviewed_by != "Me"


def test_a_new_page_is_written_from_its_outline(client, django_user_model, db):
    sign_in(client, django_user_model, *WRITE)
    new = {"name": "A page", "kind": "procedure", "language": "en", "slug": "a-page", "summary": "One."}
    page = client.post(reverse("admin:procedures_procedure_add"), new | {"_save": ""}, follow=True)
    assert page.redirect_chain[-1][0] == address(Procedure.objects.get())
    assert "Missing section" in page.text


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
