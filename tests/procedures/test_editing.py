"""Editors write a page part by part: nothing typed is lost, and what they see is what patients will see."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from procedures.editing import changes
from procedures.editing.pieces import put_together, take_apart
from procedures.editing.preview import preview
from procedures.models import Procedure, Section
from procedures.publishing import text_fingerprint
from procedures.snapshots import snapshot
from tests.procedures.staff import WRITE, sign_in, typed

ADMIN = "admin:procedures_procedure_"


def url(name, *args):
    return reverse(ADMIN + name, args=args)


@pytest.fixture
def editor(client, django_user_model, kyphoplasty):
    sign_in(client, django_user_model, *WRITE, "delete_section")
    return client


@pytest.fixture
def section(kyphoplasty) -> Section:
    return kyphoplasty.sections.get(anchor="cost")


def form_at(client, address):
    return client.get(address).context["form"]


def post(client, address, button="save", follow=True, **fields):
    return client.post(address, typed(form_at(client, address), **fields) | {button: ""}, follow=follow)


def of(part):
    return url("part", part.procedure_id, part._meta.model_name, part.pk)


def order_of(procedure, page="overview"):
    return list(procedure.sections.filter(page=page).order_by("order", "pk").values_list("anchor", flat=True))


def test_every_part_of_a_page_has_a_form_of_its_own_with_its_fields_only(editor, kyphoplasty):
    parts = [*kyphoplasty.sections.all(), *kyphoplasty.pairs.all(), *kyphoplasty.risks.all()]
    outline = editor.get(url("change", kyphoplasty.pk)).text
    assert all(f'href="{of(part)}"' in outline for part in parts)
    assert "<textarea" not in outline
    for part in [parts[0], kyphoplasty.pairs.first(), kyphoplasty.risks.first()]:
        assert len(editor.get(of(part)).context["form"].visible_fields()) <= 14


def test_saving_a_part_goes_back_to_the_outline_or_on_to_the_next(editor, kyphoplasty, section):
    saved = post(editor, of(section), body="Ask us. [LCD]", follow=False)
    assert saved.url == f"{url('change', kyphoplasty.pk)}#section-{section.pk}"
    first, second = kyphoplasty.sections.filter(page="overview").order_by("order", "pk")[:2]
    assert post(editor, of(first), "next", follow=False).url == of(second)
    section.refresh_from_db()
    assert (section.body, section.version) == ("Ask us. [LCD]", 2)
    assert Procedure.objects.get().stage == "draft"


def test_saving_without_a_change_leaves_a_published_page_published(editor, section):
    post(editor, of(section))
    assert Procedure.objects.get().stage == "published"
    assert section.version == 1


def test_the_second_of_two_editors_is_told_and_neither_loses_a_word(editor, section):
    mine = typed(form_at(editor, of(section)), body="My words. [LCD]") | {"save": ""}
    post(editor, of(section), body="Their words. [LCD]")
    answer = editor.post(of(section), mine)
    assert answer.status_code == 409
    assert "Someone else saved this part while you were writing" in answer.text
    assert answer.context["form"]["body"].value() == "My words. [LCD]"
    assert "Their words. [LCD]" in answer.text
    section.refresh_from_db()
    assert section.body == "Their words. [LCD]"
    editor.post(of(section), typed(answer.context["form"]) | {"save": ""})
    section.refresh_from_db()
    assert section.body == "My words. [LCD]"


def test_a_part_that_was_removed_meanwhile_keeps_the_words_and_can_be_put_back(editor, kyphoplasty, section):
    mine = typed(form_at(editor, of(section)), body="My words. [LCD]") | {"save": ""}
    Section.objects.filter(pk=section.pk).delete()
    answer = editor.post(of(section), mine)
    assert (answer.status_code, answer.context["form"]["body"].value()) == (409, "My words. [LCD]")
    assert f'action="{url("add_part", kyphoplasty.pk, "section")}"' in answer.text
    editor.post(url("add_part", kyphoplasty.pk, "section"), mine)
    assert kyphoplasty.sections.get(anchor="cost").body == "My words. [LCD]"


def test_what_was_typed_is_shown_as_patients_will_see_it_and_not_saved(editor, kyphoplasty, section):
    page = post(editor, of(section), "preview", body="It is **dear**. [LCD]")
    frame = unescape(page.text[page.text.index("srcdoc") :])
    assert "It is <strong>dear</strong>." in frame
    assert "It is not saved yet" in page.text
    assert page.context["form"]["body"].value() == "It is **dear**. [LCD]"
    assert 'data-unsaved-words="changed"' in page.text
    assert "dear" not in kyphoplasty.sections.get(pk=section.pk).body
    assert page.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("signed_in_again", [False, True])
def test_words_that_were_sent_after_the_session_ended_are_kept_and_shown_again(
    editor, section, django_user_model, signed_in_again
):
    words = '\nTwo lines,\nand a quote: "[LCD]" </textarea>'
    mine = typed(form_at(editor, of(section)), body=words) | {"save": ""}
    browser = Client(enforce_csrf_checks=signed_in_again)
    if signed_in_again:
        browser.force_login(django_user_model.objects.get())
    held = browser.post(of(section), mine, headers={"Origin": "http://testserver"})
    assert (held.status_code, "Nothing was lost" in held.text) == (403, True)
    assert ("somebody signed in again" in held.text) == signed_in_again
    kept = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', held.text, re.DOTALL)
    again = {name: unescape(value) for name, value in kept}
    assert again["body"] == words
    page = editor.post(of(section), again | {"preview": ""})
    assert page.context["form"]["body"].value() == words
    assert "Two lines" in page.context["preview"]
    for other in ({"Origin": "https://example.org"}, {}):
        assert "Two lines" not in browser.post(of(section), mine, headers=other).text
    section.refresh_from_db()
    assert section.version == 1


def test_every_kind_of_part_can_be_looked_at_beside_its_form(kyphoplasty):
    pair, risk, content = kyphoplasty.pairs.first(), kyphoplasty.risks.first(), snapshot(kyphoplasty)
    words = {pair: pair.name, risk: risk.name, kyphoplasty: kyphoplasty.summary}
    sections = {kind: kyphoplasty.sections.filter(kind=kind).first() for kind in Section.Kind}
    words |= {section: "</" for section in sections.values() if section}
    assert len(words) > 10
    for part, said in words.items():
        shown = preview(part, content)
        assert said in shown[shown.index("<main>") + 10 : shown.index("</main>")], part


def test_the_words_of_a_form_with_an_error_stay_and_the_error_is_beside_them(editor, section):
    page = post(editor, of(section), body="A claim. [NOWHERE1]")
    assert "There is no source named NOWHERE1." in page.text
    assert page.context["form"]["body"].value() == "A claim. [NOWHERE1]"


@pytest.mark.once
def test_a_text_comes_out_of_its_pieces_as_it_went_in(kyphoplasty, all_pages):
    for section in Section.objects.all():
        pieces = take_apart(section.body, section.kind)
        section.body = put_together(pieces)
        section.save()
        assert take_apart(section.body, section.kind) == pieces
    for procedure in Procedure.objects.all():
        assert text_fingerprint(snapshot(procedure)) == procedure.reviewed_sha256, procedure


def test_steps_have_fields_of_their_own_and_are_added_moved_and_removed(editor, kyphoplasty):
    section = kyphoplasty.sections.get(kind="steps")
    form = form_at(editor, of(section))
    assert [step["heading"].value() for step in form.steps][:2] == [
        "A small cut and a thin needle",
        "The balloon goes in flat",
    ]
    assert form.steps[0]["picture"].value() == "step1"
    assert "###" not in form["body"].value() + form.steps[0]["text"].value()
    new = {"steps-4-heading": "You rest", "steps-4-text": "You lie still. [IPG166]", "steps-4-picture": "step1"}
    page = post(editor, of(section), **new)
    assert "Say what the picture shows" in page.text
    post(editor, of(section), **new | {"steps-4-alt": "A bed", "steps-4-ORDER": "1", "steps-1-DELETE": "on"})
    shown = [step["heading"].value() for step in form_at(editor, of(section)).steps]
    assert [shown[0], shown[1], shown[-1]] == ["A small cut and a thin needle", "You rest", None]
    assert "The balloon goes in flat" not in shown
    section.refresh_from_db()
    assert "### You rest\n\n![A bed](step1)\n\nYou lie still. [IPG166]" in section.body


def test_another_step_is_asked_for_without_saving(editor, kyphoplasty):
    section = kyphoplasty.sections.get(kind="steps")
    page = post(editor, of(section), "more", **{"steps-4-heading": "You rest", "steps-4-text": "You lie still."})
    assert [step["heading"].value() for step in page.context["form"].steps][4:] == ["You rest", None]
    section.refresh_from_db()
    assert section.version == 1
    assert "Check what is marked" in post(editor, of(section), **{"steps-0-heading": ""}).text


def test_a_form_with_tampered_counts_is_refused(editor, kyphoplasty):
    section = kyphoplasty.sections.get(kind="steps")
    posted = typed(form_at(editor, of(section))) | {"more": ""}
    for count, most in (("x", 1), ("99999", 100)):
        page = editor.post(of(section), posted | {"steps-TOTAL_FORMS": count})
        assert page.status_code == 200
        assert len(page.context["form"].steps.forms) <= most


def test_parts_move_one_place_at_a_time_within_their_page_and_stop_at_its_ends(editor, kyphoplasty):
    before = order_of(kyphoplasty, "how")
    first = kyphoplasty.sections.get(page="how", anchor=before[0])
    move = url("move", kyphoplasty.pk, "section", first.pk)
    for to, expected in (("up", before), ("down", [before[1], before[0], *before[2:]]), ("up", before), ("x", before)):
        answer = editor.post(move, {"to": to})
        assert answer.url.endswith(f"#section-{first.pk}")
        assert order_of(kyphoplasty, "how") == expected, to
    first.refresh_from_db()
    assert first.version == 1  # so that moving a part does not take the words from whoever is writing in it
    assert editor.get(move).status_code == 404


def test_a_new_part_comes_last_on_its_page_and_gets_a_short_name(editor, kyphoplasty):
    add = url("add_part", kyphoplasty.pk, "section") + "?page=how"
    for anchor in ("a-new-one", "a-new-one-2"):
        post(editor, add, heading="A new one!", body="We do it.")
        assert order_of(kyphoplasty, "how")[-1] == anchor
    answer = post(editor, add, heading="Another", body="We do it.", anchor="a-new-one")
    assert "already exists" in answer.text


def test_two_new_parts_with_one_name_at_the_same_moment_lose_no_word(editor, kyphoplasty, monkeypatch):
    save = changes.save

    def second(part, columns, *, version):
        kyphoplasty.sections.create(page=part.page, anchor=part.anchor, heading="Theirs", body="Theirs.")
        save(part, columns, version=version)

    monkeypatch.setattr(changes, "save", second)
    page = post(editor, url("add_part", kyphoplasty.pk, "section"), heading="A new one", body="My words.")
    assert "Someone just used this name" in page.text
    assert page.context["form"]["body"].value() == "My words."


def test_a_part_is_removed_after_a_question_unless_it_changed_meanwhile(editor, kyphoplasty, section):
    remove = url("remove", kyphoplasty.pk, "section", section.pk)
    assert section.heading in editor.get(remove).text
    Section.objects.filter(pk=section.pk).update(version=2)
    assert "Nothing was removed" in editor.post(remove, {"version": 1}, follow=True).text
    editor.post(remove, {"version": 2})
    assert not kyphoplasty.sections.filter(pk=section.pk).exists()


def test_findings_stand_at_their_part_and_lead_to_its_form(editor, kyphoplasty, section):
    Section.objects.filter(pk=section.pk).update(body="It is completely safe.")
    Procedure.objects.update(summary="The best one.")
    kyphoplasty.pairs.filter(is_gain=True).update(meaning="It always works.")
    kyphoplasty.sections.filter(anchor="who-may").delete()
    outline = editor.get(url("change", kyphoplasty.pk))
    rows = {(row.kind, row.pk): row.findings for group in outline.context["groups"] for row in group.rows}
    assert any("“completely safe” promises too much" in said for said in rows["section", section.pk])
    pair = kyphoplasty.pairs.filter(is_gain=True).first()
    assert [said for said in rows["pair", pair.pk] if "always works" in said]
    assert [said for said in outline.context["of_facts"] if "best" in said]
    assert ("Missing section: who it may help.", "anchor=who-may") in outline.context["of_the_whole"]
    assert f'href="#section-{section.pk}"' in outline.text
    assert "1 thing to fix here" in editor.get(of(section)).text
    assert outline.context["number"] == outline.text.count("<li>") - outline.text.count('<li><a href="#')


def test_the_outline_says_what_is_new_since_the_page_was_published(editor, kyphoplasty, section):
    def states():
        groups = editor.get(url("change", kyphoplasty.pk)).context["groups"]
        return {(row.name, row.state) for group in groups for row in group.rows if row.state}

    assert states() == set()
    post(editor, of(section), body="Ask us. [LCD]")
    post(editor, url("add_part", kyphoplasty.pk, "section"), heading="More", body="We do it. [FREE09]")
    assert states() == {(section.heading, "Changed since it was published"), ("More", "New")}


def test_a_part_of_another_page_or_kind_is_not_found(editor, section):
    other = Procedure.objects.create(slug="other", name="Other", summary="One.")
    for address in (
        url("part", other.pk, "section", section.pk), url("part", section.procedure_id, "pair", 999_999),
        url("part", section.procedure_id, "nothing", section.pk), url("facts", 999_999),
    ):  # fmt: skip
        assert editor.get(address).status_code in (302, 404), address


def test_whoever_may_not_edit_is_refused_at_every_form(client, django_user_model, kyphoplasty, section):
    pk = kyphoplasty.pk
    addresses = [
        of(section), url("facts", pk), url("add_part", pk, "section"), url("move", pk, "section", section.pk),
        url("remove", pk, "section", section.pk), url("ask", pk), url("publish", pk), url("sign", pk),
    ]  # fmt: skip
    assert {client.post(address).status_code for address in addresses} == {302}
    sign_in(client, django_user_model, "view_procedure", "view_section")
    assert {address: client.post(address).status_code for address in addresses} == dict.fromkeys(addresses, 403)
    assert "Move up" not in client.get(url("change", pk)).text


def test_a_page_with_many_parts_takes_few_queries(admin_client, kyphoplasty, django_assert_max_num_queries):
    admin_client.get(reverse("admin:index"))  # the first page stamps the session
    with django_assert_max_num_queries(20):
        admin_client.get(url("change", kyphoplasty.pk))
    with django_assert_max_num_queries(24):
        admin_client.get(of(kyphoplasty.pairs.first()))


def test_only_the_fields_that_were_changed_are_written(kyphoplasty, section):
    stale = Section.objects.get(pk=section.pk)
    changes.move(section, by=1)
    order = Section.objects.get(pk=section.pk).order
    stale.heading = "New"
    changes.save(stale, ["heading"], version=1)
    section.refresh_from_db()
    assert (section.heading, section.order) == ("New", order)
