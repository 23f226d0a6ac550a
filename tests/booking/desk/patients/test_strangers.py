"""A word that belongs to no name hides nobody, and nothing typed is lost for a new patient."""

from datetime import date

import pytest

from booking.desk.patients import picker, search
from booking.desk.patients.matches import matches
from booking.models import Patient
from tests.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(clinic):
    clinic.appointment_request()
    others = {"birth_date": date(1960, 1, 1), "phone": "+17185550198"}
    clinic.appointment_request(patient={"name": "Donna Homer Smith"} | others)


def found(typed):
    match = matches(search.read(typed))
    return [Patient.objects.get(pk=pk).name for pk in match.patients], match.are_near


@pytest.mark.parametrize(
    "typed",
    [
        "June Demo MD", "June Demo, M.D.", "June Demo PhD", "June Demo Ph.D.", "June Demo 3rd", "Captain June Demo",
        "Mr and Mrs Demo", "Judge Demo", "Rabbi June Demo", "June Demo, R.N.", "June Demo 3rd 3/9/1951",
        "718 555 0167 (home)", "718 555 0167 mom", "718 555 0167 home", "718-555-0167 (June's daughter)",
        "7185550167 work June", "(718) 555-0167 after 5 pm", "June Demo 718 555 0167 aide",
    ],
)  # fmt: skip
def test_titles_degrees_and_remarks_are_not_looked_for(typed):
    assert found(typed) == (["June Demo"], False)


@pytest.mark.parametrize(
    "typed",
    [
        "Don June Demo", "June Demo visitor", "June A Demo", "June Qqqq Demo", "Commander June Demo",
        "718 555 0167 grandma", "Zora 7185550167", "Smith 718 555 0167", "June Zzzz 3/9/1951",
        "June Smith 718 555 0167",
    ],
)  # fmt: skip
def test_without_the_stranger_it_is_a_near_match(typed):
    assert found(typed) == (["June Demo"], True)


@pytest.mark.parametrize(
    "typed", ["June Smith", "Demo zzzz", "zzzz qqqq June", "718 555 0111 mom", "0167 zzzz", "Don June"]
)
def test_one_word_that_fits_is_too_little(typed):
    assert found(typed)[0] == []


def test_the_page_says_that_these_are_near_matches(client, rosa):
    page = words(client.post("/admin/desk/search/", {"q": "Don June Demo"}, follow=True))
    assert "No exact matches. These names are close" in page
    assert "June Demo" in page


# -- a new patient


@pytest.mark.parametrize(
    ("typed", "name", "phone"),
    [
        ("Ana Demo 718 555 0167 ext 7", "Ana Demo", "718 555 0167 ext 7"),
        ("Ana Demo 718-555-0167x12", "Ana Demo", "718-555-0167 x12"),
        ("718 555 0167 (daughter) Ana Demo", "Ana Demo", "718 555 0167 (daughter)"),
        ("(718) 555-0167 home, Ana Demo", "Ana Demo", "(718) 555-0167 home"),
        ("Ana Demo 718 555 0167 ext. 7 (work)", "Ana Demo", "718 555 0167 ext. 7 (work)"),
        ("Ana Demo (718 555 0167)", "Ana Demo", "(718 555 0167)"),
        ("Will Doctor 3/9/1951", "Will Doctor", ""),
        ("Doctor Who", "Doctor Who", ""),
        ("Judge Rev", "Judge Rev", ""),
        ("Aaron Judge 718 555 0167", "Aaron Judge", "718 555 0167"),
        ("Mrs. Ana Demo", "Ana Demo", ""),
        ("Rev. Dr. Ana Demo Jr.", "Ana Demo Jr.", ""),
        ("Ana Demo MD 3/9/1951", "Ana Demo MD", ""),
        ("Ana Demo 3rd, 3/9/1951", "Ana Demo 3rd", ""),
        ("Miss Demo", "Miss Demo", ""),
    ],
)
def test_what_was_typed_is_proposed_whole(typed, name, phone):
    proposed = picker.typed(typed)
    assert (proposed["name"], proposed["phone"]) == (name, phone)
