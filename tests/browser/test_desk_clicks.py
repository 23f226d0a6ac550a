"""How many presses the desk’s everyday acts take, without JavaScript: LIMITS of presses.py, walked on one demo."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from booking import lifecycle
from booking.models import Appointment, AppointmentRequest, Message, Patient
from booking.scheduling.slots import Rules, open_times
from clinic.models import AppointmentType, Location, Practitioner, ScheduleException
from clinic.practice_info import local_date
from tests.browser import faces
from tests.browser.presses import LIMITS, Clerk
from tests.builders import WHY, make_practitioner

BUSY, PATIENTS = "Dr. Busy Demo", 14


def known_caller(clerk):
    page, patient = clerk.page, _seen()
    clerk.begin("")
    clerk.enter(page.get_by_role("searchbox"), f"{patient.name} {patient.birth_date:%-m/%-d/%Y}")
    clerk.click(page.locator(".hit").first.get_by_role("link", name="New appointment"))
    clerk.click(page.get_by_role("button", name="Same reason"))
    clerk.click(page.locator("button[name=hold]").first)
    clerk.click(page.get_by_role("button", name=re.compile("^Book ")))
    expect(page.get_by_text(re.compile(rf"^\s*Booked:\s+{re.escape(patient.name)}"))).to_be_visible()


def walk_in(clerk):
    page, patient = clerk.page, _seen()
    clerk.begin("day/")
    clerk.click(page.get_by_role("link", name="Walk-in"))
    clerk.click(page.locator(".walk-in button[name=hold]").first)
    clerk.enter(page.get_by_label("Name, phone, or DOB"), f"{patient.name} {patient.birth_date:%-m/%-d/%Y}")
    clerk.click(page.get_by_role("button", name=re.compile("^Book ")))
    expect(page.get_by_text(re.compile(rf"^\s*Booked:\s+{re.escape(patient.name)}"))).to_be_visible()
    assert Appointment.objects.latest("pk").status == "arrived"


def follow_up(clerk):
    page = clerk.page
    clerk.begin("day/")
    clerk.click(page.locator("tr.here").get_by_role("link", name="Follow-up").first)
    clerk.click(page.locator("button[name=slot]").first)
    expect(page.get_by_text(re.compile(r"^\s*Booked:\s+"))).to_be_visible()
    assert (local_date(Appointment.objects.latest("pk").starts_at) - local_date(timezone.now())).days >= 7


def no_show(clerk):
    page = clerk.page
    clerk.begin("day/")
    clerk.click(page.locator(".fold > summary"))
    clerk.click(page.locator(".fold").get_by_role("link", name="Rebook").first)
    clerk.click(page.locator("button[name=slot]").first)
    expect(page.get_by_text(re.compile(r"^\s*Booked:\s+"))).to_be_visible()
    assert Appointment.objects.latest("pk").appointment_request.replaces.status == "noshow"


def three_times(clerk):
    page = clerk.page
    asked = AppointmentRequest.objects.filter(status="new", wants_call=True).first()
    clerk.begin("")
    clerk.click(page.locator(f"a[href*='{asked.reference}']").first)
    for n in range(3):
        clerk.click(page.get_by_label(re.compile(r"^\s*Offer [A-Z][a-z]{2},")).nth(2 * n))
    clerk.click(page.get_by_role("button", name="Offer selected times"))
    expect(page.get_by_text(re.compile(r"^\s*Offered:\s+"))).to_be_visible()


def block(clerk):
    page = clerk.page
    clerk.begin("calendar/?span=day")
    clerk.click(page.locator(".tg__block").first)
    page.locator(".pop:popover-open input[name=reason]").fill("Phone calls")
    clerk.click(page.locator(".pop:popover-open").get_by_role("button", name="Block 30 min"))
    expect(page.locator(".undo")).to_contain_text("Blocked:")
    row = ScheduleException.objects.get(private_reason="Phone calls")
    assert row.ends - row.starts == 30


def provider_out(clerk):
    page, busy = clerk.page, Practitioner.objects.get(name=BUSY)
    clerk.begin("")
    clerk.click(page.get_by_role("link", name="Provider out"))
    clerk.choose(page.get_by_label("Provider", exact=True), BUSY)
    page.get_by_label("From").fill(_tomorrow().isoformat())
    clerk.click(page.get_by_role("button", name="Show who is affected"))
    expect(page.locator(".out-table tbody tr")).to_have_count(PATIENTS)
    clerk.click(page.get_by_role("button", name="Mark Dr").first)
    expect(page.locator(".undo")).to_contain_text(f"{BUSY} is out.")
    assert busy.appointments.filter(needs_rebooking_since__isnull=False).count() == PATIENTS


ACTS = {
    "known caller booked": known_caller,
    "offer 3 times": three_times,
    "provider out with 14 appointments": provider_out,
    "walk-in": walk_in,
    "block 30 minutes": block,
    "follow-up": follow_up,
    "no-show rebooked": no_show,
}


def _tomorrow():
    return timezone.localdate() + timedelta(days=1)


def _seen():
    """Somebody who was here before and has no appointment and no namesake."""
    seen = Appointment.objects.filter(status="fulfilled").exclude(patient__appointments__status="booked")
    return seen.select_related("patient").earliest("starts_at").patient


def _missed():
    """A no-show of this morning."""
    now, by = timezone.now(), lifecycle.staff(User.objects.get(username="dmitri"))
    late = Appointment.objects.filter(status="booked", starts_at__lte=now).order_by("-starts_at")
    here = Appointment.objects.filter(status="arrived").order_by("-starts_at")
    if not Appointment.objects.filter(status="noshow", starts_at__date=now.date()).exists() and late:
        lifecycle.no_show(late[0].pk, by=by, now=now)
    assert here.exists()


@pytest.fixture
def busy(site, clerk):
    """A provider with fourteen appointments tomorrow."""
    kind, tomorrow = AppointmentType.objects.order_by("minutes", "pk").first(), _tomorrow()
    owner = make_practitioner(kind, Location.objects.first(), days=range(7), name=BUSY)
    by, now = lifecycle.staff(clerk, "phone"), timezone.now()
    for number in range(PATIENTS):
        (slot, *_more) = open_times(
            kind, Rules.desk(now), now=now, first_day=tomorrow, last_day=tomorrow, practitioners=[owner.pk]
        )
        lifecycle.book(_a_draft(kind, number), slot, by=by, now=now, override=WHY)


def _a_draft(kind, number):
    first = AppointmentRequest.objects.filter(reason__isnull=False).first()
    person = {
        "name": f"Person {number}", "birth_date": first.patient.birth_date, "phone": "+17185550167",
        "email": f"person{number}@example.org" if number % 3 else "",
    }  # fmt: skip
    return lifecycle.Draft(person, {"reason": first.reason, "appointment_type": kind})


def test_everyday_acts_take_few_presses(site, desk_page, busy, record_property):
    page = desk_page(1440, scripts=False)
    _missed()
    pressed = {}
    for name in LIMITS:
        clerk = Clerk(page, site)
        ACTS[name](clerk)
        pressed[name] = clerk.presses
    record_property("presses", pressed)
    assert {name: number for name, number in pressed.items() if number > LIMITS[name]} == {}, pressed


TALL = """[...document.querySelectorAll('.day2 tbody tr')].filter(row => row.getBoundingClientRect().height > 56)
    .map(row => row.innerText)"""
TALLEST = "Math.max(...[...document.querySelectorAll('.day2 tbody tr')].map(row => row.getBoundingClientRect().height))"

CUT = """  /* half a line and more: the target of a link is a little taller than its line */
    [...document.querySelectorAll('.day2 .needs')].filter(needs => needs.checkVisibility()
      && [needs, ...needs.querySelectorAll('.clip')].some(part =>
        part.scrollHeight > part.clientHeight + 8 || part.scrollWidth > part.clientWidth + 1))
