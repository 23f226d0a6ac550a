"""The desk in a real browser: the main action of each page, by keyboard and without scripts."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Event
from booking.scheduling.slots import Slot

DESK = "/admin/desk/"


def focused(page):
    return page.evaluate("document.activeElement.textContent").strip()


def references(page):
    return re.findall(r"[2-9A-Z]{3}-[2-9A-Z]{3}-[2-9A-Z]{4}", page.locator(".queue tbody").inner_text())


def test_the_queue_can_be_used_by_keyboard(desk_page):
    page = desk_page()
    names = [name.strip() for name in page.locator("[data-row]").all_text_contents()]
    page.keyboard.press("j")
    assert focused(page) == names[0]
    page.keyboard.press("j")
    assert focused(page) == names[1]
    page.keyboard.press("k")
    assert focused(page) == names[0]
    reference = references(page)[0]
    page.keyboard.press("c")
    page.wait_for_url(f"**/requests/{reference.replace('-', '')}/#calls")
    assert not AppointmentRequest.objects.filter(
        claimed_by__isnull=False, reference=reference.replace("-", "")
    ).exists()
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url(f"**{DESK}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/*/")
    expect(page.get_by_text("You’re working on this until")).to_be_visible()


def test_keys_open_the_pages_and_the_list_of_shortcuts(desk_page):
    page = desk_page()
    for keys, there in (
        ("gt", "**/desk/day/"),
        ("gc", "**/desk/calendar/*"),
        ("n", "**/desk/book/"),
        ("gq", f"**{DESK}"),
    ):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_url(there)
    page.keyboard.press("?")
    expect(page.get_by_text("Go to the search box. Esc leaves it.")).to_be_visible()


def test_no_shortcut_works_while_typing_or_with_another_key(desk_page):
    page = desk_page()
    page.keyboard.press("/")
    page.keyboard.type("gtjnc?")
    assert page.locator("#desk-q").input_value() == "gtjnc?"
    page.keyboard.press("Escape")
    page.keyboard.press("Control+j")
    page.keyboard.press("Alt+n")
    page.wait_for_timeout(200)
    assert page.url.endswith(DESK)
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('[data-row]')")


def test_if_turned_off_the_keys_do_nothing_and_are_not_shown(desk_page):
    page = desk_page()
    expect(page.locator(".keys")).to_be_visible()
    page.get_by_role("button", name="Turn off keyboard shortcuts").click()
    expect(page.get_by_role("button", name="Turn on keyboard shortcuts")).to_be_visible()
    assert page.locator("kbd:visible").count() == 0
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.wait_for_timeout(200)
    assert page.url.endswith(DESK)
    assert page.evaluate("document.activeElement === document.body")


def test_a_new_request_is_announced_and_no_row_moves(site, desk_page):
    page = desk_page()
    page.keyboard.press("j")
    before, place = references(page), page.locator("[data-row]").first.bounding_box()
    appointment_request = AppointmentRequest.objects.filter(status="new").last()
    answers = {"reason": appointment_request.reason, "appointment_type": appointment_request.appointment_type}
    person = {"name": "Newly Demo", "birth_date": "1950-01-02", "phone": "+17185550111", "email": ""}
    lifecycle.submit(lifecycle.Draft(person, answers), now=timezone.now())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # otherwise it polls every half minute
    news = page.get_by_role("link", name=re.compile("^1 new since .*. Show it"))
    expect(news).to_be_visible()
    assert references(page) == before
    assert page.locator("[data-row]").first.bounding_box() == place
    assert page.evaluate("document.activeElement.matches('[data-row]')")
    news.click()
    expect(page.get_by_text("Newly Demo")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_caller_is_found_and_no_name_is_in_a_url(desk_page, scripts):
    page, addresses = desk_page(1024, scripts=scripts), []
    page.on("request", lambda request: addresses.append(request.url))
    appointment_request = AppointmentRequest.objects.select_related("patient").get(
        patient__name="Carlos Demo", status="new"
    )
    page.get_by_role("searchbox").fill("carl demo 7/21/1955")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Carlos Demo").first.click()
    expect(page.get_by_text(str(appointment_request)).first).to_be_visible()
    assert not [address for address in addresses if "carl" in address.lower()]


def test_one_key_checks_a_patient_in_and_another_undoes_it(site, desk_page):
    page = desk_page()
    page.goto(f"{site}{DESK}day/")
    row = page.locator("tr:has([data-row-key=a]):visible").first
    appointment = Appointment.objects.get(pk=row.get_attribute("id").removeprefix("appointment-"))
    row.locator("[data-row]").focus()
    page.keyboard.press("a")
    expect(page.locator(".undo")).to_contain_text("checked in")
    appointment.refresh_from_db()
    assert appointment.status == "arrived"
    in_focus = page.evaluate("document.activeElement.closest('tr')?.id + document.activeElement.textContent")
    assert in_focus.startswith(f"appointment-{appointment.pk}")
    assert appointment.appointment_request.patient.name in in_focus  # Enter marks nobody
    page.keyboard.press("u")
    expect(page.get_by_text("undone")).to_be_visible()
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_a_patient_can_be_checked_in_without_scripts(site, desk_page):
    page = desk_page(1024, scripts=False)
    page.goto(f"{site}{DESK}day/?by=practitioner")
    button = page.locator("button[data-row-key=a]:visible").first
    appointment = Appointment.objects.get(pk=re.search(r"/appointments/(\d+)/", button.get_attribute("formaction"))[1])
    button.click()
    expect(page.locator(".undo")).to_contain_text("checked in")
    appointment.refresh_from_db()
    assert appointment.status == "arrived"


def test_the_day_sheet_prints_one_practitioner_per_page(site, desk_page):
    page = desk_page()
    page.goto(f"{site}{DESK}day/")
    page.get_by_role("link", name="Day sheet", exact=True).click()
    expect(page).to_have_url(re.compile("/sheet/"))
    sheets = page.locator(".sheet").count()
    assert sheets > 1
    page.emulate_media(media="print")
    expect(page.locator(".desk-bar")).to_be_hidden()
    expect(page.locator(".keys")).to_be_hidden()
    for paper in ("A4", "Letter"):
        page.evaluate(SHOW_SHEET, None)
        together = pages(page, paper)
        alone = []
        for n in range(sheets):
            page.evaluate(SHOW_SHEET, n)
            alone.append(pages(page, paper))
        assert together == sum(alone)  # none shares a page, none leaves an empty one
        assert max(alone) <= 2


SHOW_SHEET = "n => document.querySelectorAll('.sheet').forEach((el, i) => { el.hidden = n !== null && i !== n; })"


def pages(page, paper):
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper, prefer_css_page_size=True)))


def begin_to_reschedule(page, site):
    """Choose the next day's first booked appointment and start rescheduling it, by keyboard alone."""
    page.goto(f"{site}{DESK}calendar/")
    heading = page.get_by_role("heading", level=1).inner_text()
    page.keyboard.press("]")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(heading)
    page.locator(".tg .booked > button[data-row]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pop:popover-open").get_by_role("link", name=re.compile("^Move"))).to_be_visible()
    page.keyboard.press("m")
    page.wait_for_url("**/calendar/?*rescheduling=*")
    expect(page.locator(".notice--rescheduling")).to_contain_text("The patient keeps the old time until you do.")
    return Appointment.objects.get(pk=re.search(r"rescheduling=(\d+)", page.url)[1])


