"""Names as other systems write them."""


def in_order(name: str) -> str:
    """“Demo, June” is June Demo."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma and first and "," not in first else name
