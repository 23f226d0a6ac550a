"""A real practice gets no word of the demo, and cannot publish what somebody there must still settle."""

import re
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from clinic import practice_info
from procedures.loading import CONTENT, load
from procedures.models import Procedure, Source
from procedures.plain_text import parts
from procedures.publishing import CannotPublish, publish, sign
from procedures.snapshots import snapshot
from tests.builders import make_practice
from tests.procedures.conftest import LOADED

SLUGS = sorted(path.stem for path in CONTENT.glob("*.toml"))
OF_THE_DEMO = re.compile(
    r"\bdemo\b|made up|\binvented\b|Lantern|Ellison|Imani|one person of our own|\\[demo\\]", re.IGNORECASE
)
OPEN = {
    "accessibility": "[to do] Say what help you offer in other languages",
    "first-visit": "[to do] Say what help you offer in other languages, and whether an interpreter is free",
    "glossary": "[to check] Lying on your side",
    "kyphoplasty": "[to check] your legs suddenly turn weak or numb",
    "privacy": "[to do] Have a lawyer check this page",
    "vertebroplasty": "[to check] your legs suddenly turn weak or numb",
    "vertebral-compression-fracture": "[to check] cancer, now or in the past",
    "epidural-steroid-injection": "[to check] It is a shot of steroid medicine",
}
MARKS = [
    "- [to do] Write this.",
    "A lawyer has yet to check this page.",
    "### A clinician has yet to check\n\nYou may faint.",
    "- [to check] You may faint.",
    "**[To do]** ask the doctor",
    "This is a demo. The practice is made up.",
    "| What | When |\n|---|---|\n| [to do] | now |",
]
pytestmark = pytest.mark.django_db


def said_by(procedure):
    return [text for part in parts(snapshot(procedure)) for text in part.blocks]


def signed(procedure):
    sign(procedure, reviewer="Dr. Real, MD", on=LOADED.date())
    return procedure


def in_demo(procedure):
    sign(procedure, reviewer="Dr. Demo, MD", on=LOADED.date(), is_demo=True)
    return procedure


def page_saying(body, **fields):
    procedure = Procedure.objects.create(
        slug="page", kind="practice", name="A page", summary="One.", risks_summary="", **fields
    )
    kind = "table" if body.startswith("|") else "text"
    procedure.sections.create(page="overview", kind=kind, anchor="a", heading="A heading", body=body)
    return procedure


@pytest.mark.parametrize("slug", SLUGS)
def test_a_real_practice_gets_no_word_of_the_demo(slug):
    procedure = load(CONTENT / f"{slug}.toml", now=LOADED)
    assert [text for text in said_by(procedure) if OF_THE_DEMO.search(text)] == []
    people = snapshot(procedure)["people"]
    assert not any(people.values())


@pytest.mark.parametrize("slug", SLUGS)
def test_the_demo_gets_no_task_of_a_real_practice(slug):
    texts = said_by(load(CONTENT / f"{slug}.toml", now=LOADED, demo=True))
    assert [text for text in texts if re.search(r"\[to do\]|\[demo\]|\[to check\]|yet to check\b(?! this)", text)] == []


def test_the_demo_says_that_it_is_one(all_pages):
    for slug in ("editorial-policy", "privacy"):
        assert any("practice is made up" in text.lower() for text in said_by(all_pages[slug]))


@pytest.mark.parametrize("slug", OPEN)
def test_what_is_still_open_blocks_the_review_with_a_sentence(slug):
    procedure = load(CONTENT / f"{slug}.toml", now=LOADED)
    with pytest.raises(CannotPublish, match=re.escape(f"Not ready for patients: “{OPEN[slug]}")):
        signed(procedure)
    procedure.refresh_from_db()
    assert not procedure.reviewed_by


@pytest.mark.parametrize("body", MARKS)
@pytest.mark.parametrize("act", ["sign", "publish"])
def test_every_mark_of_something_open_blocks_review_and_publishing(body, act):
    procedure = page_saying(body) if act == "sign" else in_demo(page_saying(body))
    with pytest.raises(CannotPublish, match="Not ready for patients"):
        signed(procedure) if act == "sign" else publish(procedure, by=None, now=LOADED)


@pytest.mark.parametrize("field", ["written_by", "risks_summary", "compared_with", "count_words", "alt"])
def test_what_is_open_blocks_the_review_wherever_it_stands(field):
    says = "A clinician has yet to check this"
    procedure = page_saying(f"![{says if field == 'alt' else 'A bone'}](step1)")
    source = Source.objects.create(key="FREE09", citation="A trial")
    procedure.risks.create(name="A risk", count_words="few", how_bad="Bad.", source=source)
    procedure.pairs.create(name="A pair", intro="In whom.", with_it=1, without_it=2, source=source, paid_by="us")
    for rows in (Procedure.objects, procedure.risks, procedure.pairs):
        if field in {column.name for column in rows.model._meta.fields}:
            rows.update(**{field: says})
    with pytest.raises(CannotPublish, match=says):
        signed(Procedure.objects.get())


@pytest.mark.parametrize("body", MARKS)
def test_once_it_is_settled_and_signed_the_page_is_published(body):
    procedure = page_saying(body)
    procedure.sections.update(kind="text", body="A lawyer checked this page. You may faint.")
    assert publish(signed(procedure), by=None, now=LOADED).number == 1


@pytest.mark.parametrize(
    "body", ["We have a to do list.", "A clinician checked this.", "The demographics differ.", "Made up of bone.", "x"]
)
def test_words_that_only_look_alike_block_nothing(body):
    assert publish(signed(page_saying(body)), by=None, now=LOADED).number == 1


@pytest.mark.parametrize("is_demo", [True, False])
def test_the_manager_is_told_in_the_admin(admin_client, is_demo):
    make_practice(is_demo=is_demo)
    procedure = in_demo(page_saying(MARKS[0]))
    chosen = {"action": "publish_chosen", "_selected_action": [procedure.pk]}
    page = admin_client.post(reverse("admin:procedures_procedure_changelist"), chosen, follow=True)
    assert ("Not ready for patients" in page.text) != is_demo
    assert procedure.versions.exists() == is_demo


@pytest.mark.parametrize("is_demo", [True, False])
def test_check_content_names_what_is_open(capsys, is_demo):
    make_practice(is_demo=is_demo)
    practice_info.forget()
    page_saying(MARKS[1], reviewed_on=date(2026, 1, 1))
    with pytest.raises(CommandError):
        call_command("check_content")
    assert ("Not ready for patients: “A lawyer has yet to check this page”" in capsys.readouterr().out) != is_demo
