"""What goes onto paper: receipt, appointment card and letter each print on one sheet, without a name or a reason."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from booking.models import Appointment, AppointmentRequest, Message
from booking.notifications import links
from tests.booking.request_flow.walk import ANSWERS, ASK_FOR_A_CALL, Walker
from tests.browser.checks import check

NO_EMAIL = ANSWERS["contact"] | {"email": ""}


def sheets(page):
    return len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(format="Letter")))


@pytest.fixture
def receipt(open_page, site):
    """The receipt of a request with the first open time, or for a call, in the browser of its sender."""

    def sent(contact, *, wants_call, **prefers):
        walker = Walker(Client()).until("times")
        if not wants_call:
            open_time = re.search(r'name="add"\s+value="([^"]+)"', walker.get("times").text)[1]
            walker.post("times", {"add": open_time})
        walker.post("times", ASK_FOR_A_CALL if wants_call else {"go": "1"})
        path = walker.finish(contact=contact).send()["Location"]
        page = open_page(390, **prefers)
        page.context.add_cookies(
            [{"name": name, "value": cookie.value, "url": site} for name, cookie in walker.client.cookies.items()]
        )
        page.goto(site + path)
        return page

    return sent


@pytest.mark.parametrize(("contact", "wants_call"), [(NO_EMAIL, False), (ANSWERS["contact"], False), (NO_EMAIL, True)])
def test_a_receipt_prints_on_one_sheet_with_the_code_and_without_name_and_reason(receipt, contact, wants_call):
    page = receipt(contact, wants_call=wants_call)
    check(page, widths=(320, 390, 1280))
    assert page.get_by_role("heading", level=1).inner_text() == (
        "We will call you" if wants_call else "We have your request"
    )
    page.emulate_media(media="print")
    paper = page.locator("main").inner_text()
    assert re.findall(r"June|1951|june@example|Broken|broken", paper) == []
    assert "Do not wait for us: call 911 if" in paper
    assert page.locator("svg.qr").bounding_box()["width"] > 110  # 3 cm: cameras of old phones read it
    assert sheets(page) == 1


def test_the_code_is_black_on_white_in_the_dark_too(receipt):
    page = receipt(NO_EMAIL, wants_call=True, color_scheme="dark")
    assert page.evaluate("document.querySelector('svg.qr path').getAttribute('fill')") in ("white", "#fff")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('svg.qr path:last-of-type')).stroke") == "rgb(0, 0, 0)"
    )


def test_card_and_letter_print_on_one_sheet(site, open_page, desk_page):
    appointment = Appointment.objects.filter(status="booked", appointment_request__isnull=False).last()
    row = appointment.appointment_request
    page, desk = open_page(390), desk_page(1280)
    page.goto(f"{site}/visit/{links.secret(row)}/card/")
    desk.goto(site + reverse("desk:card", args=[row.reference]))
    for paper in (page, desk):
        check(paper, widths=(360, 1024))
        assert sheets(paper) == 1
    message = Message.objects.create(
        kind="confirmed", appointment_request=row, appointment=appointment, status="to_call", due_at=row.submitted_at
    )
    desk.goto(site + reverse("desk:letter", args=[message.pk]))
    assert sheets(desk) == 1
    assert AppointmentRequest.objects.filter(pk=row.pk).exists()


BROKEN_WORDS = """() => {
  const broken = [];
  const texts = document.createTreeWalker(document.querySelector(".sheets"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const word of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (lines.size > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("media", ["screen", "print"])
def test_the_day_sheet_breaks_no_word(site, desk_page, media):
    page = desk_page(700 if media == "print" else 1280)  # as wide as Letter within its margins
    page.goto(f"{site}{reverse('desk:sheet', args=['2026-12-09'])}")
    page.emulate_media(media=media)
    assert page.locator(".sheet tbody .person").count() > 20
    assert page.evaluate(BROKEN_WORDS) == []


def test_each_page_of_the_day_sheet_says_whose_it_is_and_none_holds_only_its_foot(site, desk_page):
    """Head and foot of a table repeat on each page: taller rows never push them to a page of their own."""
    page = desk_page(1280)
    page.goto(f"{site}{reverse('desk:sheet', args=['2026-12-09'])}")
    page.emulate_media(media="print")
    for part in ("head", "foot"):
        shown = f"getComputedStyle(document.querySelector('.sheet t{part}')).display"
        assert page.evaluate(shown) == f"table-{part}er-group"
    assert page.locator(".sheet > *").evaluate_all("all => all.every(each => each.tagName === 'TABLE')")
    whose = page.locator(".sheet thead h2")
    assert whose.count() == page.locator(".sheet").count() > 1
    assert whose.evaluate_all("all => all.every(each => each.checkVisibility())")