def test_an_appointment_can_be_rescheduled_in_the_calendar_by_keyboard(site, desk_page):
    page = desk_page()
    appointment = begin_to_reschedule(page, site)
    fits = page.locator(".tg__fit")
    for _day in range(14):  # until one of them has a time that fits
        heading = page.get_by_role("heading", level=1).inner_text()
        page.keyboard.press("]")
        expect(page.get_by_role("heading", level=1)).not_to_have_text(heading)
        if fits.count():
            break
    fits.first.focus()
    chosen = Slot.parse(page.evaluate("document.activeElement.value"))
    page.keyboard.press("Enter")
    expect(page.locator(".undo")).to_contain_text("Moved: ")
    assert "/calendar/" in page.url
    assert "rescheduling=" not in page.url
    was = appointment.starts_at
    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.practitioner_id) == (chosen.starts_at, chosen.practitioner_id)
    page.keyboard.press("u")
    expect(page.get_by_text("Undone.")).to_be_visible()
    appointment.refresh_from_db()
    assert appointment.starts_at == was


def test_escape_cancels_rescheduling_and_changes_nothing(site, desk_page):
    page = desk_page()
    appointment = begin_to_reschedule(page, site)
    page.get_by_label("Go to").focus()
    page.keyboard.press("Escape")  # first leaves the field
    expect(page.locator(".notice--rescheduling")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".notice--rescheduling")).to_have_count(0)
    assert "rescheduling=" not in page.url
    assert not Event.objects.filter(appointment=appointment, verb="reschedule").exists()


