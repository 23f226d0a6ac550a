"""No input gives a server error or becomes part of a page: every page, form and parameter, everybody, both databases.

Every run draws a few pages by lot, and `make smoke` takes all of them. A fault names the seed that makes it again.
"""

import os
import random

from django.contrib.auth.models import User

from tests.fuzz.tries import Fuzzer
from tests.whole_practice import signed_in

PAGES = int(os.environ.get("FUZZ_PAGES", "50"))
FIELDS = int(os.environ.get("FUZZ_FIELDS", "3"))  # at most so many of a form
SEED = os.environ.get("FUZZ_SEED", "1")


def test_nothing_hostile_is_a_server_error_or_live(whole_practice):
    browsers = whole_practice.visitors | whole_practice.staff
    browsers["root"] = signed_in(User.objects.create_superuser("root"))
    fuzzers = {who: Fuzzer(browser, f"{SEED} {who}", FIELDS) for who, browser in browsers.items()}
    pages = [(who, address) for who in browsers for address in whole_practice.addresses().values()]
    chosen = random.Random(SEED).sample(pages, min(PAGES, len(pages)))  # noqa: S311
    found = [f"{who}: {fault}" for who, address in chosen for fault in fuzzers[who].try_page(address)]
    assert found == [], f"FUZZ_SEED={SEED} FUZZ_PAGES={PAGES} FUZZ_FIELDS={FIELDS}"
