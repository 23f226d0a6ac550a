"""Treatment pages: they answer on the first screen of a phone, print what they fold, and move only if one likes it."""

import re

from procedures.models import Procedure
from tests.browser import faces

FIRST_SCREEN = 200  # px from the top to the title, on a phone
STEPS = "/static/clinic/svg/four-steps.svg"
TREATMENT = "/procedures/kyphoplasty/"


def treatment_pages():
    kyphoplasty = Procedure.objects.published("pages").get(slug="kyphoplasty")
    return [kyphoplasty.path(part) for part in kyphoplasty.content["pages"]]


def test_the_title_begins_near_the_top_of_a_phone(site, open_page):
    page = open_page(390)
    for path in [*treatment_pages(), "/glossary/", "/privacy/", "/danger-signs/"]:
        page.goto(site + path)
        for face in faces.in_each(page):
            top = page.evaluate("document.querySelector('h1').getBoundingClientRect().top")
            assert top <= FIRST_SCREEN, f"{path} in {face}: {top}"


def test_a_tab_key_meets_few_sources_and_one_list_of_pages(site, open_page):
    page = open_page()
    for path in treatment_pages():
        page.goto(site + path)
        assert page.locator("main a[href='#sources']:visible").count() <= 15, path
        assert page.locator("main nav.tabs").count() == 1, path


def test_the_drawing_of_the_steps_stands_still_for_those_who_ask_for_less_motion(site, open_page):
    page = open_page(reduced_motion="no-preference")
    moving = "document.getAnimations().filter(each => each.playState === 'running').length"
    page.goto(site + STEPS)
    assert page.evaluate(moving) > 5
    page.emulate_media(reduced_motion="reduce")
    page.goto(site + STEPS)
    assert page.evaluate(moving) == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.cement')).opacity") == "1"


def test_the_moving_drawing_runs_only_while_it_is_open_and_is_told_in_words(site, open_page):
    page = open_page()
    page.goto(f"{site}{TREATMENT}how/")
    drawing = page.locator("img[src*='four-steps']")
    assert not drawing.is_visible()
    page.locator("#moving summary").click()
    assert drawing.is_visible()
    assert "a dressing covers the cut" in drawing.get_attribute("alt")
    assert "cement fills the room, and a dressing covers the cut" in page.locator("#moving .text").inner_text()
    page.locator("#moving summary").press("Enter")
    assert not drawing.is_visible()


def test_paper_shows_what_the_screen_folds(site, open_page):
    page = open_page()
    page.goto(f"{site}{TREATMENT}risks/")
    folded = page.locator("#counts-differ .text")
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()


def test_the_decision_aid_fits_one_sheet_of_letter_paper(site, open_page):
    page = open_page()
    page.goto(f"{site}{TREATMENT}aid/")
    assert len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(format="Letter"))) == 1


def test_the_marks_of_the_decision_aid_stay_in_the_browser(site, open_page):
    page = open_page()
    page.goto(f"{site}{TREATMENT}aid/")
    assert page.locator("main input[type=radio]").count() == 20
    page.get_by_label("I am not sure yet").check()  # what one leans toward, and what one wants to ask
    page.get_by_label("What if I wait 4 to 6 weeks?").check()
    assert page.locator("main form").count() == 0
    page.get_by_label("4 of 5, from “I can live with it” to “I cannot go on like this”").check()
    assert page.url == f"{site}{TREATMENT}aid/"
