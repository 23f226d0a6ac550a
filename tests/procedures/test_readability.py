"""The measures tell easy text from hard text, and count as people do."""

import pytest

from procedures.readability import flesch_kincaid, sentences, smog, syllables, words

pytestmark = pytest.mark.once

EASY = ["The cat sat on the mat."]
PLAIN = ["The balloon comes out first.", "Then cement fills the room it made, and sets there."]
HARD = ["Percutaneous vertebral augmentation is a minimally invasive intervention of interventional radiology."]


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("bone", 1), ("bones", 1), ("balloon", 2), ("vertebra", 3), ("kyphoplasty", 4), ("arthritis", 3),
        ("the", 1), ("treated", 2), ("surgery", 3), ("1,000", 1), ("x", 1), ("area", 2), ("people", 2),
    ],
)  # fmt: skip
def test_syllables_are_counted_by_vowel_groups(word, count):
    assert syllables(word) == count


@pytest.mark.parametrize(("blocks", "grade"), [(EASY, -1.45), (PLAIN, 0.71), (HARD, 26.25)])
def test_flesch_kincaid_gives_known_texts_their_known_grade(blocks, grade):
    assert flesch_kincaid(blocks) == pytest.approx(grade, abs=0.01)


def test_smog_follows_its_formula():
    assert smog(EASY) == pytest.approx(3.1291)
    assert smog(["Osteoporosis hurts."] * 30) == pytest.approx(1.043 * 30**0.5 + 3.1291)


def test_a_heading_never_runs_into_the_text_below_it():
    assert sentences(["What it is", "A weak bone. It broke", "5.2 of 10"]) == [
        "What it is", "A weak bone", "It broke", "5.2 of 10",
    ]  # fmt: skip


def test_a_title_such_as_dr_does_not_end_a_sentence():
    assert len(sentences(["Ask Dr. Ellison. Then wait."])) == 2


def test_a_hyphenated_word_is_one_and_a_number_is_one():
    assert words("X-ray, don’t 1,000 times 2.5") == ["X-ray", "don’t", "1,000", "times", "2.5"]


@pytest.mark.parametrize("measure", [flesch_kincaid, smog])
def test_a_text_without_a_word_is_refused(measure):
    with pytest.raises(ValueError, match="without a word"):
        measure(["...", ""])
