import pytest

from booking import lifecycle
from tests.builders import make_clerk


@pytest.fixture
def rosa(client, clinic):
    """A clerk of the front desk, signed in."""
    user = make_clerk()
    client.force_login(user)
    return user


@pytest.fixture
def lead(client, clinic):
    """Lena, who leads the desk, signed in."""
    user = make_clerk("Desk lead", first_name="Lena")
    client.force_login(user)
    return user


@pytest.fixture
def by(clinic):
    """A clerk as the verbs take one: who acts, signed in nowhere."""
    return lifecycle.staff(make_clerk())


@pytest.fixture
def appointment_request(clinic):
    """June's first choice, December 3 at nine, is held."""
    return clinic.appointment_request(clinic.slot())


@pytest.fixture
def appointment(clinic):
    """June's, on Thursday, December 3, 9:00 to 9:40 am."""
    return clinic.appointment()
