"""What a run claims, with the figure that it measured."""

from collections.abc import Iterable
from typing import NamedTuple


class Size(NamedTuple):
    """Of a run: how many requests are acknowledged at least, while something is killed so many times."""

    requests: int
    kills: int
    clients: int = 4
    in_time: float = 5  # seconds


class Claim(NamedTuple):
    words: str
    figure: str
    holds: bool


def show(claims: Iterable[Claim]) -> bool:
    """Print each as it comes. Returns whether all hold."""
    held = [_show(claim) for claim in claims]
    return all(held)


def _show(claim: Claim) -> bool:
    print(f"  {'ok ' if claim.holds else 'NO '} {claim.words}: {claim.figure}", flush=True)  # noqa: T201
    return claim.holds
