"""The visible text of a page."""

import re
from html import unescape


def words(response):
    """The text of the page, in one line."""
    text = re.sub(r"<(style|script)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def markup(response):
    """The HTML of the page, however it is laid out: no white space next to a tag, single spaces elsewhere."""
    one_line = re.sub(r"[ \n]+", " ", response.content.decode())
    return re.sub(r" ?(<[^>]*?) ?> ?", r"\1>", one_line)
