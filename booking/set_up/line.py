"""One line of the set-up checklist."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _

Words = str | Promise
MOST_NAMES = 3


class State(StrEnum):
    """Also the name of the tag's class in the style sheet."""

    DONE = "ok"
    BEGUN = "wait"
    FAILED = "stop"
    TO_DO = "calm"
    OPTIONAL = "new"


@dataclass(frozen=True)
class Line:
    """`says`: what is missing, or what there is. `url`: where it is done; empty if a press here does it. `is_needed`:
    the site cannot be switched on without it.
    """

    name: str
    title: Words
    state: State
    tag: Words
    says: Words
    act: Words = ""
    url: str = ""
    is_needed: bool = True


def named(names: Sequence[str]) -> str:
    """“Ellison, Nadar, Lind and 2 more”."""
    shown = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return shown if more <= 0 else _("%(names)s and %(number)d more") % {"names": shown, "number": more}


def tag_of(state: State) -> str:
    tags = {
        State.DONE: _("Done"),
        State.BEGUN: _("Not finished"),
        State.FAILED: _("Failed"),
        State.TO_DO: _("Not started"),
        State.OPTIONAL: _("Optional"),
    }
    return tags[state]


def state_of(there: int, missing: Sequence[str]) -> State:
    """Nothing is there, something is there but not whole, or all of it."""
    if not there:
        return State.TO_DO
    return State.BEGUN if missing else State.DONE
