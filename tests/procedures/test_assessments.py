"""Our own assessments of our pages, item by item, with reasons. They do not decide what is published."""

import tomllib

import pytest

from procedures.loading import CONTENT, load
from tests.procedures.conftest import LOADED

pytestmark = pytest.mark.once

SHEETS = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(CONTENT.glob("assessments/*.toml"))
}
DISCERN = list(range(1, 17))
PEMAT = [*range(1, 13), *range(15, 27)]  # the items for printed pages; the others are for audio and video
SCORES = {"discern": {1, 2, 3, 4, 5}, "pemat": {"agree", "disagree", "not applicable"}}
every_sheet = pytest.mark.parametrize("slug", SHEETS)


def test_each_page_about_a_treatment_or_condition_has_an_assessment():
    files = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in CONTENT.glob("*.toml")}
    shown = {slug for slug, data in files.items() if data.get("is_shown", True)}
    assert set(SHEETS) == {slug for slug in shown if files[slug]["kind"] != "practice"}


@every_sheet
def test_every_item_is_there_once_and_in_order(slug):
    assert [item["item"] for item in SHEETS[slug]["discern"]] == DISCERN
    assert [item["item"] for item in SHEETS[slug]["pemat"]] == PEMAT


@every_sheet
@pytest.mark.parametrize("kind", SCORES)
def test_every_score_is_a_valid_one_and_has_a_reason(slug, kind):
    for item in SHEETS[slug][kind]:
        assert item["score"] in SCORES[kind], item
        assert len(item["reason"]) > 10, item


@every_sheet
def test_it_says_who_assessed_and_that_it_was_one_of_us(slug):
    sheet = SHEETS[slug]
    assert sheet["label"] == "Self-assessment, one rater"
    assert (sheet["page"], sheet["language"]) == (slug, "en")
    assert sheet["rater"]
    assert sheet["rated_on"]


@every_sheet
def test_each_assessment_is_of_the_current_text(slug, db):
    """If this fails, the text has changed since: assess it again, item by item, and enter its new fingerprint."""
    assert SHEETS[slug]["of"] == load(CONTENT / f"{slug}.toml", now=LOADED, demo=True).versions.get().sha256


def test_kyphoplasty_is_as_good_as_we_ask():
    """Each item of DISCERN that tells of quality at 4 or more; of PEMAT, four of five."""
    scores = {item["item"]: item["score"] for item in SHEETS["kyphoplasty"]["discern"]}
    assert min(scores[item] for item in range(4, 17)) >= 4
    answers = [item["score"] for item in SHEETS["kyphoplasty"]["pemat"] if item["score"] != "not applicable"]
    assert answers.count("agree") / len(answers) >= 0.8


def test_the_same_items_have_the_same_questions_in_every_assessment():
    for kind in SCORES:
        asked = {tuple(item["asks"] for item in sheet[kind]) for sheet in SHEETS.values()}
        assert len(asked) == 1