def test_an_appointment_can_be_rescheduled_in_the_calendar_without_scripts(site, desk_page):
    page = desk_page(1024, scripts=False)
    page.goto(f"{site}{DESK}calendar/?span=week")
    page.get_by_role("link", name="Next week").click()
    block = page.locator("details.slot--booked").filter(has=page.locator("summary", has_text="Booked")).first
    block.locator("summary").click()
    block.get_by_role("link", name=re.compile("^Move")).click()
    expect(page).to_have_url(re.compile("rescheduling="))
    appointment = Appointment.objects.get(pk=re.search(r"rescheduling=(\d+)", page.url)[1])
    expect(page.locator(".slot--rescheduling")).to_contain_text("Booked, moving")
    page.get_by_label("Go to").fill((timezone.localdate() + timedelta(days=90)).isoformat())
    page.get_by_role("button", name="Show", exact=True).click()
    more = page.locator(".slot--fits details").first
    more.locator("summary").click()
    more.get_by_role("button", name=re.compile("^Move here, .*, [A-Z][a-z]{2},.[A-Z]")).first.click()
    expect(page.locator(".undo")).to_contain_text("Moved: ")
    was = appointment.starts_at
    appointment.refresh_from_db()
    assert appointment.starts_at > was


def test_on_a_request_the_keys_move_to_its_answers_and_none_of_them_answers(site, desk_page):
    page = desk_page()
    appointment_request = (
        AppointmentRequest.objects.filter(status="new", requested_times__rank=1).order_by("respond_by").first()
    )
    page.goto(f"{site}{DESK}requests/{appointment_request.reference}/")
    page.keyboard.press("m")
    page.keyboard.type("yomj")
    assert page.locator("#note").input_value() == "yomj"
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    assert page.evaluate("[document.activeElement.name, document.activeElement.checked]") == ["offer", False]
    page.keyboard.press("Escape")
    page.keyboard.down("y")
    page.keyboard.down("y")  # held
    page.keyboard.up("y")
    assert focused(page).startswith("Confirm ")
    appointment_request.refresh_from_db()
    assert appointment_request.status == "new"
    page.keyboard.press("Enter")
    expect(page.locator(".undo")).to_contain_text("Confirmed")
    appointment_request.refresh_from_db()
    assert appointment_request.status == "confirmed"


def test_in_the_queue_j_and_k_move_to_the_next_and_previous_request(site, desk_page):
    page = desk_page()
    first, second = AppointmentRequest.objects.filter(status="new").order_by("respond_by", "pk")[:2]
    page.goto(f"{site}{DESK}requests/{first.reference}/")
    page.keyboard.press("j")
    page.wait_for_url(f"**/{second.reference}/")
    page.keyboard.press("k")
    page.wait_for_url(f"**/{first.reference}/")


def test_in_the_slot_finder_keys_move_to_the_times_and_the_patient(site, desk_page):
    page = desk_page()
    page.goto(f"{site}{DESK}book/")
    page.keyboard.press("t")
    assert focused(page) == "1 Time"
    page.goto(f"{site}{DESK}book/?reason=broken-bone")
    page.keyboard.press("t")
    assert focused(page).startswith("Hold ")
    page.keyboard.press("p")
    page.keyboard.type("tp")
    assert page.locator("#q").input_value() == "tp"
    assert not Appointment.objects.filter(held_for__isnull=False).exists()


def test_the_start_page_of_the_staff_site_leads_to_the_desk(site, desk_page):
    page = desk_page()
    page.goto(f"{site}/admin/")
    expect(page.get_by_role("heading", name="Setup")).to_be_visible()
    page.get_by_role("link", name=re.compile("Appointments today")).click()
    page.wait_for_url("**/desk/day/")
