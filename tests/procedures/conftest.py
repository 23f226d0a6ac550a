from datetime import UTC, datetime

import pytest

from procedures.loading import CONTENT, load
from procedures.models import Procedure

LOADED = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.fixture
def kyphoplasty(db) -> Procedure:
    """The kyphoplasty page that comes with the product, loaded and published once."""
    return load(CONTENT / "kyphoplasty.toml", now=LOADED, demo=True)


@pytest.fixture
def all_pages(db) -> dict[str, Procedure]:
    """All pages that come with the product, by slug."""
    return {path.stem: load(path, now=LOADED, demo=True) for path in sorted(CONTENT.glob("*.toml"))}
