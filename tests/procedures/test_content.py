"""What the pages say: facts in the right order, in plain words, each number with its source."""

import re
import tomllib
from datetime import date

import pytest

from procedures import citations
from procedures.lint import findings
from procedures.loading import CONTENT, SOURCES, cited_sources, load
from procedures.plain_text import Part, claims, parts, plain_text
from procedures.readability import sentences
from tests.procedures.conftest import LOADED

pytestmark = pytest.mark.once

FILES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(CONTENT.glob("*.toml"))}
UNLISTED = "epidural-steroid-injection"
MOST_IN_A_PARAGRAPH = 5
RATHER_NOT = re.compile(
    r"\b(rare|rarely|cured?|miracles?|pain-free|liv(?:e|es|ing) longer|guarantees?)\b", re.IGNORECASE
)
FOUND = re.compile(r"\b(stud(y|ies) (found|showed)|on average|experts? (agree|do not))\b", re.IGNORECASE)
EXPLAINED = {  # medical word -> how the kyphoplasty pages explain it
    "anesthesia": "medicine that numbs you or makes you sleep",
    "sedation": "medicine that makes you calm and drowsy",
    "embolism": "travel to the lungs and block the blood there",
    "consent": "you say that you understand it and agree",
    "antibiotics": "medicine against germs",
    "recovery": "waking up and being watched",
    "follow-up": "the visit where we look at the cut",
    "sham": "pretend",
    "opioids": "strong pain pills",
    "fluoroscopy": "Live X-ray",
    "osteoporosis": "weak bones",
    "prior authorization": "say yes before the treatment is done",
}


@pytest.fixture(params=sorted(FILES.keys() - {UNLISTED}))
def content(request, content_of) -> dict:
    """What the public sees of each page, one page after the other."""
    return content_of(request.param)


@pytest.fixture
def shown(content_of) -> dict[str, list[Part]]:
    """The sections of each kyphoplasty page."""
    content = content_of("kyphoplasty")
    return {page: [part for part in parts(content) if part.page == page] for page in content["pages"]}


def blocks(sections: list[Part]) -> list[str]:
    return [text for part in sections for text in part.blocks]


def section(shown, page: str, anchor: str) -> str:
    return " ".join(blocks([part for part in shown[page] if part.anchor == anchor]))


def of_page(content: dict, page: str) -> list[str]:
    return blocks([part for part in parts(content) if part.page == page])


def test_the_lint_finds_nothing(content):
    assert list(findings(content, today=date(2026, 11, 23))) == []


def test_no_paragraph_is_too_long(content):
    texts = [text for part in parts(content) for html in part.html for text in re.findall(r"<p>.*?</p>", html)]
    assert [text for text in texts if len(sentences(plain_text(text))) > MOST_IN_A_PARAGRAPH] == []


def test_pages_about_the_practice_claim_no_more_than_the_others(content):
    said = [text for page in content["pages"] for text in of_page(content, page)]
    assert [text for text in said if RATHER_NOT.search(text)] == []


def test_findings_of_studies_and_experts_are_never_stated_without_a_source(content):
    blocks = [html for part in parts(content) if part.kind not in ("risks", "pairs", "lead") for html in part.html]
    bare = [claim for html in blocks for claim in claims(html) if 'class="cite"' not in claim]
    said = [text for claim in bare for text in plain_text(claim)] if content["kind"] != "practice" else []
    assert [text for text in said if FOUND.search(text)] == []


def test_every_number_from_a_source_cites_that_source(content):
    for name, page in content["pages"].items():
        html = " ".join(text for part in parts(content) if part.page == name for text in part.html)
        html += " ".join(row["cite"] for row in page["risks"] + page.get("pairs", []))
        linked = {int(number) for number in re.findall(r'href="#s(\d+)"', html)}
        assert linked == {source["number"] for source in page["sources"]} == set(range(1, len(linked) + 1))


def test_the_invented_reviewer_is_marked_as_invented(content):
    assert "not a real person" in content["people"]["reviewed_by"]


@pytest.mark.parametrize("slug", FILES)
def test_every_source_of_a_page_is_described(slug):
    data = FILES[slug]
    sections, risks, pairs = (data.get(name, []) for name in ("sections", "risks", "pairs"))
    texts = [section["body"] for section in sections] + [row["how_bad"] for row in risks]
    texts += [row["intro"] + row["meaning"] for row in pairs]
    named = citations.cited_keys(*texts) | {row["source"] for row in risks + pairs}
    assert named <= {source["key"] for source in cited_sources(sections, risks, pairs)}


