"""What the pages say: facts in the right order, in plain words, each number with its source."""

import re
from html import unescape

import pytest

from tests.procedures.readability import grade, sentences, words

BANNED = re.compile(
    r"\b(rare|rarely|laparoscopic|safe hands|best|top|leading|guarantee\w*|cures?|pain-free|miracle|testimonials?|"
    r"should|dries|invalid|state[- ]of[- ]the[- ]art)\b",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\d ?(%|percent\b|per cent\b)|\b(1|one) (in|out of) \d", re.IGNORECASE)


def plain(html: str) -> list[str]:
    """The blocks of text in a piece of HTML, without the numbers of sources."""
    html = re.sub(r"<sup.*?</sup>", "", html)
    blocks = re.split(r"</?(?:p|li|ul|ol|h3|br)\b[^>]*>", html)
    cleaned = [unescape(re.sub(r"<[^>]+>", "", block)).replace("\u2060", "").strip() for block in blocks]
    return [block for block in cleaned if block]


def section_html(section: dict) -> list[str]:
    steps = [text for step in section.get("steps", []) for text in (step["heading"], step["html"])]
    cells = [cell for row in section.get("rows", []) for cell in row]
    return [section["html"], *steps, *section.get("head", []), *cells, *section.get("items", [])]


def page_html(content: dict, page: str) -> list[str]:
    shown = content["pages"][page]
    html = [content["summary"] if page == "overview" else content["risks_summary"]]
    for section in shown["top"] + shown["sections"]:
        html += [section["heading"], *section_html(section)]
    for risk in shown["risks"]:
        html += [risk["name"], risk["count_words"], risk["how_bad"], risk["what_we_do"]]
    return html


@pytest.fixture
def content(kyphoplasty) -> dict:
    return kyphoplasty.versions.get().content


@pytest.fixture(params=["overview", "risks"])
def text(request, content) -> list[str]:
    return [block for html in page_html(content, request.param) for block in plain(html)]


def test_a_page_reads_at_grade_8_or_below(text):
    assert grade(text) <= 8


def test_no_sentence_is_longer_than_20_words(text):
    assert [sentence for sentence in sentences(text) if len(words(sentence)) > 20] == []


def test_no_promise_and_no_word_the_law_or_our_style_forbids(text):
    assert [found[0] for block in text for found in BANNED.finditer(block)] == []


def test_counts_are_out_of_1000_never_percentages(text):
    assert [block for block in text if PERCENT.search(block)] == []


def test_the_balloon_comes_out_before_the_cement_goes_in(content):
    steps = next(s for s in content["pages"]["overview"]["sections"] if s["kind"] == "steps")["steps"]
    last = " ".join(plain(steps[-1]["html"]))
    assert len(steps) == 4
    assert last.index("balloon comes out first") < last.index("cement")
    assert not any("cement" in step["html"].lower() for step in steps[:-1])


def test_every_block_with_a_number_names_its_source(content):
    """Questions to bring ask and claim nothing; the heading numbers of days are no claims either."""
    bare = []
    for page in content["pages"].values():
        for section in page["top"] + page["sections"]:
            texts = [section["html"], *(step["html"] for step in section.get("steps", []))]
            texts += [cell for row in section.get("rows", []) for cell in row[1:]]
            bare += [t for t in texts if re.search(r"\d", " ".join(plain(t))) and 'class="cite"' not in t]
        bare += [risk["name"] for risk in page["risks"] if 'class="cite"' not in risk["cite"]]
    assert bare == []


def test_every_number_of_a_source_leads_to_that_source(content):
    for name, page in content["pages"].items():
        html = " ".join(page_html(content, name)) + " ".join(risk["cite"] for risk in page["risks"])
        linked = {int(number) for number in re.findall(r'href="#s(\d+)"', html)}
        assert linked == {source["number"] for source in page["sources"]} == set(range(1, len(linked) + 1))


def test_the_blocks_every_treatment_page_owes_its_readers_are_there(content):
    kinds = [section["kind"] for section in content["pages"]["overview"]["top"]]
    anchors = {section["anchor"] for section in content["pages"]["overview"]["sections"]}
    owed = {
        "what-it-is", "who-may", "who-not", "no-treatment", "before", "how", "after", "benefits", "compare", "other",
        "experts", "bones", "cost", "ask", "help", "help-today",
    }  # fmt: skip
    assert "summary" in kinds
    assert owed <= anchors
    assert {s["kind"] for s in content["pages"]["risks"]["sections"]} >= {"call_911", "call_us"}


def test_what_no_one_knows_is_said_on_both_pages(content):
    for page in content["pages"]:
        said = " ".join(block for html in page_html(content, page) for block in plain(html))
        assert "No study we found tested" in said
        assert re.search(r"[Ee]xperts do not agree", said)


def test_the_invented_reviewer_is_marked_as_invented(content):
    assert "not a real person" in content["people"]["reviewed_by"]


def test_the_counts_of_the_trials_put_together_are_printed_as_found(content):
    counts = {
        risk["name"]: (risk["per_1000"], risk["low"], risk["high"]) for risk in content["pages"]["risks"]["risks"]
    }
    assert counts["Cement leak seen on X-ray or scan"] == (183, 116, 230)
    assert counts["Cement leak that is felt"] == (5, 1, 11)
    assert counts["A serious health problem"] == (115, 11, 217)
    assert counts["A new break in the spine"] == (207, 4, 409)


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
