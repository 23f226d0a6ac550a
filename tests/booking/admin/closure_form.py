"""The closure form, and its confirmation page."""

import re


def closure(**changes):
    return {
        "kind": "closed", "first_day": "2026-12-03", "last_day": "2026-12-03", "starts": "12:00 am", "ends": "24:00",
        "location": "", "practitioner": "", "note": "", "_save": "Save",
    } | changes  # fmt: skip


def affected(response):
    """The count that the buttons of the confirmation page repeat; None if that page was not shown."""
    found = re.search(r'name="affected"\s+value="([0-9-]+)"', response.content.decode())
    return found and found[1]
