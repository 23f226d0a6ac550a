"""How many presses the desk's everyday acts may take, and the hand that counts them.

A press is one on a link, a button or a box, a choice in a list (two: the list, and the choice), or Enter after typing.
"""

LIMITS = {
    "known caller booked": 5,
    "offer 3 times": 5,
    "provider out with 14 appointments": 12,
    "walk-in": 4,
    "block 30 minutes": 2,
    "follow-up": 3,
    "no-show rebooked": 4,
}


class Clerk:
    """Counts what the hand does since the page that the act begins on."""

    def __init__(self, page, site):
        self.page, self.site, self.presses = page, site, 0

    def begin(self, path):
        self.page.goto(f"{self.site}/admin/desk/{path}")
        self.presses = 0

    def click(self, locator):
        self.presses += 1
        locator.click()

    def choose(self, locator, label):
        self.presses += 2
        locator.select_option(label=label)

    def enter(self, locator, text):
        self.presses += 1
        locator.fill(text)
        locator.press("Enter")


def table(reports):
    """A line for each act that a test recorded, for the end of pytest's report. The reports come from all workers."""
    counted = [value for report in reports for name, value in report.user_properties if name == "presses"]
    return [f"desk: {act}, {presses} presses of {LIMITS[act]}" for counts in counted for act, presses in counts.items()]
