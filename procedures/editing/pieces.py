"""The text of a section in pieces that a form has fields for: what stands first, and each step with its heading."""

from collections.abc import Iterable
from typing import NamedTuple

from procedures.citations import drawing_line, split_drawing
from procedures.models import Section
from procedures.rendering import split_steps

Kind = Section.Kind
DRAWN_FIRST = (Kind.TEXT, Kind.FIGURE, Kind.DAYS)  # layouts that show a picture above their text
DRAWN_IN_STEPS = (Kind.STEPS,)


class Piece(NamedTuple):
    heading: str
    text: str
    picture: str = ""
    alt: str = ""
    caption: str = ""


def take_apart(body: str, kind: str) -> list[Piece]:
    """The first piece has no heading; the others are steps, days, questions or words."""
    text, steps = split_steps(body) if kind in Section.STEPPED else (body, [])
    first = _piece("", text, is_drawn=kind in DRAWN_FIRST)
    return [first, *(_piece(heading.strip(), step, is_drawn=kind in DRAWN_IN_STEPS) for heading, step in steps)]


def put_together(pieces: Iterable[Piece]) -> str:
    return "\n\n".join(text for piece in pieces if (text := _written(piece)))


def _piece(heading: str, text: str, *, is_drawn: bool) -> Piece:
    if not is_drawn:
        return Piece(heading, text.strip())
    rest, drawing = split_drawing(text)
    return Piece(heading, rest.strip(), drawing["name"], drawing["alt"], drawing["caption"])


def _written(piece: Piece) -> str:
    heading = f"### {piece.heading}" if piece.heading else ""
    line = drawing_line(piece.picture, piece.alt, piece.caption) if piece.picture else ""
    return "\n\n".join(filter(None, (heading, line, piece.text.strip())))