def test_each_source_is_cited_somewhere():
    described = {source["key"] for source in tomllib.loads(SOURCES.read_text(encoding="utf-8"))["sources"]}
    cited = {
        source["key"]
        for data in FILES.values()
        for source in cited_sources(*(data.get(name, []) for name in ("sections", "risks", "pairs")))
    }
    assert described == cited


def test_the_danger_signs_are_never_written_out_but_taken_from_the_one_list():
    cards = [
        section["body"] for data in FILES.values() for section in data["sections"] if section["kind"] == "call_911"
    ]
    assert len(cards) >= 6
    assert {body.strip() for body in cards} == {"[danger signs]"}


def test_no_heading_tells_patients_that_something_is_not_checked():
    headings = [section["heading"] + section["body"] for data in FILES.values() for section in data["sections"]]
    assert not [text for text in headings if "clinician has yet to check" in text.lower()]


def test_every_drawing_is_one_of_ours_and_described():
    for data in FILES.values():
        for text in (section["body"] for section in data["sections"]):
            assert citations.drawing_names(text) <= citations.DRAWINGS.keys()
            assert all(len(found["alt"]) > 40 for found in citations.DRAWING.finditer(text))


# -- kyphoplasty


def test_kyphoplasty_has_its_eight_pages(shown):
    assert set(shown) == {"overview", "how", "risks", "before-after", "choices", "aid", "questions", "cost"}


@pytest.mark.parametrize("word", EXPLAINED)
def test_a_medical_word_is_explained_where_it_stands(shown, word):
    said = [text for page in shown.values() for text in blocks(page) if word in text.lower()]
    assert any(EXPLAINED[word] in text for text in said)


def test_ten_questions_are_answered_in_the_words_of_patients(kyphoplasty):
    sections = kyphoplasty.versions.get().content["pages"]["questions"]["sections"]
    asked = next(section["steps"] for section in sections if section["kind"] == "answers")
    assert len(asked) == 10
    assert all(question["heading"].endswith("?") and len(plain_text(question["html"])[0]) > 40 for question in asked)


def test_the_balloon_comes_out_before_the_cement_goes_in(kyphoplasty):
    sections = kyphoplasty.versions.get().content["pages"]["how"]["sections"]
    steps = next(section["steps"] for section in sections if section["kind"] == "steps")
    last = " ".join(plain_text(steps[-1]["html"]))
    assert len(steps) == 4
    assert all(step["drawing"] for step in steps)
    assert last.index("balloon comes out first") < last.index("cement")
    assert not any("cement" in step["html"].lower() for step in steps[:-1])


def test_every_page_that_advises_says_that_experts_disagree(shown):
    said = {page for page in shown if "experts do not agree" in " ".join(blocks(shown[page])).lower()}
    assert said == set(shown) - {"aid"}  # a sheet of paper for people who have read the rest


@pytest.mark.parametrize("page", ["overview", "how", "risks", "choices"])
def test_the_page_says_that_nothing_was_tested_against_a_placebo(shown, page):
    assert "No study we found tested" in " ".join(blocks(shown[page]))


def test_the_numbers_of_the_trial_say_that_it_was_open_and_who_paid_for_it(shown):
    benefits = section(shown, "overview", "benefits")
    assert "Everyone knew which care they got" in benefits
    assert "maker of the balloon paid" in benefits


def test_no_claim_is_made_about_survival(shown):
    assert "We make no claim about how long people live" in section(shown, "risks", "survival")


@pytest.mark.parametrize("page", ["risks", "before-after"])
def test_the_page_about_problems_says_whom_to_call(shown, page):
    assert {"call_911", "call_us"} <= {part.kind for part in shown[page]}


def test_statements_without_a_source_are_left_to_a_clinician(db):
    texts = [section.body for section in load(CONTENT / "kyphoplasty.toml", now=LOADED).sections.all()]
    for words_ in ("you faint", "grows warm", "Open surgery", "Bone cement is not a metal", "your calf swells"):
        lines = [line for text in texts for line in text.splitlines() if words_ in line]
        assert lines
        assert all("[to check]" in line for line in lines), words_


def test_benefit_and_harm_stand_in_pairs_of_the_same_100(kyphoplasty):
    pairs = {pair.name: (pair.is_gain, pair.with_it, pair.without_it) for pair in kyphoplasty.pairs.all()}
    assert pairs == {
        "How well the body works, after 1 month": (True, 7, 2),
        "Cement that leaks out of the bone": (False, 18, 0),
        "A new break in the spine": (False, 33, 25),
        "A serious health problem, from any cause": (False, 12, None),
    }


# -- the others


def test_the_page_without_facts_is_not_on_the_site(client, all_pages):
    assert client.get(f"/procedures/{UNLISTED}/").status_code == 404
    assert UNLISTED not in client.get("/procedures/").text
    assert FILES[UNLISTED]["risks"] == []


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
