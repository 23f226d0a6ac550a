"""Structured data about the practice for search engines, in schema.org terms: plain dicts, only what is on the page."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from clinic.models.practice import MIDNIGHT
from clinic.practice_info import Closure, Office, practice_info
from clinic.web.team import Member

Thing = dict[str, Any]
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def address(name: str, *args: str) -> str:
    """The absolute URL of one of our pages, by URL name."""
    return settings.SITE_URL + reverse(name, args=args)


def graph(*things: Thing) -> Thing:
    return {"@context": "https://schema.org", "@graph": list(things)}


def reference(thing: Thing) -> Thing:
    """A reference to a node that is described in full elsewhere in the graph."""
    return {"@id": thing["@id"]}


def without_blanks(thing: Thing) -> Thing:
    return {name: value for name, value in thing.items() if value not in (None, "", [], ())}


def practice() -> Thing:
    return without_blanks(
        {
            "@type": "MedicalOrganization",
            "@id": f"{address('home')}#practice",
            "name": practice_info().name,
            "url": address("home"),
            "telephone": practice_info().phone_url.removeprefix("tel:"),
        }
    )


def clinics(closures: list[Closure]) -> Thing:
    """Each office with its desk hours and the closures that apply to it."""
    return graph(practice(), *(_clinic(office, closures) for office in practice_info().offices))


def team(members: list[Member]) -> Thing:
    return graph(practice(), *(_person(member) for member in members))


def _clinic(office: Office, closures: list[Closure]) -> Thing:
    return without_blanks(
        {
            "@type": "MedicalClinic",
            "@id": _office_address(office.slug),
            "name": office.name,
            "url": _office_address(office.slug),
            "address": {
                "@type": "PostalAddress",
                "streetAddress": office.address,
                "addressCountry": practice_info().country.code,
            },
            "telephone": practice_info().phone_url.removeprefix("tel:"),
            "openingHoursSpecification": [_hours(*span) for span in office.hours],
            "specialOpeningHoursSpecification": [
                _closed(c) for c in closures if c.location_id in (None, office.pk) and _is_of_whole_days(c)
            ],
            "parentOrganization": reference(practice()),
        }
    )


def _office_address(slug: str) -> str:
    return f"{address('visit_us')}#{slug}"


def _hours(weekday: int, opens: int, closes: int) -> Thing:
    return {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": DAYS[weekday],
        "opens": _clock(opens),
        "closes": _clock(closes),
    }


def _closed(closure: Closure) -> Thing:
    """A closure. In schema.org, opening and closing at the same minute means “closed”."""
    return {
        "@type": "OpeningHoursSpecification",
        "validFrom": closure.first_day.isoformat(),
        "validThrough": closure.last_day.isoformat(),
        "opens": "00:00",
        "closes": "00:00",
    }


def _is_of_whole_days(closure: Closure) -> bool:
    """Whether the closure lasts whole days: schema.org cannot express partial ones, only the page shows them."""
    return (closure.starts, closure.ends) == (0, MIDNIGHT)


def _clock(minutes: int) -> str:
    hour, minute = divmod(min(minutes, MIDNIGHT - 1), 60)  # schema.org has no 24:00
    return f"{hour:02}:{minute:02}"


def _person(member: Member) -> Thing:
    person = member.person
    return without_blanks(
        {
            "@type": "Person",
            "@id": f"{address('team')}#{person.slug}",
            "name": person.name,
            "jobTitle": person.profession,
            "description": person.bio,
            "knowsLanguage": [each.strip() for each in person.languages.split(",") if each.strip()],
            "worksFor": reference(practice()),
            "workLocation": [{"@id": _office_address(office.slug)} for office in member.days],
        }
    )
