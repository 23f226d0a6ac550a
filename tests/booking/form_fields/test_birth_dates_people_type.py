"""Dates of birth as people type them, at every door: request, private page, lost link, front desk, search."""

import re
from datetime import date
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from booking.desk.patients import search
from booking.desk.patients.forms import PersonForm
from booking.form_fields import BirthDateField
from booking.models import AppointmentRequest, Patient
from booking.notifications import links
from tests.booking.request_flow.walk import ANSWERS, HELPED
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
EVENING = "2026-11-23 19:30"  # in UTC it is the 24th
READ = [
    (["3", "9", "1951"], date(1951, 3, 9)),
    (["March", "9th", "1951"], date(1951, 3, 9)),
    (["٣", "٩", "١٩٥١"], date(1951, 3, 9)),
    (["०३", "०९", "१९५१"], date(1951, 3, 9)),
    (["３", "９", "１９５１"], date(1951, 3, 9)),
    (["۱۲", "۳۱", "۱۹۹۹"], date(1999, 12, 31)),
    (["\u200fMarch\u200f", "9", "1951\u202c"], date(1951, 3, 9)),
    (["٠٩/٠٣/١٩٥١", "", ""], date(1951, 9, 3)),
    (["2", "29", "2024"], date(2024, 2, 29)),
    (["3/9/1951.", "", ""], date(1951, 3, 9)),
    (["", "", "3–9–1951"], date(1951, 3, 9)),
    (["3\\9\\1951", "", ""], date(1951, 3, 9)),
    (["1951年3月9日", "", ""], date(1951, 3, 9)),
    (["1951년 12월 31일", "", ""], date(1951, 12, 31)),
    (["DOB 3/9/1951", "", ""], date(1951, 3, 9)),
    (["Date of birth: March 9th, 1951", "", ""], date(1951, 3, 9)),
    (["d.o.b. 9 of March 1951", "", ""], date(1951, 3, 9)),
    (["03091951", "", ""], date(1951, 3, 9)),
    (["19511231", "", ""], date(1951, 12, 31)),
    (["3.", "9.", "1951."], date(1951, 3, 9)),
    (["Mar. 9,", "", "(1951)"], date(1951, 3, 9)),
    (["3 — 9 — 1951", "", ""], date(1951, 3, 9)),
    (["3·9·1951", "", ""], date(1951, 3, 9)),
]
WRONG = [
    (["13", "9", "1951"], [0], "There is no month “13”. Enter the month first, then the day"),
    (["13", "32", "1951"], [0], "There is no month “13”. Enter a date of birth that exists"),
    (["0", "9", "1951"], [0], "There is no month “0”."),
    (["Marchember", "9", "1951"], [0], "There is no month “Marchember”."),
    (["3", "32", "1951"], [1], "There is no day “32”."),
    (["3", "0", "1951"], [1], "There is no day “0”."),
    (["3", "ninth", "1951"], [1], "There is no day “ninth”."),
    (["2", "30", "1951"], [1], "February 1951 has no day 30."),
    (["2", "29", "2023"], [1], "February 2023 has no day 29."),
    (["June", "31", "1951"], [1], "June 1951 has no day 31."),
    (["3", "9", "51"], [2], "Enter the year of birth with 4 digits"),
    (["3", "9", "195l"], [2], "Enter the year of birth with 4 digits"),
    (["3", "9", "1851"], [2], "Check the year."),
    (["3", "9", "2051"], [2], "must be between 1900 and today"),
    (["12", "24", "2026"], [0, 1, 2], "must be between 1900 and today"),
    (["March", "", "1951"], [1], "Enter the month, day, and year"),
    (["March", "", ""], [1, 2], "Enter the month, day, and year"),
    (["", "", ""], [0, 1, 2], "Enter the date of birth."),
    (["32", "March", "1951"], [0], "There is no day “32”."),
    (["1951", "13", "9"], [1], "There is no month “13”."),
    (["1951", "3", "32"], [2], "There is no day “32”."),
    (["1851", "3", "9"], [0], "Check the year."),
    (["30", "February", "1951"], [0], "February 1951 has no day 30."),
    (["", "", "3/32/1951"], [2], "There is no day “32”."),
    (["", "13/9/1951", ""], [1], "There is no month “13”."),
    (["3/9/51", "", ""], [0], "Enter the year of birth with 4 digits"),
    (["12/24/2026", "", ""], [0], "must be between 1900 and today"),
    (["3 9", "9", "1951"], [0], "Enter the month, day, and year"),
    (["", "on 3/9/1951 in Rome", ""], [1], "Enter the month, day, and year"),
    (["3 9", "", ""], [1, 2], "Enter the month, day, and year"),
    (["Marchmarchmarchmarchmarchmarch", "9", "1951"], [0], "no month “Marchmarchmarchmarchmarchmarch”."),
]


