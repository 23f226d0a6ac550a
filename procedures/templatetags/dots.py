"""One picture of 1,000 marks: 25 rows of 40, counted from the top left."""

from django import template

register = template.Library()

PER_ROW, SIZE = 40, 10


@register.inclusion_tag("procedures/_dots.html")
def dots(risk: dict, risks: list[dict], number: int) -> dict:
    """`risk` is drawn in squares; a pictured part of it, if the page counts one, in discs within those squares."""
    part = next((other for other in risks if other["part_of"] == risk["name"] and other["per_1000"]), None)
    count = risk["per_1000"]
    return {
        "risk": risk,
        "part": part,
        "number": number,
        "filled": areas(count),
        "apart": areas(part["per_1000"]) if part else [],
        "others": count - part["per_1000"] if part else count,
        "none": 1000 - count,
    }


def areas(count: int) -> list[dict[str, int]]:
    """The rectangles, in drawing units, that hold the first `count` marks: whole rows, then the begun one."""
    rows, begun = divmod(count, PER_ROW)
    whole = {"y": 0, "width": PER_ROW * SIZE, "height": rows * SIZE}
    rest = {"y": rows * SIZE, "width": begun * SIZE, "height": SIZE}
    return [area for area in (whole, rest) if area["width"] and area["height"]]
