"""Home: what hurts and where that leads, the treatments, the people and the places."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from booking.models import Reason
from booking.scheduling.readiness import takes_requests
from booking.scheduling.response_deadline import response_deadline
from clinic.compiled_query import CompiledQuery
from clinic.models import Practitioner
from clinic.practice_info import local_date, practice_info
from clinic.web import jsonld
from clinic.web.decorators import public
from clinic.web.language_names import own_names
from procedures.models import Procedure

CLOSURES_AHEAD = 14  # days
MOST_PAGES, MOST_TILES, MOST_PEOPLE = 12, 6, 6  # shown on the page; the lists have the rest


@dataclass(frozen=True)
class Tile:
    """Something that hurts, and where it leads: to a page to read, or to a request that starts with this reason."""

    label: str
    picture: str
    url: str
    is_read: bool = False


@cache
def _published(language: str) -> CompiledQuery:
    """The pages on the site, compiled for a language: `published` reads the one that is active."""
    pages = Procedure.objects.exclude(kind=Procedure.Kind.PRACTICE)
    return CompiledQuery(lambda: pages.published("name")[:MOST_PAGES])


def _reasons() -> QuerySet:
    return Reason.objects.filter(is_active=True).values_list("label", "picture", "public_id", "procedure__slug")


REASONS = CompiledQuery(_reasons)
PEOPLE = CompiledQuery(
    lambda: Practitioner.objects.filter(is_active=True).only("name", "slug", "specialty", "languages")
)


@public
def home(request):
    now, can_ask = timezone.now(), takes_requests()
    closures = practice_info().closures_ahead(local_date(now), CLOSURES_AHEAD)
    context = {
        "can_ask": can_ask,
        "respond_by": response_deadline(now=now) if can_ask else None,
        "zone": practice_info().zone,
        "parts": SimpleLazyObject(partial(_parts, can_ask=can_ask)),  # the page keeps what it makes of them for seconds
        "closures": closures,
        "json_ld": jsonld.clinics(closures),
    }
    return render(request, "booking/request_flow/home.html", context)


def _parts(*, can_ask: bool) -> dict[str, object]:
    pages, people = list(_published(get_language())()), list(PEOPLE())
    return {
        "tiles": list(islice(_tiles(pages, can_ask=can_ask), MOST_TILES)),
        "procedures": pages,
        "has_more": len(pages) == MOST_PAGES,
        "people": people[:MOST_PEOPLE],
        "languages": own_names(person.languages for person in people),
    }


def _tiles(pages: list[Procedure], *, can_ask: bool) -> Iterator[Tile]:
    """One for each page that a reason has or is named like, and one for each other reason, if requests are taken."""
    unread = {page.slug: page for page in pages}
    for label, picture, public_id, slug in REASONS():
        own = unread.pop(slug, None)
        if page := _named_like(label, unread) or own:
            unread.pop(page.slug, None)
            yield Tile(label, picture, page.path(), is_read=True)
        elif can_ask and slug not in {page.slug for page in pages}:
            yield Tile(label, picture, f"{reverse('request_flow:start')}?{urlencode({'reason': public_id})}")


def _named_like(label: str, unread: dict[str, Procedure]) -> Procedure | None:
    """“Broken bone in the spine” is explained by the page “A broken bone in the spine”."""
    return next((page for page in unread.values() if page.content["name"].lower().endswith(label.lower())), None)
