"""What the pages say: facts in the right order, in plain words, each number with its source."""

import re
import tomllib
from datetime import date

import pytest

from procedures import citations
from procedures.lint import findings
from procedures.loading import CONTENT, load
from procedures.plain_text import Part, claims, parts, plain_text
from procedures.readability import flesch_kincaid, sentences, smog, words
from tests.procedures.conftest import LOADED

pytestmark = pytest.mark.once

FILES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(CONTENT.glob("*.toml"))}
AIM_GRADE, AIM_SMOG, AIM_WORDS, MOST_IN_A_PARAGRAPH = 6, 8, 20, 4
TO_CHECK = "A clinician has yet to check"
RATHER_NOT = re.compile(
    r"\b(rare|rarely|cured?|miracles?|pain-free|liv(?:e|es|ing) longer|guarantees?)\b", re.IGNORECASE
)
FOUND = re.compile(r"\b(stud(y|ies) (found|showed)|on average|experts? (agree|do not))\b", re.IGNORECASE)
# Counts from studies too small for a count per 1,000: the text beside them says so.
SMALL_STUDIES = {"102", "191"}


@pytest.fixture(params=FILES)
def content(request, db) -> dict:
    """What the public sees of each page, one page after the other."""
    return load(CONTENT / f"{request.param}.toml", now=LOADED, demo=True).versions.get().content


@pytest.fixture
def shown(kyphoplasty) -> dict[str, list[Part]]:
    """The sections of each kyphoplasty page."""
    content = kyphoplasty.versions.get().content
    return {page: [part for part in parts(content) if part.page == page] for page in content["pages"]}


def blocks(sections: list[Part]) -> list[str]:
    return [text for part in sections for text in part.blocks]


def section(shown, page: str, anchor: str) -> str:
    return " ".join(blocks([part for part in shown[page] if part.anchor == anchor]))


def of_page(content: dict, page: str) -> list[str]:
    return blocks([part for part in parts(content) if part.page == page])


def test_the_lint_finds_nothing(content):
    assert list(findings(content, today=date(2026, 11, 23))) == []


def test_every_page_reaches_the_grade_we_aim_for(content):
    """The lint warns at grade 8; our own pages aim for 6."""
    for page in content["pages"]:
        text = of_page(content, page)
        assert flesch_kincaid(text) <= AIM_GRADE, page
        assert smog(text) <= AIM_SMOG, page
        assert [said for said in sentences(text) if len(words(said)) > AIM_WORDS] == []


def test_no_paragraph_is_too_long(content):
    texts = [text for part in parts(content) for html in part.html for text in re.findall(r"<p>.*?</p>", html)]
    assert [text for text in texts if len(sentences(plain_text(text))) > MOST_IN_A_PARAGRAPH] == []


def test_pages_about_the_practice_claim_no_more_than_the_others(content):
    said = [text for page in content["pages"] for text in of_page(content, page)]
    assert [text for text in said if RATHER_NOT.search(text)] == []


def test_a_count_that_is_not_per_1000_comes_from_a_study_too_small_for_one(content):
    said = " ".join(text for page in content["pages"] for text in of_page(content, page))
    assert set(re.findall(r"\b\d+ of ([\d,]*\d)\b", said)) <= SMALL_STUDIES | {"1,000"}


def test_findings_of_studies_and_experts_are_never_stated_without_a_source(content):
    blocks = [html for part in parts(content) if part.kind not in ("risks", "lead") for html in part.html]
    bare = [claim for html in blocks for claim in claims(html) if 'class="cite"' not in claim]
    said = [text for claim in bare for text in plain_text(claim)] if content["kind"] != "practice" else []
    assert [text for text in said if FOUND.search(text)] == []


def test_every_number_from_a_source_cites_that_source(content):
    for name, page in content["pages"].items():
        html = " ".join(text for part in parts(content) if part.page == name for text in part.html)
        html += " ".join(risk["cite"] for risk in page["risks"])
        linked = {int(number) for number in re.findall(r'href="#s(\d+)"', html)}
        assert linked == {source["number"] for source in page["sources"]} == set(range(1, len(linked) + 1))


def test_the_invented_reviewer_is_marked_as_invented(content):
    assert "not a real person" in content["people"]["reviewed_by"]


