"""The privacy page says what the site does: each of its numbers is that of a setting or of the code."""

import re
import tomllib

import pytest
from django.conf import settings

from booking.maintenance import retention
from booking.notifications import links
from procedures.loading import CONTENT

pytestmark = pytest.mark.once
PAGE = " ".join((CONTENT / "privacy.toml").read_text().split())
TEMPLATES = settings.BASE_DIR / "templates" / "booking" / "request_flow"


def years(days):
    number, rest = divmod(days, 365)
    assert rest == 0
    return f"{number} year" if number == 1 else f"{number} years"


def test_each_time_on_the_privacy_page_is_that_of_a_setting():
    hours = f"{settings.SESSION_COOKIE_AGE // 3600} hours"
    said = {
        f"**A form that you did not send:** {hours}",
        f"What you do not send is deleted after {hours}.",
        f"They stay for {hours} after you last looked.",
        f"keeps your answers together, for {hours}",
        f"did not lead to an appointment:** {years(settings.UNBOOKED_KEPT_DAYS)}",
        f"canceled or missed:** {years(settings.MISSED_KEPT_DAYS)}",
        f"that you came to:** {years(settings.SEEN_KEPT_DAYS)}",
        f"text of our emails to you:** {years(settings.MESSAGE_TEXTS_KEPT_DAYS)}",
        f"noted about a phone call:** {years(settings.CALL_NOTES_KEPT_DAYS)}",
        f"A link stops working {settings.LINK_DAYS} days after the appointment",
        f"It is deleted after {settings.ORIGIN_KEPT_DAYS} days.",
        f"remembered for {links.KNOWN_FOR.seconds // 60} minutes",
    }
    assert {sentence for sentence in said if sentence not in PAGE} == set()


def test_no_other_time_is_promised_there():
    """A new number needs a line in the test above."""
    text = "\n".join(section["body"] for section in tomllib.loads((CONTENT / "privacy.toml").read_text())["sections"])
    found = sorted(re.findall(r"\b\d+ (?:minutes?|hours?|days?|years?)\b", text))
    assert found == sorted(
        ["24 hours"] * 4 + ["1 year"] * 2 + ["2 years"] * 2 + ["7 years"] + ["90 days", "30 days", "30 minutes"]
    )


def test_the_pages_of_the_form_promise_the_same_hours():
    hours = f"{settings.SESSION_COOKIE_AGE // 3600} hours"
    for name in ("expired.html", "too_many.html"):
        assert hours in (TEMPLATES / name).read_text(), name


def test_what_the_page_says_is_erased_is_what_the_jobs_erase():
    assert {"sessions", "counters", "origins", "people", "message texts", "call notes"} <= set(retention.JOBS)
