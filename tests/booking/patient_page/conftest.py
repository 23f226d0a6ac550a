import pytest

from tests.booking.patient_page.patient import give_birth_date


@pytest.fixture(autouse=True)
def now(at):
    """Stop the clock; the returned function sets it to another time."""
    at("2026-11-23 10:05")
    return at


@pytest.fixture
def known(client, appointment_request):
    """A browser that has entered the date of birth."""
    give_birth_date(client, appointment_request)
    return client
