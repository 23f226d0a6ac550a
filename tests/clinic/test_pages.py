"""The team and the offices: correct for today, cheap, the same for everybody; and their structured data."""

import re
from datetime import date

import pytest

from booking.demo.practice import LOCATIONS, TEAM
from clinic import practice_info
from clinic.hours.recurrence import Repeats
from clinic.models import OfficeHours, Practice, Schedule, ScheduleException
from clinic.web.team import members
from tests.builders import make_location, make_practice, make_practitioner
from tests.machines import Head, words
from tests.procedures.schema_org import strangers, things

pytestmark = pytest.mark.once

PATHS = ["/", "/team/", "/visit-us/"]
BOAST = re.compile(
    r"\b(best|leading|top|expert|renowned|world.class|finest|compassionate|cure|guarantee)", re.IGNORECASE
)


@pytest.fixture(autouse=True)
def _now(db, at):
    at("2026-11-23 10:05")


@pytest.fixture
def office():
    return make_location(
        name="Pier Street office",
        slug="pier-street",
        directions="Beside the pharmacy.",
        access="Elevator.",
        parking="Two places.",
    )


@pytest.fixture
def ellison(office):
    make_practice(office)
    return make_practitioner(
        location=office, days=[0, 1, 3], name="Dr. Mara Ellison, MD", slug="dr-ellison", profession="Physician",
        languages="English, Spanish", bio="Sees people with broken bones in the spine.",
    )  # fmt: skip


# -- the team


def test_the_team_page_shows_who_specialty_languages_office_and_weekdays(client, ellison):
    page = words(client.get("/team/").text)
    for each in ("Dr. Mara Ellison, MD", "Physician, pain medicine", "English, Spanish", "broken bones in the spine"):
        assert each in page
    assert "Pier Street office Monday, Tuesday, Thursday" in page


def test_past_and_future_hours_are_not_shown(ellison, office):
    Schedule.objects.filter(weekday=0).update(valid_until=date(2026, 11, 22))
    Schedule.objects.filter(weekday=1).update(valid_from=date(2026, 11, 24))
    Schedule.objects.filter(weekday=3).update(valid_from=date(2026, 11, 23), valid_until=date(2026, 11, 23))
    assert [member.days for member in members(today=date(2026, 11, 23))] == [{office: "Thursday"}]


def test_hours_that_do_not_hold_every_week_are_named_so(ellison, office):
    Schedule.objects.filter(weekday=3).update(repeats=Repeats.EVERY_2ND, counted_from=date(2026, 12, 3))
    assert [member.days for member in members(today=date(2026, 11, 23))] == [
        {office: "Monday, Tuesday, Thursday (every 2nd week)"}
    ]


def test_deactivated_people_and_offices_are_not_shown(ellison, office):
    make_practitioner(location=office, is_active=False)
    gone = make_location(is_active=False)
    Schedule.objects.create(practitioner=ellison, location=gone, weekday=4, starts=540, ends=600)
    assert [[*member.days] for member in members(today=date(2026, 11, 23))] == [[office]]


def test_the_demo_praises_nobody():
    texts = [person["bio"] for person in TEAM] + [
        office[part] for office in LOCATIONS for part in ("directions", "access")
    ]
    assert [text for text in texts if BOAST.search(text)] == []
    assert all(person[part] for person in TEAM for part in ("profession", "specialty", "languages", "bio"))


# -- visit us


def test_an_office_shows_address_hours_access_and_phone(client, ellison):
    page = words(client.get("/visit-us/").text).replace("\u00a0", " ")
    for each in ("Pier Street office", "100 Example Street", "Monday to Friday, 9:00 am to 5:00 pm", "(718) 555-0142"):
        assert each in page
    for each in ("Beside the pharmacy.", "Elevator.", "Two places."):
        assert each in page


def test_unknown_details_of_an_office_are_left_out(client):
    make_practice(make_location())
    page = words(client.get("/visit-us/").text)
    for each in ("Parking", "The way here", "without steps"):
        assert each not in page


def test_only_closures_in_the_next_three_months_are_shown(client, ellison, office):
    for first, note in [
        (date(2026, 11, 26), "Thanksgiving"),
        (date(2027, 3, 1), "too far"),
        (date(2026, 11, 20), "gone by"),
    ]:
        ScheduleException.objects.create(first_day=first, last_day=first, note=note)
    ScheduleException.objects.create(
        first_day=date(2026, 12, 1), last_day=date(2026, 12, 1), starts=720, location=office, note="for a staff meeting"
    )
    page = words(client.get("/visit-us/").text).replace("\u00a0", " ")
    assert "Closed Thursday, November 26 Thanksgiving" in page
    assert "Closed Tuesday, December 1 from 12:00 pm for a staff meeting (Pier Street office)" in page
    assert "too far" not in page
    assert "gone by" not in page


