"""The line of shortcuts at the foot of a desk page lists the keys that do something there, and no others."""

import pytest
from playwright.sync_api import expect

EVERYWHERE = {"/", "g q", "g t", "g c", "n", "?"}


def listed(page):
    items = page.locator(".keys li:visible")
    return {" ".join(item.locator("kbd").all_text_contents()) for item in items.all()}


@pytest.mark.parametrize(
    ("address", "extra"),
    [
        ("?view=to-call", {"j k", "Enter"}),
        ("?view=answered", set()),
        ("day/2026-01-04/", {"w"}),
        ("book/", {"t", "p"}),
        ("?view=mine", set()),
    ],
)
def test_a_key_that_does_nothing_is_not_listed(site, desk_page, address, extra):
    page = desk_page()
    page.goto(f"{site}/admin/desk/{address}")
    expect(page.locator(".keys")).to_be_visible()
    assert listed(page) == EVERYWHERE | extra


def test_the_keys_of_the_rows_are_listed_where_there_are_rows(desk_page):
    assert {"j k", "Enter", "c"} <= listed(desk_page())


def test_arrow_keys_walk_through_the_time_grid(site, desk_page):
    page = desk_page(1440)
    page.goto(f"{site}/admin/desk/calendar/")
    columns = [page.locator(f"#column-{n} [data-row]") for n in (1, 2)]
    columns[0].first.focus()
    for key, place in (
        ("ArrowDown", columns[0].nth(1)), ("ArrowUp", columns[0].first), ("ArrowUp", columns[0].first),
        ("ArrowLeft", columns[0].first), ("ArrowRight", columns[1].first), ("ArrowLeft", columns[0].first),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(place).to_be_focused()


def test_enter_in_the_note_of_a_call_logs_no_call(site, desk_page):
    page = desk_page()
    page.goto(f"{site}/admin/desk/no-shows/")
    page.evaluate("window.sent = 0; document.addEventListener('submit', () => window.sent++)")
    note = page.get_by_label("Note").first
    note.fill("She was on the bus.")
    note.press("Enter")
    assert page.evaluate("window.sent") == 0
    assert note.input_value() == "She was on the bus."
