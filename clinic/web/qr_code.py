"""A QR code of a link: inline SVG without a style, drawn here, so that nobody else learns the link."""

import segno
from django.utils.safestring import SafeString, mark_safe

MASK = 2  # of eight; readers take each. To draw all and keep the best takes five times as long: it is most often this


def qr_code(link: str) -> SafeString:
    """Black on white whatever the colors of the page are: a camera needs the contrast and the margin of 4."""
    code = segno.make(link, error="m", micro=False, mask=MASK)
    svg = code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None, dark="black", light="white")
    return mark_safe(svg)  # noqa: S308 - drawn from squares; the link is in it only as those
