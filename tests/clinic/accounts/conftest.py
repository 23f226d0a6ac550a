import pytest

from tests.builders import make_clerk
from tests.clinic.accounts.signing_in import PASSWORD


@pytest.fixture
def make_user(clinic):
    def make(username="rosa", role="Front desk", **more):
        user = make_clerk(role, username=username, **more)
        user.set_password(PASSWORD)
        user.save()
        return user

    return make


@pytest.fixture
def rosa(make_user):
    return make_user()


@pytest.fixture
def post(client):
    """Sign in by name and password, from an address."""

    def sign_in(name="rosa", password=PASSWORD, address="192.0.2.1", **more):
        return client.post("/admin/login/", {"username": name, "password": password} | more, REMOTE_ADDR=address)

    return sign_in
