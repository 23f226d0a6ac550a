"""What the pages say: facts in the right order, in plain words, each number with its source."""

import re

import pytest

from procedures import marks, rendering
from tests.procedures.readability import grade, sentences, smog, words
from tests.procedures.written import FILES, PAGES, TO_CHECK, Page, blocks_of, blocks_of_risk, pieces, plain

BANNED = re.compile(
    r"\b(rare|rarely|laparoscopic|safe hands|best|top|leading|guarantee\w*|cures?|pain-free|miracle|testimonials?|"
    r"should|dries|invalid|state[- ]of[- ]the[- ]art)\b",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\d ?(%|percent\b|per cent\b)|\b(1|one) (in|out of) \d", re.IGNORECASE)
OTHER_COUNT = re.compile(r"\b\d[\d,]* of ((?!1,000\b)[\d,]+)")
MEDICAL = [part for part in PAGES if FILES[part.slug]["kind"] != "practice"]
TREATMENTS = ("kyphoplasty", "vertebroplasty")
every_page = pytest.mark.parametrize("part", PAGES, ids="/".join)
every_medical_page = pytest.mark.parametrize("part", MEDICAL, ids="/".join)


def paragraphs(html: str) -> list[str]:
    return re.findall(r"<p>(.*?)</p>", html, re.DOTALL)


def anchors(slug: str) -> set[str]:
    return {section["anchor"] for section in FILES[slug]["sections"]}


@every_page
def test_a_page_reads_at_grade_8_or_below_and_aims_for_6(part):
    assert grade(part.texts) <= 6
    assert smog(part.texts) <= 8


@every_page
def test_each_section_reads_at_grade_8_or_below(part):
    hard = {s["anchor"]: (grade(blocks_of(s)), smog(blocks_of(s))) for s in part.sections}
    assert {anchor: grades for anchor, grades in hard.items() if grades[0] > 8 or grades[1] > 9} == {}


@every_page
def test_no_sentence_is_longer_than_20_words(part):
    assert [sentence for sentence in sentences(part.texts) if len(words(sentence)) > 20] == []


@every_page
def test_no_paragraph_has_more_than_4_sentences(part):
    texts = [text for section in part.sections for html in pieces(section) for text in paragraphs(html)]
    assert [text for text in texts if len(sentences(plain(text))) > 4] == []


@every_page
def test_no_promise_and_no_word_the_law_or_our_style_forbids(part):
    assert [found[0] for block in part.texts for found in BANNED.finditer(block)] == []


@every_page
def test_counts_are_never_percentages_or_one_in_so_many(part):
    assert [block for block in part.texts if PERCENT.search(block)] == []


@every_medical_page
def test_counts_are_out_of_1000_or_name_the_few_people_who_were_seen(part):
    """A study of 102 or 191 people is too small for a count of 1,000; the words say so beside it."""
    counted_of = {found[1] for block in part.texts for found in OTHER_COUNT.finditer(block)}
    assert counted_of <= {"102", "191"}


def checked(section: dict) -> str:
    """The text above the heading that says who has yet to check what follows; none under such a heading."""
    return "" if section["heading"] == TO_CHECK else section["body"].split(f"### {TO_CHECK}")[0]


def uncited(text: str) -> list[str]:
    """Paragraphs, list items and cells with a number and no source. A list has that of the line that opens it."""
    bare, opened = [], False
    for line in filter(None, map(str.strip, text.splitlines())):
        cited, is_item = bool(marks.CITATION.search(line)), bool(re.match(r"(- |\d+\. )", line))
        if not is_item:
            opened = cited and ":" in line
        said = re.sub(r"^\d+\. |\]\([^)]*\)", "", line)
        if re.search(r"\d", said) and not cited and not (is_item and opened):
            bare.append(line)
    return bare


@every_medical_page
def test_every_line_with_a_number_names_its_source(part):
    """Drawings and the headings of steps claim nothing, questions ask: the rest is held to it, cell by cell."""
    bare = []
    for section in part.sections:
        text = re.sub(r"^(###|!\[|\|[ -]*\|[-|]*$).*$", "", checked(section), flags=re.MULTILINE)
        if section["kind"] == "table":
            around, rows = rendering.split_table(text)
            text = "\n".join([around, *(cell for row in rows[1:] for cell in row)])
        if section["kind"] == "questions":
            text = rendering.split_list(text)[0]
        bare += uncited(text)
    assert bare == []


@pytest.mark.parametrize("slug", FILES)
def test_the_sources_of_a_file_are_those_it_cites(slug):
    data = FILES[slug]
    risks = data.get("risks", [])
    texts = [s["body"] for s in data["sections"]] + [r["how_bad"] + r.get("what_we_do", "") for r in risks]
    assert marks.cited_keys(*texts) | {risk["source"] for risk in risks} == {s["key"] for s in data["sources"]}


def test_a_source_is_told_the_same_way_in_every_file():
    told = {}
    for data in FILES.values():
        for source in data["sources"]:
            assert told.setdefault(source["key"], source) == source


@pytest.mark.parametrize("slug", FILES)
def test_every_drawing_is_one_of_ours_and_described(slug):
    for section in FILES[slug]["sections"]:
        assert marks.drawing_names(section["body"]) <= marks.DRAWINGS.keys()
        assert all(len(found["alt"]) > 40 for found in marks.DRAWING.finditer(section["body"]))


def test_the_balloon_comes_out_before_the_cement_goes_in():
    section = next(s for s in Page("kyphoplasty", "how").sections if s["kind"] == "steps")
    _before, steps = rendering.split_steps(section["body"])
    last = steps[-1][1]
    assert len(steps) == 4
    assert last.index("balloon comes out first") < last.index("Then cement")
    assert not any("cement" in text.lower() for _heading, text in steps[:-1])


def test_kyphoplasty_has_its_seven_pages():
    pages = [part.page for part in PAGES if part.slug == "kyphoplasty"]
    assert sorted(pages) == ["before-after", "choices", "cost", "how", "overview", "questions", "risks"]


@pytest.mark.parametrize("slug", TREATMENTS)
def test_the_blocks_every_treatment_page_owes_its_readers_are_there(slug):
    owed = {
        "in-short", "what-it-is", "who-may", "who-not", "no-treatment", "before", "how", "after", "benefits", "compare",
        "experts", "unsure", "cost", "ask", "help", "help-today",
    }  # fmt: skip
    assert owed <= anchors(slug)
    assert FILES[slug]["risks"]


def test_the_page_without_facts_says_so_at_its_head_and_gives_no_counts():
    data = FILES["epidural-steroid-injection"]
    first = " ".join(blocks_of(data["sections"][0]))
    assert "This page is not finished" in first
    assert data["risks"] == []
    assert not re.search(r"\bof 1,000\b", " ".join(s["body"] for s in data["sections"]))


@pytest.mark.parametrize("page", ["overview", "how", "risks", "before-after", "choices", "questions", "cost"])
def test_every_page_of_kyphoplasty_says_that_experts_do_not_agree(page):
    said = " ".join(Page("kyphoplasty", page).texts)
    assert re.search(r"[Ee]xperts do not agree|where experts disagree", said)


@pytest.mark.parametrize("page", ["overview", "how", "risks", "choices"])
def test_it_is_said_that_nothing_was_tested_against_a_fake_treatment(page):
    assert "No study we found tested" in " ".join(Page("kyphoplasty", page).texts)


def test_an_open_trial_and_who_paid_for_it_are_named_beside_its_numbers():
    benefits = next(s for s in FILES["kyphoplasty"]["sections"] if s["anchor"] == "benefits")["body"]
    assert "open-label" in benefits
    assert "maker of the balloon paid" in benefits


def test_no_page_says_that_a_treatment_makes_people_live_longer():
    said = [text for part in PAGES for text in part.texts if re.search(r"\bliv(e|ing) longer", text, re.IGNORECASE)]
    assert said
    assert all("We do not say" in text for text in said)


@pytest.mark.parametrize("part", [p for p in PAGES if p.page == "risks" or p.slug == "kyphoplasty"], ids="/".join)
def test_a_page_about_harm_or_the_days_after_says_when_to_call(part):
    kinds = {section["kind"] for section in part.sections}
    if part.page in ("risks", "before-after"):
        assert {"call_911", "call_us"} <= kinds


def test_the_911_list_is_the_same_wherever_it_stands():
    lists = {s["body"] for data in FILES.values() for s in data["sections"] if s["kind"] == "call_911" and
             "[KRAMES]" in s["body"]}  # fmt: skip
    assert len(lists) == 1


@pytest.mark.parametrize("slug", FILES)
def test_an_invented_reviewer_is_marked_and_has_dates(slug):
    data = FILES[slug]
    assert "not a real person" in data["reviewed_by"]
    assert data["reviewed_on"] < data["next_review_on"]


def test_the_counts_of_the_trials_put_together_are_printed_as_found():
    risks = FILES["kyphoplasty"]["risks"]
    counts = {risk["name"]: (risk.get("per_1000"), risk.get("low"), risk.get("high")) for risk in risks}
    assert counts["Cement leak seen on X-ray or scan"] == (183, 116, 230)
    assert counts["Cement leak that is felt"] == (5, 1, 11)
    assert counts["A serious health problem"] == (115, 11, 217)
    assert counts["A new break in the spine"] == (207, 4, 409)


def test_each_risk_says_what_it_means_and_what_we_do():
    for slug in TREATMENTS:
        for risk in FILES[slug]["risks"]:
            assert len(blocks_of_risk(risk)) >= 3, risk["name"]


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (["The cat sat on the mat."], -1.4),
        (["The balloon comes out first.", "Then cement fills the room it made, and sets there."], 2),
        (["Percutaneous vertebral augmentation is a minimally invasive intervention of interventional radiology."], 25),
    ],
)
def test_the_measure_itself_tells_easy_from_hard(sample, expected):
    assert grade(sample) == pytest.approx(expected, abs=3.5)
