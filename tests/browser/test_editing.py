"""Editing a treatment page: without scripts and without a mouse, with a preview beside, and no word lost by leaving."""

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import expect

from procedures.models import Procedure
from tests.browser.checks import check, small_targets


@pytest.fixture
def outline(site, open_page, sign_in):
    """`page = outline(width)`: the outline of the kyphoplasty page, for an editor who is signed in."""
    editor = User.objects.create_user("wim-at-home", is_staff=True)
    editor.groups.add(Group.objects.get(name="Content editor"))
    pk = Procedure.objects.get(slug="kyphoplasty").pk

    def opened(width=1440, *, scripts=True):
        page = open_page(width, scripts=scripts)
        sign_in(page, editor)
        page.goto(f"{site}/admin/procedures/procedure/{pk}/change/")
        return page

    return opened


def press(page, name, role="link"):
    """Press what has this name by the keyboard."""
    page.get_by_role(role, name=name, exact=True).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def test_without_scripts_and_without_a_mouse_a_section_is_written_looked_at_saved_and_moved(outline):
    page = outline(scripts=False)
    press(page, "What it is")
    page.get_by_label("Heading").focus()
    page.keyboard.type(": in short ")
    press(page, "Preview", "button")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="in short")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "preview"
    page.get_by_label("Heading").focus()
    page.keyboard.press("Enter")  # the first button saves
    page.wait_for_load_state()
    row = page.locator(".part-row:target")
    expect(row.get_by_role("link").first).to_contain_text("in short")
    expect(row).to_contain_text("Changed since it was published")
    name = row.get_by_role("link").first.inner_text()
    place = page.locator(".part-row__name").all_inner_texts().index(name)
    page.keyboard.press("Tab")  # from the row that was saved, past its name
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert "Move down" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Enter")
    expect(page.locator(".part-row__name").nth(place + 1)).to_have_text(name)
    expect(row).to_be_focused()


def test_the_browser_asks_before_unsaved_words_are_lost_and_only_then(outline):
    page, asked = outline(), []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    press(page, "What it is")
    press(page, "Back without saving")
    assert asked == []
    press(page, "What it is")
    page.get_by_label("Heading").press_sequentially("x")
    press(page, "Preview", "button")
    assert asked == []
    press(page, "Back without saving")  # what was looked at is not saved either
    assert asked == ["beforeunload"]
    press(page, "What it is")
    page.get_by_label("Heading").press_sequentially("x")
    press(page, "Save", "button")
    assert asked == ["beforeunload"]


def test_the_pages_of_an_editor_are_accessible_with_the_preview_beside_from_1280(outline):
    page = outline()
    start = page.url
    check(page, widths=(1440,))
    for name, width in (("What a break looks like", 1024), ("Four steps", 1440)):
        page.goto(start)
        page.get_by_role("link", name=name, exact=True).first.click()
        page.locator("details").evaluate_all("all => all.forEach(details => { details.open = true; })")
        check(page, widths=(width,))
        assert small_targets(page, 24) == []
        page.set_viewport_size({"width": 1280, "height": 900})
        form, frame = (page.locator(part).bounding_box() for part in (".edit-form", "iframe"))
        assert form["x"] + form["width"] <= frame["x"]
    page.goto(start)
    page.get_by_role("link", name="Remove “What it is”").click()
    check(page, widths=(1024,))
