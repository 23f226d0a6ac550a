"""The start page of the staff site: tables and pages in groups, named for people, for each role that sees them."""

import re

from booking import roles
from tests.builders import make_clerk
from tests.pages import markup

PRACTICE = ["Name, phone and rules", "Offices", "Providers", "Appointment types", "Reasons for an appointment"]
HOURS = ["Weekly hours of providers", "Desk hours of offices", "Closures and extra hours", "Holidays", "Provider out"]
PAGES = ["Treatment pages", "Pictures", "Sources", "Published versions"]
SHOWN = {
    roles.DESK: {"Hours and closures": ["Provider out"], "Records": ["Requests", "Appointments"]},
    roles.LEAD: {
        "Hours and closures": HOURS,
        "People and access": ["Changes to accounts", "Who looked at what"],
        "Records": ["Requests", "Appointments", "History of requests", "Messages to patients", "Export everything"],
    },
    roles.CLINICIAN: {"Pages": PAGES},
    roles.EDITOR: {"Pages": PAGES},
    roles.MANAGER: {
        "Practice": PRACTICE,
        "Hours and closures": HOURS,
        "Pages": PAGES,
        "People and access": ["Staff and their roles", "Changes to accounts", "Who looked at what"],
        "Records": [
            "Requests", "Appointments", "History of requests", "Messages to patients", "Messages to staff",
            "Bring in your old calendar", "Export everything",
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