"""
NOT_OPENED = f"{CUT}.filter(needs => !needs.parentElement.querySelector('summary')).map(needs => needs.innerText)"
TOUCHING = """  /* a time that runs into the name beside it, needs that run into the link that shows all */
    () => {
      const right = part => part.getBoundingClientRect().right, text = document.createRange();
      const times = [...document.querySelectorAll('.day2 .clock')].filter(time => {
        text.selectNodeContents(time);
        return time.checkVisibility() && right(text) > right(time);
      });
      const needs = [...document.querySelectorAll('.needs-all')].filter(all =>
        right(all.parentElement.querySelector('.needs')) > all.getBoundingClientRect().left);
      return [...times, ...needs].map(part => part.parentElement.innerText);
    }"""


def test_rows_of_today_are_low_and_now_is_in_view_at_opening(site, desk_page):
    page = desk_page(1440)
    for width, height in ((1440, 900), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{site}/admin/desk/day/")
        assert page.evaluate(TALLEST) <= 56
        assert page.locator("#now").bounding_box()["y"] < height, width
        assert page.evaluate(NOT_OPENED) == []
        assert page.evaluate(TOUCHING) == []
    Patient.objects.update(needs=Patient.Need.values, language="Vietnamese", needs_interpreter=True)
    AppointmentRequest.objects.update(scan="no", referral="no")
    page.goto(f"{site}/admin/desk/day/")
    assert page.evaluate(TALLEST) <= 56
    cut = page.evaluate(f"{CUT}.length")
    page.locator(".needs-all > summary:visible").first.click()
    expect(page.locator(".needs-all[open]")).to_have_count(1)
    assert (page.evaluate(f"{CUT}.length"), page.evaluate(NOT_OPENED)) == (cut - 1, [])


BEYOND = """  /* acts beyond their cell; words of a status, or below a name, that their box cuts off */
    () => {
      const right = part => part.getBoundingClientRect().right;
      const shown = chosen => [...document.querySelectorAll(chosen)].filter(part => part.checkVisibility());
      const acts = shown('.day2 .acts > *').filter(part => right(part) > right(part.closest('td')));
      const cut = shown('.day2 .state, .day2 .state > *, .day2 .who-more').filter(
        part => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).display !== 'inline');
      return [...acts, ...cut].map(part => part.innerText);
    }"""


def test_rows_of_today_cut_neither_acts_nor_status_nor_what_tells_two_patients_apart(site, desk_page):
    """Called off and told or not, checked in long ago, with a new time asked for; every name is long and alike."""
    today = Appointment.objects.filter(
        status__in=("booked", "arrived"), appointment_request__isnull=False,
        starts_at__range=(timezone.now() - timedelta(hours=3), timezone.now() + timedelta(hours=6)),
    )  # fmt: skip
    by, rows = lifecycle.staff(None), list(today.filter(status="booked", starts_at__gt=timezone.now())[:6])
    arrived, late = today.filter(status="arrived", starts_at__lt=timezone.now())[:2]
    Appointment.objects.filter(pk=late.pk).update(status="booked")
    for row in rows:
        lifecycle.mark_needs_rebooking(row.pk, by=by, now=timezone.now())
    states = ("sent", "sent", "notified", "queued", "superseded", "to_call")
    for row, state in zip(rows, states, strict=True):
        told = Message.objects.filter(kind="needs_rebooking", appointment_request__replaces=row)
        told.update(status=state, sent_at=timezone.now() - timedelta(days=row is rows[1]))
    Patient.objects.update(name="Mary Catherine Featherstonehaugh-Wójcik")
    page = desk_page(1440)
    for width in (1440, 1281, 1280, 1153, 1152, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site}/admin/desk/day/")
        assert page.locator(".day2 tr.called").count() > 3
        assert page.locator(".who-more", has_text="/19").count() > 3
        for face in faces.in_each(page):
            assert (page.evaluate(BEYOND), page.evaluate(TALL)) == ([], []), (width, face)


def test_the_menu_of_a_late_provider_says_close_while_it_is_open_without_scripts(site, desk_page):
    page = desk_page(1280, scripts=False)
    page.goto(f"{site}/admin/desk/day/")
    menu = page.locator(".late-menu > summary").first
    for words in ("Late", "Close", "Late"):
        expect(menu.locator(":scope > :visible").first).to_have_text(words)
        menu.click()


def test_the_totals_of_a_provider_who_is_out_follow_the_ticks(site, busy, desk_page):
    page, slug = desk_page(1440), Practitioner.objects.get(name=BUSY).slug
    page.goto(f"{site}/admin/desk/provider-out/?practitioner={slug}&first={_tomorrow()}")
    act = page.get_by_role("button", name="Mark Dr").first
    written = page.locator("[name^=email-]:checked").count()
    expect(act).to_contain_text(f"send {written} offers, add {PATIENTS - written} to the call list")
    for box in page.locator("[name^=email-]:checked").all()[:4]:
        box.uncheck()
    expect(act).to_contain_text(f"send {written - 4} offers, add {PATIENTS - written + 4} to the call list")
    expect(page.locator(".out-sum")).to_contain_text(f"{PATIENTS - written + 4} must be called")


DATES_BROKEN_INSIDE = """
    [...document.querySelectorAll('.dense .nowrap')].filter(date => date.getBoundingClientRect().height
      > 2.5 * parseFloat(getComputedStyle(date).lineHeight)).map(date => date.innerText)
