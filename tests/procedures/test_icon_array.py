"""Icon arrays: the number of marks drawn is the number stated."""

import re

import pytest
from django.template.loader import render_to_string

from procedures.templatetags.icon_array import areas, icon_array, marks_for

pytestmark = pytest.mark.once


def risk(name, per_1000, *, part_of="", is_pictured=True):
    return {"name": name, "per_1000": per_1000, "part_of": part_of, "is_pictured": is_pictured}


def drawn(areas):
    return sum(area["width"] * area["height"] for area in areas) // 100


@pytest.mark.parametrize("count", [0, 1, 39, 40, 41, 183, 999, 1000])
def test_as_many_marks_are_filled_as_the_count_says(count):
    assert drawn(areas(count, 40)) == count


def test_a_part_is_drawn_inside_the_whole():
    risks = [risk("leak", 183), risk("felt leak", 5, part_of="leak", is_pictured=False)]
    picture = icon_array(risks[0], risks, 1)
    assert (drawn(picture["filled"]), drawn(picture["apart"]), picture["others"], picture["none"]) == (183, 5, 178, 817)


def test_a_page_whose_counts_are_all_multiples_of_ten_draws_100_marks_of_ten():
    risks = [risk("leak", 200), risk("felt leak", 10, part_of="leak", is_pictured=False), risk("rash", 20)]
    assert marks_for(risks) == 100
    picture = icon_array(risks[0], risks, 1, 100)
    assert (drawn(picture["filled"]), drawn(picture["apart"])) == (20, 1)


@pytest.mark.parametrize("other", [183, 5])
def test_one_other_count_makes_all_pictures_of_the_page_finer(other):
    risks = [risk("leak", 200), risk("felt leak", other, part_of="leak", is_pictured=False)]
    assert marks_for(risks) == 1000


def test_a_risk_without_a_picture_does_not_affect_the_number_of_marks():
    assert marks_for([risk("leak", 200), risk("clot", 19, is_pictured=False), risk("pain", None)]) == 100


@pytest.mark.parametrize(("marks", "said"), [(1000, "200 of 1,000 marks"), (100, "20 of 100 marks")])
def test_the_picture_says_in_words_what_it_shows(marks, said):
    risks = [risk("leak", 200)]
    html = render_to_string("procedures/_icon_array.html", icon_array(risks[0], risks, 1, marks))
    assert said in re.search(r'aria-label="([^"]*)"', html)[1]
    assert "800: did not have it" in html
