"""The practice's own accent color in place of pine: which colors can be read on our grounds, and the style sheet."""

import re
from functools import cache
from pathlib import Path

TOKENS = Path(__file__).parent.parent / "static" / "clinic" / "tokens.css"
DARK_BEGINS = "prefers-color-scheme: dark"
GROUNDS = [
    "paper",
    "card",
    "sage",
    "sage-2",
    "sand",
    "lamp-tint",
    "green-tint",
    "amber-tint",
    "blue-tint",
]  # that pine is written on
LEAST = 4.5  # WCAG 2.2, 1.4.3
COLOR = re.compile(r"#[0-9a-f]{6}")
PRESSED = 0.3  # how far a color goes to black or white under the pointer
STEPS = 40
SHEET = """\
:root {{ --p-pine: {light}; --p-pine-2: {light_pressed}; }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ --p-pine: {dark}; --p-pine-2: {dark_pressed}; }} }}
"""


class Unreadable(Exception):
    """`ratio`: how little the color differs from the ground on which it is read worst."""

    def __init__(self, ratio: float) -> None:
        super().__init__(ratio)
        self.ratio = ratio


def check(color: str, *, dark: bool) -> None:
    """Raises Unreadable: as words on one of our grounds, or under the words of a button."""
    if (ratio := worst(color, dark=dark)) < LEAST:
        raise Unreadable(ratio)


def worst(color: str, *, dark: bool) -> float:
    tokens = _tokens(dark=dark)
    return min(contrast(color, tokens[ground]) for ground in (*GROUNDS, "on-fill"))


def for_dark(light: str) -> str:
    """The same hue, as light as it must be to be read in the dark."""
    shades = (mixed(light, "#ffffff", step / STEPS) for step in range(STEPS + 1))
    return next(shade for shade in shades if worst(shade, dark=True) >= LEAST)


def sheet(light: str, dark: str) -> str:
    pressed = {"light_pressed": mixed(light, "#000000", PRESSED), "dark_pressed": mixed(dark, "#ffffff", PRESSED)}
    return SHEET.format(light=light, dark=dark, **pressed)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(color: str, other: str, part: float) -> str:
    pairs = zip(_parts(color), _parts(other), strict=True)
    return "#" + "".join(f"{round(own + (its - own) * part):02x}" for own, its in pairs)


def _luminance(color: str) -> float:
    parts = [value / 255 for value in _parts(color)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(color: str) -> tuple[int, ...]:
    return tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))


@cache
def _tokens(*, dark: bool) -> dict[str, str]:
    light_ones, _rule, dark_ones = TOKENS.read_text(encoding="utf-8").partition(DARK_BEGINS)
    return dict(re.findall(r"--p-([a-z0-9-]+):\s*(#[0-9a-f]{6})", dark_ones if dark else light_ones))
