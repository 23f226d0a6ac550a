from datetime import UTC, datetime

import pytest

from procedures.loading import CONTENT, load
from procedures.models import Procedure


@pytest.fixture
def kyphoplasty(db) -> Procedure:
    """The page that comes with the product, loaded and published once."""
    return load(CONTENT / "kyphoplasty.toml", now=datetime(2026, 11, 20, 15, tzinfo=UTC))
