"""The visible text of a page."""

import re
from html import unescape


def words(response):
    """The text of the page, in one line."""
    text = re.sub(r"<(style|script)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
