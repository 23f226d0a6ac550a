"""Invisible and blank characters, in the function that cleans every text."""

import pytest

from clinic.text import clean_text

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        pytest.param("June\x07 De\x1bmo\x7f", "June Demo", id="control characters"),
        pytest.param("Ju\u00adne De\u200bmo", "June Demo", id="soft hyphen and zero width space"),
        pytest.param("\ufeffJune\u2060 Demo", "June Demo", id="byte order mark and word joiner"),
        pytest.param("June\u202e omeD\u202c", "June omeD", id="direction override"),
        pytest.param("\u2066June\u2069 \u200eDemo\u200f\u061c", "June Demo", id="isolates and marks"),
        pytest.param("Ju\u200cne\u200d Demo", "June Demo", id="joiners between Latin letters"),
        pytest.param("J\u034fune\u206a", "June", id="grapheme joiner and deprecated marks"),
        pytest.param("June\U000e0041\U000e007f", "June", id="tags"),
        pytest.param("김\u3164영숙", "김 영숙", id="Hangul filler as a space"),
        pytest.param("김\u115f\u1160영", "김영", id="Hangul fillers"),
        pytest.param("June\ud800", "June", id="half of a pair"),
        pytest.param("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne", id="every line break"),
        pytest.param("a\tb", "a\tb", id="tab"),
    ],
)
def test_what_nobody_sees_is_taken_out(typed, seen):
    assert clean_text(typed) == seen


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("علی\u200cرضا", id="Persian half space"),
        pytest.param("ക്\u200dഷ", id="joiner in Malayalam"),
        pytest.param("അനില്\u200d", id="joiner at the end in Malayalam"),
        pytest.param("ක්\u200dරිස්ටිනා", id="Sinhala"),
        pytest.param("র\u200d্যাম", id="Bengali"),
        pytest.param("葛\U000e0100城", id="variant of a Japanese character"),
        pytest.param("👩\u200d⚕\ufe0f", id="emoji of two"),
        pytest.param("Zoë Muñoz\u00a0Núñez", id="accents and a hard space"),
        pytest.param("Nguyễn Thị Hạnh", id="accents that stand apart"),
    ],
)
def test_what_a_name_needs_is_kept(name):
    assert clean_text(name) == name


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "\u200b", "\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u00a0", "\u0301\u0308", "\u200c",
        "\ufeff\n\t", "\u202e \u202c", "\u3000", "\u00ad", "\u180e", "\ufe0f", "\u2028", "\U000e0100",
    ],
)  # fmt: skip
def test_text_that_shows_nothing_is_empty(typed):
    assert clean_text(typed) == ""


@pytest.mark.parametrize("text", [".", "-", "?", "1", "王", "\U0001faff", "\ue000"])
def test_a_single_character_that_shows_is_not_empty(text):
    assert clean_text(text) == text
