import pytest

from booking import lifecycle
from tests.builders import make_clerk


@pytest.fixture
def clerk(clinic):
    """Rosa, not signed in: the verbs do not check rights."""
    return make_clerk(role=None)


@pytest.fixture
def rosa(clerk):
    """Rosa as the verbs expect her: the actor."""
    return lifecycle.staff(clerk)
