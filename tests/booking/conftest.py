import pytest

from booking import lifecycle
from tests.builders import make_clerk
from tests.spare import spare_database


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A demo of this version in its own database, made once: copy it, do not change it."""
    with spare_database(tmp_path_factory.mktemp("demo")) as spare:
        done = spare.manage("prepare_demo")
        assert "requests in the queue" in done.stdout, done.stderr
        assert "creating it again" not in done.stdout
        yield spare


@pytest.fixture
def rosa(client, clinic):
    """A front desk clerk, signed in."""
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
    """A clerk as the verbs expect one: the actor, not signed in."""
    return lifecycle.staff(make_clerk())


@pytest.fixture
def appointment_request(clinic):
    """June's request; her first choice, December 3 at 9, is held."""
    return clinic.appointment_request(clinic.slot())


@pytest.fixture
def appointment(clinic):
    """June's appointment, Thursday, December 3, 9:00 to 9:40 am."""
    return clinic.appointment()
