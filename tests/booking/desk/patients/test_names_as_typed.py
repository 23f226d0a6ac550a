"""Names at the desk. A name is stored and proposed as the clerk typed it."""

import pytest

from booking.desk.patients import picker

pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.mark.parametrize(
    "name",
    [
        "van der berg", "de la cruz", "al-sayed", "o'neill", "ian McKAY", "JUNE DEMO", "d’Arcy", "bell hooks",
        "nguyễn thị", "ßeta demo", "ʻolelo kai",
    ],
)  # fmt: skip
def test_a_name_is_proposed_as_it_was_typed(name):
    assert picker.typed(name)["name"] == name
    assert picker.typed(f"{name}, 3/9/1951")["name"] == name
    assert picker.typed(f"{name} 718 555 0167")["name"] == name
