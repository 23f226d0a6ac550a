"""What a view says about the page that it makes; the middleware writes it into the log before the page is sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from django.http import HttpRequest

from clinic.models import AccessLog

Kind = AccessLog.Kind


class Shown(Protocol):
    """A row that names itself and whom it is about, without a query: patient p3, request r4, appointment a5."""

    @property
    def access_keys(self) -> tuple[str, ...]: ...


@dataclass
class Note:
    kind: str = ""
    shown: dict[str, None] = field(default_factory=dict)  # each once, in the order of the page
    asked_by: str = ""
    hits: int | None = None
    user_id: int | None = None
    leads_on: bool = False


def note_of(request: HttpRequest) -> Note:
    if not hasattr(request, "access_note"):
        request.access_note = Note()
    return request.access_note


def shows(request: HttpRequest, rows: Iterable[Shown], kind: str = "") -> None:
    """The page shows these rows, or a form that was sent is about them."""
    note = note_of(request)
    note.shown |= dict.fromkeys(key for row in rows for key in row.access_keys)
    note.kind = kind or note.kind


def searched(request: HttpRequest, asked_by: Iterable[str], hits: int) -> None:
    """The page answers a search by these kinds of words. Never the words."""
    note = note_of(request)
    note.kind, note.asked_by, note.hits = Kind.SEARCH, " ".join(asked_by), hits


def leads_on(request: HttpRequest) -> None:
    """The form changes nothing and leads to a page that is logged itself; or its verb has logged it."""
    note_of(request).leads_on = True


def failed_sign_in(request: HttpRequest, user_id: int | None) -> None:
    """A wrong password or code, for this user. None: nobody has the name; it is not kept, for it may be a password."""
    note = note_of(request)
    note.kind, note.user_id = Kind.FAILED_SIGN_IN, user_id
