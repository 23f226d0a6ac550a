"""What people type or paste, without the characters that nobody can see."""

import re
import unicodedata

ONE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
BLANKS = str.maketrans(dict.fromkeys("\u3164\uffa0\u2800", " "))  # letters and a symbol that look like a space
# Control characters but tab and line feed; soft hyphen; zero width; direction; half of a surrogate pair; tags.
# Variation selectors stay: they choose the shape of a character that is seen.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff]"
)
# Joiners decide how two letters look in Arabic and Indic scripts and in Mongolian (a Persian name has a “half space”),
# and how emoji combine. In Malayalam and its neighbors a word may end with one. Anywhere else they show nothing.
INDIC = "\u0900-\u0dff"
JOINED = f"\u0600-\u08ff{INDIC}\u1000-\u109f\u1780-\u18af\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
JOINERS = "\u180e\u200c\u200d"
STRAY_JOINER = re.compile(f"(?<![{JOINED}])[{JOINERS}]|(?<![{INDIC}])[{JOINERS}](?![{JOINED}])")
SHOWS_NOTHING = ("Cc", "Cf", "Mn", "Mc", "Me", "Zs", "Zl", "Zp")


def clean_text(text: str) -> str:
    """The text as people see it; empty if it shows nothing. Each line break is one line feed, tabs stay."""
    seen = INVISIBLE.sub("", ONE_BREAK.sub("\n", text).translate(BLANKS))
    seen = STRAY_JOINER.sub("", seen)
    return seen if any(unicodedata.category(character) not in SHOWS_NOTHING for character in seen) else ""