"""
CUT_NAMES = """
    [...document.querySelectorAll('.day2 .person')].filter(name => name.checkVisibility()
      && name.scrollWidth > name.clientWidth).map(name => name.innerText)
"""
WIDE_ACTS = """
    [...document.querySelectorAll('.day2 .acts')].filter(acts => acts.checkVisibility()
      && acts.scrollWidth > acts.parentElement.clientWidth).map(acts => acts.innerText)
"""


@pytest.mark.parametrize("width", [1024, 1440])
def test_a_name_of_two_words_is_whole_on_today_and_a_date_on_the_persons_page(site, desk_page, width):
    page = desk_page(width)
    page.goto(f"{site}/admin/desk/day/")
    assert [name for name in page.evaluate(CUT_NAMES) if len(name) < 16] == []
    assert page.evaluate(WIDE_ACTS) == []
    page.locator(".day2 a.person:visible").first.click()
    expect(page.locator(".person-head")).to_be_visible()
    tables = "[...document.querySelectorAll('.scroll')].filter(table => table.scrollWidth > table.clientWidth).length"
    assert page.evaluate(tables) == 0
    assert page.evaluate(DATES_BROKEN_INSIDE) == []


def test_a_later_start_of_a_block_leaves_the_lengths_that_fit(site, desk_page):
    page = desk_page(1440)
    page.goto(f"{site}/admin/desk/calendar/?span=day")
    longer = page.locator(".pop:has([name=minutes][value='30'])").first.get_attribute("id")
    page.locator(f"[popovertarget={longer}]").click()
    box = page.locator(".pop:popover-open")
    expect(box.get_by_role("button", name="Block 30 min")).to_be_visible()
    starts = box.get_by_label("From")
    starts.select_option(index=starts.locator("option").count() - 1)
    expect(box.get_by_role("button", name="Block 15 min")).to_be_visible()
    expect(box.get_by_role("button", name="Block 30 min")).to_be_hidden()
