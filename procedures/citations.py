"""Markup for editors: [KEY] cites a source; a line ![what it shows](name "caption") places one of our drawings."""

import re

KEY = r"^[A-Z][A-Z0-9-]{1,19}$"
CITATION = re.compile(r"\[([A-Z][A-Z0-9-]{1,19}(?:, ?[A-Z][A-Z0-9-]{1,19})*)\](?!\()")
DRAWING = re.compile(r'^!\[(?P<alt>[^\]\n]*)\]\((?P<name>[^)\s]+)(?: "(?P<caption>[^"\n]*)")?\)[ \t]*$', re.MULTILINE)

# name -> width, height; the files are clinic/static/clinic/svg/<name>.svg
DRAWINGS = {
    "cement-leak": (560, 400),
    "four-steps": (460, 340),  # moves
    "healthy-vs-collapsed": (720, 340),
    "lying-face-down": (720, 340),
    "recovery-timeline": (1000, 220),
    "step1": (460, 340),
    "step2": (460, 340),
    "step3": (460, 340),
    "step4": (460, 340),
}


def split_keys(mark: str) -> list[str]:
    return re.split(r", ?", mark)


def cited_keys(*texts: str) -> set[str]:
    return {key for text in texts for mark in CITATION.findall(text) for key in split_keys(mark)}


def drawing_names(*texts: str) -> set[str]:
    return {found["name"] for text in texts for found in DRAWING.finditer(text)}


def drawing_names_of(text: str) -> list[str]:
    """The names of the drawings in a text, in order, with repetitions."""
    return [found["name"] for found in DRAWING.finditer(text)]


def take_drawing(text: str, known: dict[str, dict]) -> tuple[str, dict | None]:
    """(the text without its first drawing, that drawing: name, alt, caption, and what is known of it by its name)"""
    rest, drawing = split_drawing(text)
    return (rest, drawing | known[drawing["name"]]) if drawing["name"] in known else (text, None)


def split_drawing(text: str) -> tuple[str, dict[str, str]]:
    """(the text without its first drawing, that drawing: name, alt, caption, each empty if there is none)"""
    found = DRAWING.search(text)
    if not found:
        return text, {"name": "", "alt": "", "caption": ""}
    return text[: found.start()] + text[found.end() :], found.groupdict(default="")


def drawing_line(name: str, alt: str, caption: str = "") -> str:
    """The line that places a drawing."""
    words, below = alt.translate(str.maketrans("[]", "()")), caption.replace('"', "”")
    return f'![{words}]({name} "{below}")' if below else f"![{words}]({name})"
