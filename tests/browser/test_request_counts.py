"""How much a request asks of a patient, counted from home to the receipt, and how long the page of times is.

A tap is a press on a link, button, radio, checkbox or summary; an answer is one question with a value sent; words are
the visible words of `main`.
"""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.utils import timezone
from playwright.sync_api import expect

PHONE = {"width": 390, "height": 844}
MOST = {"pages": 7, "answers": 10, "taps": 12, "words": 1000, "words of home": 200}
NO_ANSWER = {"csrfmiddlewaretoken", "from", "day", "doctor", "office", "part", "window", "go", "website"}
SEEN = """() => {
    const unseen = ".visually-hidden, .skip-times, .turn-word, [aria-hidden='true']";
    const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    let words = 0;
    while (texts.nextNode()) {
        const around = texts.currentNode.parentElement;
        if (around.checkVisibility() && !around.closest(unseen))
            words += texts.currentNode.data.split(/\\s+/).filter(word => /[\\p{L}\\p{N}]/u.test(word)).length;
    }
    return words;
}"""
HEIGHT = "document.documentElement.scrollHeight"
# The Tab stops of a page in order: what has the focus, by its name and value, or where its link leads.
STOPS = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter(one => one.type !== 'hidden' && one.tabIndex >= 0 && one.checkVisibility()
        && !one.closest('details:not([open]) > :not(summary)'))
    .map(one => one.name || one.getAttribute('href') || one.tagName)"""


class Counter:
    """A patient without scripts on a phone, and what it takes of them."""

    def __init__(self, page):
        self.page, self.taps, self.words, self.answers = page, 0, {}, set()
        page.on("request", self.sent)

    def sent(self, request):
        if request.method == "POST" and "/request/" in request.url:
            named = {name for name, value in parse_qsl(request.post_data or "") if value} - NO_ANSWER
            self.answers |= {"birth_date" if name.startswith("birth_date") else name for name in named}

    def see(self):
        """The words of a page count once, as it is when it is left."""
        self.words[self.page.url.partition("?")[0].partition("#")[0]] = self.page.evaluate(SEEN)

    def tap(self, part):
        part.click()
        self.taps += 1

    def lead(self, part):
        """A tap that opens another page."""
        self.tap(part)
        self.page.wait_for_load_state()
        self.see()

    def go_on(self, name="Continue"):
        self.lead(self.page.get_by_role("button", name=name))


def asks_with_one_time(count, site):
    """The shortest whole way: the first open time, the patient asks alone, and gives an email."""
    page = count.page
    page.goto(site)
    count.see()
    count.lead(page.locator("main a[href='/request/']").first)
    count.go_on("None of these: start")
    for name, value in {"reason": "broken-bone", "returning": "no"}.items():
        count.tap(page.locator(f"input[name={name}][value={value}]"))
    count.go_on()
    count.lead(page.locator(".soon button").first)
    count.go_on()
    page.get_by_label("Full name").fill("June Demo")
    for part, value in {"Month": "March", "Day": "9", "Year": "1951"}.items():
        page.get_by_label(part).fill(value)
    count.go_on()
    page.get_by_role("textbox", name="Phone").fill("718 555 0167")
    page.get_by_role("textbox", name="Email").fill("june@example.org")
    count.go_on()
    count.tap(page.get_by_label("Medicare", exact=True))
    count.go_on()
    count.go_on("Send my request")
    page.wait_for_url("**/sent/")


@pytest.mark.once
def test_a_request_takes_few_pages_answers_taps_and_words(site, open_page):
    count = Counter(open_page(390, scripts=True))
    steps = set()
    count.page.on("framenavigated", lambda frame: steps.add(frame.url.split("?")[0].split("#")[0]))
    asks_with_one_time(count, site)
    pages = {step for step in steps if "/request/" in step and not step.endswith("/sent/")}
    words = list(count.words.values())
    found = {"pages": len(pages), "answers": len(count.answers), "taps": count.taps, "words": sum(words)}
    found["words of home"] = words[0]
    print(found, sorted(count.answers), words)  # noqa: T201
    assert len(words) == len(pages | {"home", "sent"})  # no page went by uncounted
    assert {name: n for name, n in found.items() if n > MOST[name]} == {}


# -- the page of times


def at_times(page, site):
    page.goto(f"{site}/request/")
    page.get_by_role("button", name="None of these: start").click()
    page.locator("input[name=reason][value=broken-bone]").check()
    page.locator("input[name=returning][value=yes]").check()
    page.get_by_role("button", name="Continue").click()


def to_a_full_week(page):
    """A week in which nothing is booked yet."""
    day = timezone.localdate() + timedelta(days=35)
    page.goto(f"{page.url.split('?')[0]}?day={day - timedelta(days=day.weekday() - 1):%Y-%m-%d}")


def screens(page):
    return round(page.evaluate(HEIGHT) / PHONE["height"], 2)


@pytest.mark.once
def test_a_full_week_is_short_on_a_phone(site, open_page):
    page = open_page(390, scripts=False)
    page.set_viewport_size(PHONE)
    at_times(page, site)
    soonest = screens(page)
    to_a_full_week(page)
    week = screens(page)
    buttons = page.locator("main :is(button, summary):visible").count()
    page.locator(".clocks summary").nth(4).click()
    opened = screens(page)
    chosen = [after_choosing_one_more(page) for _press in range(3)]
    print({"soonest": soonest, "week": week, "opened": opened, "chosen": chosen, "buttons": buttons})  # noqa: T201
    assert max(soonest, week, chosen[2]) <= 2.5  # with three chosen, a phone shows no other times
    assert opened <= 2.7
    assert max(chosen) <= 3.1  # with 36 times a day in the widest letters; each row of three takes 0.07
    assert 15 < buttons <= 60


def choose(page):
    page.locator(".clocks summary").nth(2).click()
    page.locator("button[name=add]:visible").first.click()
    page.wait_for_load_state()


def after_choosing_one_more(page):
    choose(page)
    return screens(page)


def choose_two(page):
    choose(page)
    choose(page)


@pytest.mark.once
@pytest.mark.parametrize(("width", "stop", "most"), [(1280, "go", 25), (390, "#go", 15)])
def test_who_has_chosen_goes_on_after_few_tab_stops(site, open_page, width, stop, most):
    page = open_page(width)
    at_times(page, site)
    to_a_full_week(page)
    choose_two(page)
    stops = page.evaluate(STOPS)
    print({"width": width, "stop": stops.index(stop) + 1, "stops": len(stops)})  # noqa: T201
    assert stops.index(stop) < most


@pytest.mark.once
def test_back_keeps_all_that_was_chosen(site, open_page):
    page = open_page(390, scripts=False)
    at_times(page, site)
    choose_two(page)
    page.locator(".pick-bar button").click()
    page.go_back()
    expect(page.get_by_text("2 of 3 chosen")).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.get_by_text("2 of 3 chosen")).to_be_visible()
