"""The desk's calendar as a table of text."""

import re

CALENDAR = "/admin/desk/calendar/"
WEEK = {"day": "2026-12-03", "span": "week"}


def cells(response):
    """The text of each cell of the table, row by row."""
    table = re.search(r'<table class="cal.*?</table>', response.content.decode(), re.S)[0]
    rows = re.findall(r"<tr\b[^>]*>(.*?)</tr>", table, re.S)[1:]
    return [[plain(cell) for cell in re.split(r"<t[hd]\b[^>]*>", row)[1:]] for row in rows]


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split())
