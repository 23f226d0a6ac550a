from itertools import combinations, cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.models.reference import ALPHABET, check_symbol, new_reference, parse_reference, print_reference

pytestmark = pytest.mark.once

same_each_time = settings(derandomize=True, database=None, deadline=None)
any_character = st.integers(0, 0x10FFFF).map(chr)
references = st.text(ALPHABET, min_size=9, max_size=9).map(lambda nine: nine + check_symbol(nine))


def test_the_alphabet_leaves_out_symbols_that_people_mix_up():
    assert len(ALPHABET) == len(set(ALPHABET)) == 31
    assert not set(ALPHABET) & set("01ILO")


def test_a_new_number_has_nine_random_symbols_and_a_check_symbol():
    chosen = cycle("K7M4QX9PT")
    assert new_reference(lambda _: next(chosen)) == "K7M4QX9PTR"


def test_new_numbers_are_valid_and_differ():
    drawn = {new_reference() for _ in range(500)}
    assert len(drawn) == 500
    assert all(parse_reference(reference) == reference for reference in drawn)


@same_each_time
@given(references)
def test_every_single_wrong_symbol_is_caught(reference):
    for place, right in enumerate(reference):
        for wrong in ALPHABET.replace(right, ""):
            assert parse_reference(reference[:place] + wrong + reference[place + 1 :]) is None


@same_each_time
@given(references)
def test_every_swap_of_two_symbols_is_caught(reference):
    for one, other in combinations(range(10), 2):
        symbols = list(reference)
        symbols[one], symbols[other] = symbols[other], symbols[one]
        expected = reference if reference[one] == reference[other] else None
        assert parse_reference("".join(symbols)) == expected


def test_every_swap_of_neighbors_is_caught_for_every_pair_of_symbols():
    for place in range(8):
        for one, other in combinations(ALPHABET, 2):
            nine = "2" * place + one + other + "2" * (7 - place)
            swapped = "2" * place + other + one + "2" * (7 - place)
            assert parse_reference(swapped + check_symbol(nine)) is None


@same_each_time
@given(references, st.sampled_from(["{}-{}-{}", " {} {} {} ", "{}\n{}\t{}", "{}{}--{}"]))
def test_a_printed_number_is_read_in_any_case_and_grouping(reference, form):
    printed = print_reference(reference)
    assert parse_reference(form.format(*printed.split("-"))) == reference
    assert parse_reference(printed.lower()) == parse_reference(printed) == reference


def test_it_is_printed_in_three_groups():
    assert print_reference("K7M4QX9PTR") == "K7M-4QX-9PTR"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("k7m4qx9ptr", id="small letters"),
        pytest.param("K7M\N{EN DASH}4QX\N{EM DASH}9PTR", id="dashes of an office program"),
        pytest.param("K7M\N{NON-BREAKING HYPHEN}4QX\N{MINUS SIGN}9PTR", id="hyphen and minus"),
        pytest.param("K7M\N{NO-BREAK SPACE}4QX\N{THIN SPACE}9PTR", id="spaces of all kinds"),
        pytest.param(
            "\N{LEFT-TO-RIGHT MARK}K7M\N{SOFT HYPHEN}4QX\N{ZERO WIDTH SPACE}9PTR",
            id="Cf",
        ),
        pytest.param("Ｋ７Ｍ－４ＱＸ－９ＰＴＲ", id="full-width"),
        pytest.param("-K7M4QX9PTR-" + " " * 88, id="100 characters"),
    ],
)
def test_a_number_is_understood_however_people_type_it(text):
    assert parse_reference(text) == "K7M4QX9PTR"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(None, id="None"),
        pytest.param("None", id="the word None"),
        pytest.param("---", id="only dashes"),
        pytest.param("K7M4QX9PT", id="too short"),
        pytest.param("K7M4QX9PTRR", id="too long"),
        pytest.param("K7M4QX9PTS", id="wrong check symbol"),
        pytest.param("K7M4QX9PT0", id="not in the alphabet"),
        pytest.param("K7M\0004QX9PTR", id="NUL"),
        pytest.param("K7M4QX9PT\ud800", id="half a surrogate pair"),
        pytest.param("K7M4QX9PTß", id="a letter that two capitals stand for"),
        pytest.param("К7М4QX9РТR", id="Cyrillic look-alikes"),
        pytest.param("K7M4QX9P\N{ARABIC-INDIC DIGIT TWO}R", id="digits of another script"),
        pytest.param("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 100, id="grows to 1,800"),
        pytest.param("-K7M4QX9PTR-" + " " * 89, id="101 characters"),
        pytest.param("K7M4QX9PTR" * 100_000, id="a million symbols"),
        pytest.param(" " * 1_000_000 + "K7M4QX9PTR", id="a million spaces"),
    ],
)
def test_an_invalid_number_gives_none(text):
    assert parse_reference(text) is None


@same_each_time
@given(st.lists(any_character | st.sampled_from(ALPHABET), max_size=120).map("".join))
def test_any_text_gives_a_valid_number_or_none(text):
    parsed = parse_reference(text)
    assert parsed is None or parsed == parsed[:9] + check_symbol(parsed[:9])


@pytest.mark.parametrize("nine", ["", "K7M4QX9P", "K7M4QX9PTR", "K7M4QX9P0", "k7m4qx9pt"])
def test_a_check_symbol_needs_nine_symbols(nine):
    with pytest.raises(ValueError, match="nine symbols"):
        check_symbol(nine)
