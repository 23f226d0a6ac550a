"""A filter in an address that names nothing on the page: the page shows everyone, and says so (`is_unknown`)."""

from collections.abc import Collection, Mapping


def is_unknown(sent: Mapping[str, str], known: Mapping[str, Collection[str]]) -> bool:
    """Whether one of these filters was sent with a value that the page does not have."""
    return any(sent.get(name, "") not in ("", *values) for name, values in known.items())
