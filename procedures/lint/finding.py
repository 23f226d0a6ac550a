from typing import NamedTuple


class Finding(NamedTuple):
    """Something to fix. `page` and `anchor` say where; both are empty if it concerns the whole text."""

    page: str
    anchor: str
    sentence: str
