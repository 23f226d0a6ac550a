"""The start page of the staff site: tables and pages in groups, named for people, for each role that sees them."""

import re

from booking import roles
from clinic import practice_info
from clinic.models import Practice
from tests.builders import make_clerk
from tests.pages import markup, words

PRACTICE = [
    "Name, phone and rules", "Offices", "Providers", "Appointment types", "Reasons for an appointment",
    "Color, logo and picture", "Links for your website",
]  # fmt: skip
HOURS = ["Weekly hours of providers", "Desk hours of offices", "Closures and extra hours", "Holidays", "Provider out"]
PAGES = ["Treatment pages", "Pictures", "Sources", "Published versions"]
SHOWN = {
    roles.DESK: {"Hours and closures": ["Provider out"], "Records": ["Requests", "Appointments"]},
    roles.LEAD: {
        "Hours and closures": HOURS,
        "People and access": ["Changes to accounts", "Access log"],
        "Records": ["Requests", "Appointments", "History of requests", "Messages to patients", "Export everything"],
    },
    roles.CLINICIAN: {"Pages": PAGES},
    roles.EDITOR: {"Pages": PAGES},
    roles.MANAGER: {
        "Practice": PRACTICE,
        "Hours and closures": [*HOURS, "Busy times from other calendars"],
        "Pages": PAGES,
        "People and access": ["Staff and their roles", "Changes to accounts", "Access log"],
        "Records": [
            "Requests", "Appointments", "History of requests", "Messages to patients", "Messages to staff",
            "Import your old calendar", "Import providers, hours or patients", "Export everything",
        ],
    },
}  # fmt: skip


def groups(html):
    tables = re.findall(r"<caption>(.*?)</caption>(.*?)</table>", html)
    return {name: re.findall(r'<th scope="row"[^>]*>(?:<a [^>]*>)?([^<]+)', rows) for name, rows in tables}


def test_each_role_finds_groups_named_for_people_and_every_link_opens(client, clinic):
    for role, shown in SHOWN.items():
        client.force_login(make_clerk(role))
        page = client.get("/admin/")
        assert groups(markup(page)) == shown, role
        links = re.findall(r'<th scope="row"[^>]*><a href="([^"]+)"', markup(page))
        assert len(links) == sum(map(len, shown.values()))
        for link in links:
            assert client.get(link, follow=True).status_code == 200, (role, link)


def test_the_way_back_from_a_table_is_named_for_people_and_leads_to_the_start_page(client, clinic, manager):
    offices = "/admin/clinic/location/"
    for address, here in {
        offices: "Setup › Offices",
        f"{offices}add/": "Setup › Offices › Add office",
        f"{offices}{clinic.location.pk}/change/": f"Setup › Offices › {clinic.location}",
        f"{offices}{clinic.location.pk}/history/": f"Setup › Offices › {clinic.location}",
        f"/admin/auth/user/{manager.pk}/password/": f"Setup › Users › {manager}",
    }.items():
        shown = client.get(address)
        assert here in words(shown), address
        assert '<div class="breadcrumbs"><a href="/admin/">Setup</a>' in markup(shown), address


def test_until_the_site_is_on_a_new_row_leads_to_what_comes_next(client, clinic, manager):
    kind = {"name": "Scan", "minutes": "20", "step": "20", "buffer_before": "0", "buffer_after": "0", "notice": "60"}
    posted = kind | {"horizon": "60", "practitioners": [clinic.practitioner.pk]}
    add = "/admin/clinic/appointmenttype/add/"
    assert client.post(add, posted).headers["Location"] == "/admin/clinic/appointmenttype/"
    Practice.objects.update(is_on=False)
    practice_info.forget()
    assert client.post(add, posted | {"name": "Talk"}).headers["Location"] == "/admin/"
