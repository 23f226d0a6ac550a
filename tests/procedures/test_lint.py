"""What an editor is told: each rule finds its fault, says where it is, and leaves good text alone."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from clinic.web.danger_signs import DANGER_SIGNS
from procedures.lint import findings, reading
from procedures.lint.whole import OWED
from procedures.models import Procedure, Source
from procedures.plain_text import claims, parts
from procedures.readability import MANY, syllables, words
from procedures.snapshots import snapshot

pytestmark = pytest.mark.once

TODAY = date(2026, 11, 23)
HARD = "Percutaneous vertebral augmentation constitutes an interventional radiological methodology. " * 9
CHOPPY = "We see you. You sit down. We look at it. You can ask us. It is up to you. We may wait. So we do. It is ok. "
FLOWING = "When you come to see us, we sit down with you and listen to what you have to say. " * 9
LONG = "It is " + "very " * 24 + "long."
OF_THE_WHOLE = ("still unknown", "with and without treatment")


@pytest.fixture
def page(db) -> Procedure:
    Source.objects.create(key="FREE09", citation="A trial", url="https://doi.org/10.1", opened_on="2026-11-01")
    return Procedure.objects.create(
        slug="page", kind="practice", name="A page", summary="One.", reviewed_by="Dr. Demo, MD",
        reviewed_on="2026-11-01", next_review_on="2027-11-01",
    )  # fmt: skip


def all_of(procedure, today=TODAY):
    procedure.refresh_from_db()
    return list(findings(snapshot(procedure), today=today))


def said(procedure, body=None, kind="text", today=TODAY, about="procedure", **more):
    """The findings for a page with only this section, without those about what else it owes."""
    Procedure.objects.update(kind=about)
    if body is not None:
        procedure.sections.create(anchor="here", heading="A heading", kind=kind, body=body, **more)
    owed = [*map(str, OWED[about].values()), *OF_THE_WHOLE]
    return [tuple(found) for found in all_of(procedure, today) if not any(words in found.sentence for words in owed)]


def pair(procedure, **more):
    return procedure.pairs.create(
        **{
            "name": "A leak", "intro": "It was seen in this many.", "with_it": 18, "without_it": 0, "unit": "bones",
            "compared_with": "no cement", "paid_by": "the maker", "source": Source.objects.get(key="FREE09"),
        } | more
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "The balloon comes out first. Then cement goes in.",
        "Fewer than 8 in 10 people stayed. [FREE09]",
        "A score from 0 to 100. [FREE09]",
        "Things to know: [FREE09]\n\n- it took 40 minutes\n- 3 bones at most",
        "Call 911.",
        "A fever of 100.4 °F. [FREE09]",
        "Among 297 people, 1 heart stopped. [FREE09]",
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
        ("You get sleep medicine.", "Don’t use this word: “sleep medicine”."),
        ("About 18 % leak. [FREE09]", "Give counts out of 100, not “18 %”."),
        ("It is 1 in 20. [FREE09]", "Give counts out of 100, not “1 in 20”."),
        ("It is 183 of 1,000 people. [FREE09]", "Give counts out of 100, not “183 of 1,000”."),
        ("It is 183 per 1,000. [FREE09]", "Give counts out of 100, not “183 per 1,000”."),
        ("It is 5 of 100. [FREE09]", "Say 100 of what"),
        ("It is 2 of 102 people. [FREE09]", "Give counts out of 100, not “2 of 102”."),
        ("It is 18 per 100 people. [FREE09]", "Give counts out of 100, not “18 per 100”."),
        ("It helps half of the people. [FREE09]", "Give counts out of 100, not “half of the people”."),
        ("It took 40 minutes.", "Number without a source"),
        ("It took 40 minutes. [FREE09]\n\nIt took 50 minutes.", "Number without a source: “It took 50 minutes.”"),
        ("Things to know:\n\n- 3 bones at most", "Number without a source"),
    ],
)
def test_a_fault_is_found_and_its_place_is_named(page, body, fault):
    places = [(where, anchor) for where, anchor, sentence in said(page, body) if fault.rstrip("”") in sentence]
    assert places == [("overview", "here")]


PROMISES = [
    "It is completely safe.", "It works and is 100% effective.", "There is no risk.", "You get well without any risk.",
    "We guarantee it.", "It is painless.", "It does not only help, it cures.", "It is pain-free.", "It always works.",
    "It does not hurt and is perfectly safe.", "No doubt it is risk-free.", "It has no side effects.",
    "It is completely\u00a0safe.", "It is totally harmless.", "It is very safe.", "It is a zero-risk treatment.",
    "It is complication-free.", "It is free of risk.", "There are no serious risks.", "It has no known side effects.",
    "It is one hundred percent safe.", "It always helps.", "It helps everyone.", "It works every time.",
]  # fmt: skip
DENIALS = [
    "It is not completely safe.", "No operation is ever completely safe.", "Nothing is risk-free.",
    "There is no guarantee.", "We cannot promise that it is painless.", "It does not cure weak bones.",
    "That does not mean there is no risk.", "People with no risk factors.", "It is secure.", "It isn’t painless.",
    "It is never without risk.", "It does not always help.", "It does not help everyone.", "It is not very safe.",
    "No treatment is free of risk.",
]  # fmt: skip


@pytest.mark.parametrize("about", ["procedure", "practice"])
def test_what_no_treatment_can_promise_is_caught_and_denying_it_is_not(page, about):
    section = page.sections.create(anchor="here", heading="A heading", body="x")
    for body in PROMISES + DENIALS:
        page.sections.filter(pk=section.pk).update(body=body)
        caught = [sentence for *_, sentence in said(page, about=about) if "promises too much" in sentence]
        assert len(caught) == (body in PROMISES), body


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (HARD, "Hard to read: Flesch-Kincaid"),
        (HARD, "Too many long words: SMOG"),
        (CHOPPY, "Choppy: Flesch-Kincaid"),
        (CHOPPY, "Sentences average 3."),
        ("We see it and say so and then go on to do what we can for as long as you want it here, or not. " * 9,
         "Sentences average 2"),
    ],
)  # fmt: skip
def test_the_grade_of_a_page_is_held_both_ways(page, body, fault):
    assert [where for where, _anchor, sentence in said(page, body) if fault in sentence] == ["overview"]


def test_sentences_that_flow_have_no_findings(page):
    assert said(page, FLOWING) == []


def test_headings_and_list_items_without_a_period_are_no_sentences(page):
    assert said(page, FLOWING + "\n\n- no\n- yes\n- maybe") == []


def test_a_word_of_the_glossary_is_hard_once_on_a_page(page):
    body = "We talk about the kyphoplasty, and you may want to ask about the kyphoplasty, too. " * 9
    assert said(page, body) == []
    page.sections.update(body=body.replace("kyphoplasty", "operation"))
    assert any("Too many long words" in sentence for *_, sentence in said(page))


def test_what_shows_at_once_is_limited_and_what_is_folded_is_not_counted(page):
    body = "We sit down with you and listen to what you have to say about it. " * 45
    assert any("words show at once, at most 600" in sentence for *_, sentence in said(page, body))
    page.sections.update(is_folded=True)
    assert not any("words show at once" in sentence for *_, sentence in said(page))


def test_questions_make_no_claim_and_need_no_source(page):
    assert said(page, "- What if I wait 4 to 6 weeks?", kind="questions") == []


def test_the_practices_own_facts_need_no_source(page):
    assert said(page, "We keep it for 24 hours.", about="practice") == []


@pytest.mark.parametrize(("about", "missing"), [("procedure", 12), ("condition", 4), ("practice", 0)])
def test_missing_required_sections_are_found(page, about, missing):
    Procedure.objects.update(kind=about)
    assert sum("Missing section" in finding.sentence for finding in all_of(page)) == missing


def test_a_treatment_must_say_what_nobody_knows(page):
    Procedure.objects.update(kind="procedure")
    assert "Nothing says what is still unknown." in [found.sentence for found in all_of(page)]
    page.sections.create(anchor="x", heading="X", body="Experts do not agree. [FREE09]")
    assert "Nothing says what is still unknown." not in [found.sentence for found in all_of(page)]


def one_sided(procedure):
    Procedure.objects.update(kind="procedure")
    return [found.sentence for found in all_of(procedure) if (found.page, found.anchor) == ("risks", "pairs")]


def test_a_treatment_shows_benefits_and_harms_with_and_without_it(page):
    assert len(one_sided(page)) == 2
    pair(page)
    assert one_sided(page) == ["No benefit is shown with and without treatment."]
    pair(page, name="A score", is_gain=True, starts_at=26, with_it=7, without_it=2)
    assert one_sided(page) == []


def test_a_pair_says_what_it_was_compared_with_and_who_paid(page):
    pair(page)
    pair(page, name="A score", is_gain=True, paid_by="")
    assert one_sided(page) == ["“A score” does not say what it was compared with and who paid."]


def test_one_fact_has_one_number_on_every_page(page):
    pair(page)
    assert said(page, "It leaks in 18 of 100 treated bones. [FREE09]") == []
    found = said(page, "It leaks in 20 of 100 treated bones. [FREE09]", page="choices")
    assert found == [("choices", "here", "“20 of 100 treated bones” is not on the page of benefits and harms.")]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ({"url": ""}, "Source FREE09 has no web address or DOI."),
        ({"opened_on": None}, "No one noted when source FREE09 was opened."),
        ({"url": "https://www.spine-and-joy.com/kyphoplasty"}, "Source FREE09 is a company’s page."),
        ({"url": "https://www.spine-health.com/"}, None),
    ],
)
def test_each_source_has_an_address_a_date_and_nothing_to_sell(page, source, fault):
    Source.objects.update(**source)
    found = [sentence for *_, sentence in said(page, "It took 40 minutes. [FREE09]")]
    assert [sentence for sentence in found if sentence.startswith(fault)] if fault else found == []


def test_the_danger_signs_are_those_of_the_whole_site(page):
    signs = [f"- {'[to check] ' if number else ''}{sign}" for number, sign in enumerate(DANGER_SIGNS)]
    assert said(page, "\n".join(signs), kind="call_911") == []
    page.sections.update(body="\n".join(signs[:-1]))
    assert [sentence for *_, sentence in said(page)] == [
        f"The danger signs differ from the rest of the site: “{DANGER_SIGNS[-1]}” is missing."
    ]


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


def test_the_long_words_that_count_once_are_those_of_the_glossary(all_pages):
    content = snapshot(all_pages["glossary"])
    headings = next(part for part in parts(content) if part.kind == "words").headings[1:]
    long_words = {word.lower() for heading in headings for word in words(heading) if syllables(word) >= MANY}
    assert reading.GLOSSARY["en"] == long_words
