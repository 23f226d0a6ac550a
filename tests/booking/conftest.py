import pytest

from tests.builders import Clinic, make_clerk


@pytest.fixture
def clinic(at):
    """A practice on Monday, November 23, 2026, at 10:05 am."""
    at("2026-11-23 10:05")
    return Clinic()


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
