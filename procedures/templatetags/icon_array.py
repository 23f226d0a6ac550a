"""Icon arrays: how many of 1,000, as marks counted from the top left. Rendered on the server, described in words."""

from django import template

register = template.Library()

PER_ROW = {1000: 40, 100: 20}
SIZE = 10  # size of a mark, in drawing units


@register.simple_tag
def marks_for(risks: list[dict]) -> int:
    """1,000 marks, or 100 that stand for ten each if all counts are multiples of ten: one scale per page."""
    counts = [risk["per_1000"] for risk in risks if is_drawn(risk, risks)]
    return 100 if counts and not any(count % 10 for count in counts) else 1000


def is_drawn(risk: dict, risks: list[dict]) -> bool:
    """Whether the risk is drawn, on its own or as a part within another risk's picture."""
    pictured = {other["name"] for other in risks if other["is_pictured"]}
    return bool(risk["per_1000"]) and not pictured.isdisjoint({risk["name"], risk["part_of"]})


@register.inclusion_tag("procedures/_icon_array.html")
def icon_array(risk: dict, risks: list[dict], number: int, marks: int = 1000) -> dict:
    """Draws `risk` as squares, and a pictured part of it, if the page has one, as discs inside those squares."""
    part = next((other for other in risks if other["part_of"] == risk["name"] and other["per_1000"]), None)
    count, within = risk["per_1000"], part["per_1000"] if part else 0
    per_row = PER_ROW[marks]
    return {
        "risk": risk,
        "part": part,
        "number": number,
        "marks": marks,
        "width": per_row * SIZE,
        "height": marks // per_row * SIZE,
        "filled": areas(count * marks // 1000, per_row),
        "filled_marks": count * marks // 1000,
        "apart": areas(within * marks // 1000, per_row),
        "apart_marks": within * marks // 1000,
        "others": count - within,
        "none": 1000 - count,
    }


def areas(count: int, per_row: int) -> list[dict[str, int]]:
    """The rectangles, in drawing units, that contain the first `count` marks: full rows, then the partial one."""
    rows, begun = divmod(count, per_row)
    whole = {"y": 0, "width": per_row * SIZE, "height": rows * SIZE}
    rest = {"y": rows * SIZE, "width": begun * SIZE, "height": SIZE}
    return [area for area in (whole, rest) if area["width"] and area["height"]]
