"""What the pages say: facts in the right order, in plain words, each number with its source."""

import re
from datetime import date

import pytest

from procedures.lint import findings
from procedures.plain import parts, plain


@pytest.fixture
def content(kyphoplasty) -> dict:
    return kyphoplasty.versions.get().content


def test_there_is_nothing_to_mend(content):
    assert list(findings(content, today=date(2026, 11, 23))) == []


def test_the_balloon_comes_out_before_the_cement_goes_in(content):
    steps = next(s for s in content["pages"]["overview"]["sections"] if s["kind"] == "steps")["steps"]
    last = " ".join(plain(steps[-1]["html"]))
    assert len(steps) == 4
    assert last.index("balloon comes out first") < last.index("cement")
    assert not any("cement" in step["html"].lower() for step in steps[:-1])


def test_every_number_of_a_source_leads_to_that_source(content):
    for name, page in content["pages"].items():
        html = " ".join(text for part in parts(content) if part.page == name for text in part.html)
        html += " ".join(risk["cite"] for risk in page["risks"])
        linked = {int(number) for number in re.findall(r'href="#s(\d+)"', html)}
        assert linked == {source["number"] for source in page["sources"]} == set(range(1, len(linked) + 1))


def test_what_no_one_knows_is_said_on_overview_and_risks(content):
    for page in ("overview", "risks"):
        said = " ".join(text for part in parts(content) if part.page == page for text in part.blocks)
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
