"""What an editor is told: each rule finds its fault, says where it is, and leaves good text alone."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from procedures.lint import OWED, findings
from procedures.models import Procedure, Source
from procedures.plain_text import claims
from procedures.publishing import snapshot

pytestmark = pytest.mark.once

TODAY = date(2026, 11, 23)
HARD = "Percutaneous vertebral augmentation constitutes an interventional radiological methodology. " * 9
LONG = "It is " + "very " * 24 + "long."


@pytest.fixture
def page(db) -> Procedure:
    Source.objects.create(key="FREE09", citation="A trial")
    return Procedure.objects.create(
        slug="page", kind="practice", name="A page", summary="One.", reviewed_by="Dr. Demo, MD",
        reviewed_on="2026-11-01", next_review_on="2027-11-01",
    )  # fmt: skip


def said(procedure, body=None, kind="text", today=TODAY, about="procedure"):
    """The findings for a page with only this section, without those about missing sections."""
    Procedure.objects.update(kind=about)
    procedure.refresh_from_db()
    if body is not None:
        procedure.sections.create(anchor="here", heading="A heading", kind=kind, body=body)
    owed = [str(words) for words in OWED[about].values()]
    found = [(f.page, f.anchor, f.sentence) for f in findings(snapshot(procedure), today=today)]
    return [f for f in found if not any(words in f[2] for words in owed) and "still unknown" not in f[2]]


@pytest.mark.parametrize(
    "body",
    [
        "The balloon comes out first. Then cement goes in.",
        "It helped 5 of 1,000 people. [FREE09]",
        "Things to know: [FREE09]\n\n- it took 40 minutes\n- 3 bones at most",
        "Call 911.",
        "A fever of 100.4 °F. [FREE09]",
    ],
)
def test_good_text_has_no_findings(page, body):
    assert said(page, body) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (LONG, "Sentence with 27 words"),
        ("It is the best.", "Don’t use this word: “best”."),
        ("Problems are very rare.", "Don’t use this word: “rare”."),
        ("You should call.", "Don’t use this word: “should”."),
        ("About 18 % leak. [FREE09]", "Give counts out of 1,000, not “8 %”."),
        ("It is 1 in 20. [FREE09]", "Give counts out of 1,000, not “1 in 20”."),
        ("It is 5 of 100. [FREE09]", "Give counts out of 1,000, not “5 of 100”."),
        ("It is 5 of 1,000. [FREE09]", "Say 1,000 of what"),
        ("It is 183 per 1,000. [FREE09]", "Give counts out of 1,000, not “per 1,000”."),
        ("It is 2 of 102 people. [FREE09]", "Give counts out of 1,000, not “2 of 102”."),
        ("It is 18 per 100 people. [FREE09]", "Give counts out of 1,000, not “18 per 100”."),
        ("It is 183 of 1000 people. [FREE09]", "Give counts out of 1,000, not “183 of 1000”."),
        ("It helps half of the people. [FREE09]", "Give counts out of 1,000, not “half of the people”."),
        ("It took 40 minutes.", "Number without a source"),
        ("It took 40 minutes. [FREE09]\n\nIt took 50 minutes.", "Number without a source: “It took 50 minutes.”"),
        ("Things to know:\n\n- 3 bones at most", "Number without a source"),
    ],
)
def test_a_fault_is_found_and_its_place_is_named(page, body, fault):
    places = [(where, anchor) for where, anchor, sentence in said(page, body) if fault.rstrip("”") in sentence]
    assert places == [("overview", "here")]


def test_hard_text_is_found_in_its_section_and_on_its_page(page):
    found = said(page, HARD)
    assert {(where, anchor) for where, anchor, sentence in found if "Hard to read: Flesch-Kincaid" in sentence} == {
        ("overview", ""), ("overview", "here"),
    }  # fmt: skip
    assert any("SMOG" in sentence for _where, _anchor, sentence in found)


def test_the_average_length_of_sentences_is_limited(page):
    body = " ".join(["We see it and say so and then go on to do what we can for as long as you want it here."] * 9)
    assert any("average more than 20 words" in sentence for _where, _anchor, sentence in said(page, body))


def test_questions_make_no_claim_and_need_no_source(page):
    assert said(page, "- What if I wait 4 to 6 weeks?", kind="questions") == []


def test_the_practices_own_facts_need_no_source(page):
    assert said(page, "We keep it for 24 hours.", about="practice") == []


@pytest.mark.parametrize(("about", "missing"), [("procedure", 12), ("condition", 4), ("practice", 0)])
def test_missing_required_sections_are_found(page, about, missing):
    Procedure.objects.update(kind=about)
    page.refresh_from_db()
    sentences = [finding.sentence for finding in findings(snapshot(page), today=TODAY)]
    assert sum("Missing section" in sentence for sentence in sentences) == missing


def test_a_treatment_must_say_what_nobody_knows(page):
    Procedure.objects.update(kind="procedure")
    page.refresh_from_db()
    assert "Nothing says what is still unknown." in [f.sentence for f in findings(snapshot(page), today=TODAY)]
    page.sections.create(anchor="x", heading="X", body="Experts do not agree. [FREE09]")
    assert "Nothing says what is still unknown." not in [f.sentence for f in findings(snapshot(page), today=TODAY)]


def test_an_overdue_review_and_a_missing_one_are_found(page):
    assert any("review was due by 2027-11-01" in found[2] for found in said(page, today=date(2027, 11, 1)))
    Procedure.objects.update(reviewed_on=None, next_review_on=None)
    assert any("No one has reviewed" in found[2] for found in said(page))


def test_a_language_without_rules_is_reported(page):
    Procedure.objects.update(language="es")
    assert [sentence for _w, _a, sentence in said(page, HARD)] == ["There are no rules for this language yet."]


def test_a_list_is_judged_together_with_its_introduction():
    html = "<p>Some:<sup>1</sup></p><ul><li>a</li><li>b</li></ul><p>End.</p>"
    assert list(claims(html)) == [
        "<p>Some:<sup>1</sup></p>", "<p>Some:<sup>1</sup></p><li>a</li>", "<p>Some:<sup>1</sup></p><li>b</li>",
        "<p>End.</p>",
    ]  # fmt: skip


def test_the_command_names_page_and_place_and_fails(page, capsys):
    Procedure.objects.update(kind="practice")
    page.sections.create(anchor="here", heading="A heading", body=LONG)
    with pytest.raises(CommandError, match="1 to fix"):
        call_command("check_content")
    assert "page en overview here: Sentence with 27 words" in capsys.readouterr().out


def test_the_command_succeeds_for_good_text(page, capsys):
    call_command("check_content")
    assert "Nothing to fix." in capsys.readouterr().out


def test_summaries_are_checked_too(page):
    Procedure.objects.update(summary="The best cure.", risks_summary="Very rare.")
    found = said(page)
    assert {(where, sentence) for where, _anchor, sentence in found} >= {
        ("overview", "Don’t use this word: “best”."), ("risks", "Don’t use this word: “rare”."),
    }  # fmt: skip
