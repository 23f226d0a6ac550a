import pytest

from booking import lifecycle
from tests.builders import make_clerk


@pytest.fixture
def clerk(clinic):
    """Rosa, signed in nowhere: the verbs look at no right."""
    return make_clerk(role=None)


@pytest.fixture
def rosa(clerk):
    """Rosa as the verbs take her: who acts."""
    return lifecycle.staff(clerk)