def parts(texts):
    return dict(zip(("birth_date_month", "birth_date_day", "birth_date_year"), texts, strict=True))


def marked(page):
    """The numbers of the boxes that are marked as wrong, and the links of the error summary."""
    boxes = re.findall(r"<input[^>]*birth_date_\w+[^>]*>", page)
    wrong = [n for n, box in enumerate(boxes) if 'aria-invalid="true"' in box]
    ids = [re.search(r'id="([^"]+)"', box)[1] for box in boxes]
    linked = re.findall(r'href="#([^"]+)"', page.split('class="err-box"')[1].split("</ul>")[0])
    return wrong, [ids.index(each) for each in linked if each in ids]


@pytest.fixture
def gate(client, clinic):
    """Where the private page asks for the date of birth."""
    url = reverse("patient_page:birth_date", args=[links.secret(clinic.appointment_request())])
    return lambda texts: client.post(url, parts(texts), follow=True)


@pytest.fixture
def lost(client, clinic):
    url = reverse("patient_page:lost_link")
    return lambda texts: client.post(url, parts(texts) | {"reference": "K7M-4QX-9PTR"}, follow=True)


@pytest.mark.parametrize(("texts", "born"), READ)
def test_a_date_is_read_in_any_script(texts, born):
    assert BirthDateField().clean(texts) == born


def test_what_the_patient_types_in_any_script_is_kept(june):
    texts, born = READ[5]
    assert june.answers("you", **parts(texts)).patient.birth_date == born


@pytest.mark.parametrize(("texts", "born"), READ[2:6])
def test_the_desk_reads_any_script_too(texts, born):
    form = PersonForm({"birth_date": "/".join(texts)})
    assert "birth_date" not in form.errors
    assert form.cleaned_data["birth_date"] == born
    assert search.read("/".join(texts)) == search.read(f"{born:%m/%d/%Y}")


def test_what_the_desk_types_in_any_script_is_kept_and_found(desk):
    texts, born = READ[2]
    assert desk.books(birth_date="/".join(texts)).status_code == 302
    assert Patient.objects.get().birth_date == born
    assert "Tomasina Demo" in desk.finds("/".join(texts))


def test_the_error_names_the_part_links_to_it_and_marks_no_other(june, gate, lost):
    june.until("you")
    for texts, wrong, sentence in WRONG:
        for page in (june.press("you", ANSWERS["you"] | parts(texts)), gate(texts), lost(texts)):
            html = unescape(page.content.decode())
            assert sentence in html, texts
            assert marked(html) == (wrong, [wrong[0]]), texts


@pytest.mark.parametrize(("texts", "wrong", "sentence"), WRONG[:13])
def test_the_desk_says_the_same(texts, wrong, sentence):
    form = PersonForm({"birth_date": "/".join(texts)})
    assert len(form.errors["birth_date"]) == 1
    assert sentence in form.errors["birth_date"][0]


