import pytest


@pytest.fixture
def appointment_request(clinic):
    """June asked for three times; the first is held."""
    return clinic.appointment_request(clinic.slot(day=3), clinic.slot(day=4, hour=11), clinic.slot(day=7, hour=13))