def test_the_offices_cost_no_query_after_the_practice_was_loaded(client, ellison, django_assert_num_queries):
    client.get("/team/")
    with django_assert_num_queries(0):
        client.get("/visit-us/")


# -- all of them


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_revalidates_and_learns_that_nothing_changed(client, ellison, path):
    first = client.get(path)
    assert first["Cache-Control"] == "no-cache"
    assert not first.cookies
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_compressed_for_browsers_that_accept_it(client, ellison, path):
    packed = client.get(path, headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert client.get(path, headers={"accept-encoding": "gzip", "if-none-match": packed["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", PATHS)
def test_these_pages_accept_only_get_and_head(client, ellison, path):
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_the_metadata_that_link_previews_show(client, ellison, settings, path):
    settings.SITE_URL = "https://clinic.example.org"
    head = Head(client.get(path).text)
    assert head.canonical == head.meta["og:url"] == f"https://clinic.example.org{path}"
    assert head.title == f"{head.meta['og:title']} - Lantern Pier Pain & Spine (demo)"
    assert head.meta["description"] == head.meta["og:description"] != ""
    assert head.meta["og:site_name"] == "Lantern Pier Pain & Spine (demo)"
    assert head.meta["og:type"] == "website"
    assert head.meta["og:locale"] == "en_US"
    assert "og:image" not in head.meta
    assert "robots" not in head.meta


def test_pages_can_be_rendered_before_anything_is_set_up(client):
    assert [client.get(path).status_code for path in PATHS] == [200, 200, 200]


# -- structured data


def notified(client, path):
    return Head(client.get(path).text).data


@pytest.mark.parametrize("path", PATHS)
def test_every_property_belongs_to_its_class(client, ellison, path):
    data = notified(client, path)
    assert things(data)
    assert strangers(data) == set()


@pytest.mark.parametrize("path", ["/", "/visit-us/"])
def test_a_clinic_has_its_desks_hours_and_its_closures(client, office, path):
    OfficeHours.objects.create(location=office, weekday=5, opens=600, closes=1440)
    make_practice(office)
    for fields in ({}, {"starts": 720}, {"location": make_location(slug="other")}):
        ScheduleException.objects.create(first_day=date(2026, 11, 26), last_day=date(2026, 11, 27), **fields)
    clinic = next(thing for thing in things(notified(client, path)) if thing.get("name") == office.name)
    assert clinic["@type"] == "MedicalClinic"
    hours = {day["dayOfWeek"]: (day["opens"], day["closes"]) for day in clinic["openingHoursSpecification"]}
    assert hours["Monday"] == ("09:00", "17:00")
    assert hours["Saturday"] == ("10:00", "23:59")
    assert "Sunday" not in hours
    (closed,) = clinic["specialOpeningHoursSpecification"]
    assert (closed["validFrom"], closed["validThrough"]) == ("2026-11-26", "2026-11-27")
    assert closed["opens"] == closed["closes"]


def test_a_person_works_where_the_page_says(client, ellison):
    person = next(thing for thing in things(notified(client, "/team/")) if thing["@type"] == "Person")
    assert person["name"] == "Dr. Mara Ellison, MD"
    assert person["jobTitle"] == "Physician"
    assert person["knowsLanguage"] == ["English", "Spanish"]
    assert [place["@id"].rpartition("#")[2] for place in person["workLocation"]] == ["pier-street"]


def test_markup_in_a_name_stays_text(client, ellison):
    name = "</script><script>alert(1)</script> & Sons"
    Practice.objects.update(name=name)
    practice_info.forget()
    html = client.get("/visit-us/").text
    assert "<script>alert" not in html
    assert {thing["name"] for thing in things(Head(html).data) if thing["@type"] == "MedicalOrganization"} == {name}


def test_the_menu_at_the_foot_has_its_name_and_a_way_back(client, ellison):
    page = client.get("/visit-us/").text
    assert 'href="#menu"' in page
    assert '<h2 class="h3 no-print" id="menu">Menu</h2>' in page
    assert page.index('id="menu"') < page.index('<a href="#top">Back to top</a>')
    assert '<body id="top">' in page


def test_under_the_danger_signs_the_phone_is_for_what_can_wait(client, ellison):
    assert re.search(
        r"For anything that can wait, call us:</p>\s*<p>\s*<a class=\"btn", client.get("/danger-signs/").text
    )
