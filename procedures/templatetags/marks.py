"""Pictures of 100 marks, counted from the bottom left. Rendered on the server, described in words."""

from django import template

register = template.Library()
SIZE = 10  # size of a mark, in drawing units; ten stand in a row


@register.filter
def areas(count: int) -> list[dict[str, int]]:
    """The rectangles, in drawing units, that contain the first `count` marks: full rows, then the partial one."""
    rows, begun = divmod(count, 10)
    top = 10 * SIZE - rows * SIZE
    whole = {"y": top, "width": 10 * SIZE, "height": rows * SIZE}
    rest = {"y": top - SIZE, "width": begun * SIZE, "height": SIZE}
    return [area for area in (whole, rest) if area["width"] and area["height"]]
