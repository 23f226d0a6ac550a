"""SVG drawings, read against a list of what they may have and written anew. All else is refused by its name."""

import math
import re
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from procedures.pictures.refusal import Refused

NAMESPACE, XLINK, XML = (
    "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace",
)  # fmt: skip
PARTS = (
    "svg g title desc defs path rect circle ellipse line polyline polygon text tspan linearGradient radialGradient "
    "stop clipPath"
)
LOOKS = (  # these may also stand in a style attribute
    "fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit "
    "stroke-dasharray stroke-dashoffset opacity color display visibility clip-path clip-rule stop-color stop-opacity "
    "font-family font-size font-style font-weight text-anchor letter-spacing paint-order vector-effect"
)
SHAPES = (
    "id class version viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy fr d points dx dy "
    "rotate transform offset gradientUnits gradientTransform spreadMethod clipPathUnits role aria-label "
    "aria-labelledby aria-describedby aria-hidden pathLength href space lang"
)
ELEMENTS, DRAWN = frozenset(PARTS.split()), frozenset(LOOKS.split())
ATTRIBUTES = DRAWN | frozenset(SHAPES.split())
INSIDE = re.compile(r"#[\w.-]+")
ONLY_INSIDE = re.compile(r"url\(#[\w.-]+\)")
FUNCTION = re.compile(r"([\w-]*)\s*\(")
COLOR_FUNCTIONS = "rgb rgba hsl hsla hwb lab lch oklab oklch color"
COLORS = frozenset(COLOR_FUNCTIONS.split())  # other functions load files: image-set(), src()
ADDRESS = re.compile(r"url\s*\(|:\s*//|javascript:|data:|\\", re.IGNORECASE)
LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")
DEEPEST, WIDEST = 40, 4000


def read_svg(data: bytes) -> tuple[bytes, int, int]:
    """(the drawing written anew, its width, its height)"""
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise Refused.part("DOCTYPE") from None
    except (ParseError, LookupError, ValueError):
        raise Refused(_("This SVG is damaged. Save it again, or save it as a PNG.")) from None
    if root.tag != f"{{{NAMESPACE}}}svg":
        raise Refused(_("This file is not an SVG drawing."))
    drawing = _written(root, depth=1)
    drawing.set("xmlns", NAMESPACE)
    return tostring(drawing, encoding="utf-8"), *_size(drawing)


def _written(element: Element, depth: int) -> Element:
    namespace, name = _split(element.tag)
    if namespace != NAMESPACE or name not in ELEMENTS:
        raise Refused.part(name)
    if depth > DEEPEST:
        raise Refused(_("This SVG has too many parts inside each other. Save it as a PNG."))
    written = Element(name, dict(_attributes(element)))
    written.text, written.tail = element.text, element.tail
    written.extend([_written(child, depth + 1) for child in element])
    return written


def _attributes(element: Element):
    for tag, value in element.attrib.items():
        namespace, name = _split(tag)
        if not namespace and name == "style":
            yield from _declared(value)
        else:
            if namespace not in ("", XLINK, XML) or name not in ATTRIBUTES:
                raise Refused.part(name)
            yield f"xml:{name}" if namespace == XML else name, _harmless(name, value)


def _declared(style: str):
    """The declarations of a style attribute, as attributes: a policy without inline styles does not stop these."""
    for declaration in filter(str.strip, style.split(";")):
        name, _colon, value = (part.strip() for part in declaration.partition(":"))
        if name not in DRAWN:
            raise Refused.part(name)
        yield name, _harmless(name, value)


def _harmless(name: str, value: str) -> str:
    allowed = INSIDE if name == "href" else ONLY_INSIDE
    if (name == "href" or ADDRESS.search(value) or _calls(name, value)) and not allowed.fullmatch(value.strip()):
        raise Refused.part(f"{name}={value[:40]}")
    return value


def _calls(name: str, value: str) -> bool:
    return name in DRAWN and not COLORS.issuperset(FUNCTION.findall(value))


def _size(drawing: Element) -> tuple[int, int]:
    """The size in which it is laid out: that of the viewBox, or else its own."""
    box = re.split(r"[\s,]+", drawing.get("viewBox", "").strip())
    sides = box[2:] if len(box) == 4 else [drawing.get("width", ""), drawing.get("height", "")]
    found = [LENGTH.fullmatch(side) for side in sides]
    width, height = (math.ceil(min(float(match[1]), WIDEST + 1)) if match else 0 for match in found)
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        raise Refused(_("This SVG does not say how large it is. Save it with a width and a height of at most 4,000."))
    return width, height


def _split(tag: str) -> tuple[str, str]:
    namespace, brace, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name