@pytest.mark.parametrize("slug", FILES)
def test_a_file_contains_exactly_the_sources_it_cites(slug):
    data = FILES[slug]
    texts = [section["body"] for section in data["sections"]]
    texts += [risk["how_bad"] + risk["what_we_do"] for risk in data["risks"]]
    cited = citations.cited_keys(*texts) | {risk["source"] for risk in data["risks"]}
    assert cited == {source["key"] for source in data["sources"]}


def test_a_source_is_described_the_same_way_in_every_file():
    notified = {}
    for data in FILES.values():
        for source in data["sources"]:
            assert notified.setdefault(source["key"], source) == source


def test_the_911_list_is_the_same_everywhere():
    cards = [
        section["body"] for data in FILES.values() for section in data["sections"] if section["kind"] == "call_911"
    ]
    assert len({body for body in cards if citations.CITATION.search(body)}) == 1


def test_every_drawing_is_one_of_ours_and_described():
    for data in FILES.values():
        for text in (section["body"] for section in data["sections"]):
            assert citations.drawing_names(text) <= citations.DRAWINGS.keys()
            assert all(len(found["alt"]) > 40 for found in citations.DRAWING.finditer(text))


# -- kyphoplasty


def test_kyphoplasty_has_its_seven_pages(shown):
    assert set(shown) == {"overview", "how", "risks", "before-after", "choices", "questions", "cost"}


def test_the_balloon_comes_out_before_the_cement_goes_in(kyphoplasty):
    sections = kyphoplasty.versions.get().content["pages"]["how"]["sections"]
    steps = next(section["steps"] for section in sections if section["kind"] == "steps")
    last = " ".join(plain_text(steps[-1]["html"]))
    assert len(steps) == 4
    assert all(step["drawing"] for step in steps)
    assert last.index("balloon comes out first") < last.index("cement")
    assert not any("cement" in step["html"].lower() for step in steps[:-1])


def test_every_page_says_that_experts_disagree(shown):
    assert [page for page in shown if "experts do not agree" not in " ".join(blocks(shown[page])).lower()] == []


@pytest.mark.parametrize("page", ["overview", "how", "risks", "choices"])
def test_the_page_says_that_nothing_was_tested_against_a_placebo(shown, page):
    assert "No study we found tested" in " ".join(blocks(shown[page]))


def test_the_numbers_of_the_trial_say_that_it_was_open_and_who_paid_for_it(shown):
    benefits = section(shown, "overview", "benefits")
    assert "open-label" in benefits
    assert "maker of the balloon paid" in benefits


def test_no_claim_is_made_about_survival(shown):
    assert "We make no claim about how long people live" in section(shown, "overview", "experts")


@pytest.mark.parametrize("page", ["risks", "before-after"])
def test_the_page_about_problems_says_whom_to_call(shown, page):
    assert {"call_911", "call_us"} <= {part.kind for part in shown[page]}


def test_statements_without_a_source_are_left_to_a_clinician(shown):
    for page, anchor, words_ in [
        ("risks", "help", "you faint"),
        ("how", "feel", "grows warm"),
        ("choices", "yet-to-check", "Open surgery"),
    ]:
        text = section(shown, page, anchor)
        assert text.index(TO_CHECK) < text.index(words_)


def test_the_pooled_counts_of_the_trials_are_printed_as_found(kyphoplasty):
    counts = {risk.name: (risk.per_1000, risk.low, risk.high) for risk in kyphoplasty.risks.all()}
    assert counts["Cement leak seen on X-ray or scan"] == (183, 116, 230)
    assert counts["Cement leak that is felt"] == (5, 1, 11)
    assert counts["A serious health problem"] == (115, 11, 217)
    assert counts["A new break in the spine"] == (207, 4, 409)


# -- the others


def test_the_page_without_facts_says_so_at_the_top_and_gives_no_counts():
    data = FILES["epidural-steroid-injection"]
    assert "This page is not finished" in data["sections"][0]["body"]
    assert data["risks"] == []
    assert "of 1,000" not in " ".join(section["body"] for section in data["sections"])


def test_the_privacy_page_names_what_we_never_ask():
    text = next(section["body"] for section in FILES["privacy"]["sections"] if section["anchor"] == "never-ask")
    for never in (
        "card number",
        "Social Security",
        "medicines",
        "blood thinner",
        "history",
        "sex",
        "race",
        "heard of us",
    ):
        assert never in text