def test_a_date_that_is_wrong_books_nothing(desk):
    texts, _wrong, sentence = WRONG[0]
    assert sentence in words(desk.books(birth_date="/".join(texts)))
    assert not Patient.objects.exists()


def test_a_date_that_is_not_the_one_we_have_marks_the_whole_date(gate):
    html = gate(["3", "10", "1951"]).content.decode()
    assert marked(html)[0] == [0, 1, 2]


EVENINGS = [EVENING, "2026-11-23 23:59", "2026-07-01 20:01", "2026-11-23 21:15", "2026-03-08 22:00"]


@pytest.mark.parametrize("moment", EVENINGS)
def test_who_is_born_tomorrow_is_not_born_yet_however_late_it_is(desk, clinic, at, moment):
    now = at(moment)
    tomorrow = date.fromordinal(now.date().toordinal() + 1)
    assert "between 1900 and today" in words(desk.books(birth_date=f"{tomorrow:%m/%d/%Y}"))
    with pytest.raises(ValidationError):
        BirthDateField().clean([str(tomorrow.month), str(tomorrow.day), str(tomorrow.year)])
    assert BirthDateField().clean([str(now.month), str(now.day), str(now.year)]) == now.date()


def test_over_110_years_the_patient_checks_the_year_or_calls(june):
    june.until("you")
    for year in ("1901", "1910", "1914", "1915"):
        page = june.press("you", ANSWERS["you"] | parts(["11", "22", year]))
        assert "Check the year of birth. If it is right, call us at (718)\u00a0555-0142." in unescape(page.text), year
        assert marked(page.text) == ([2], [2]), year


def test_a_year_to_check_is_marked_where_it_was_typed(june):
    june.until("you")
    for texts, box in ((["1901", "11", "22"], 0), (["", "11/22/1901", ""], 1), (["2015", "1", "1"], 0)):
        assert marked(june.press("you", ANSWERS["you"] | parts(texts)).text) == ([box], [box]), texts


@pytest.mark.parametrize("born", ["11/22/1915", "3/9/1901"])
def test_over_110_years_the_desk_is_asked_once(desk, born):
    asked = desk.books(birth_date=born)
    assert "Check the year: this patient is over 110 years old." in words(asked)
    hidden = dict(re.findall(r'name="(birth_date_asked)" value="([^"]+)"', asked.content.decode()))
    assert desk.books(birth_date=born, **hidden).status_code == 302


@pytest.mark.parametrize("born", ["11/24/1915", "11/23/1916", "1/1/1917"])
def test_at_110_nobody_asks(desk, born):
    assert desk.books(birth_date=born).status_code == 302


@pytest.mark.parametrize("born", [["11", "24", "2008"], ["1", "1", "2010"], ["3", "9", "2026"]])
def test_under_18_a_parent_or_guardian_asks(june, desk, born):
    page = june.page("you", **parts(born))
    assert "A parent or guardian asks for a patient under 18." in words(page)
    assert marked(page.content.decode()) == ([2], [2])
    june.until("you", reason=HELPED["reason"])
    assert june.post("you", {"name": "Max Demo", "helper_name": "Anna Demo"} | parts(born))["Location"].endswith(
        "/contact/"
    )
    assert desk.books(birth_date="/".join(born)).status_code == 302


def test_who_becomes_18_today_asks_alone(june, at):
    at(EVENING)
    june.until("you")
    assert june.post("you", {"name": "Max Demo"} | parts(["11", "23", "2008"]))["Location"].endswith("/contact/")


def test_under_18_nobody_gets_through_by_changing_for_whom_it_is(june):
    june.ready(**HELPED | {"you": HELPED["you"] | parts(["1", "1", "2015"])})
    june.post("reason")
    page = june.client.post(june.url("check"), {}, follow=True)
    assert "A parent or guardian asks for a patient under 18." in words(page)
    assert not AppointmentRequest.objects.exists()
