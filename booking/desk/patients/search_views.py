"""Search for a caller.

A name must not be in a URL. It is posted, kept in the session, and shown at a URL of its own, so that Back and refresh
work.
"""

import uuid

from django.shortcuts import redirect
from django.utils import timezone

from booking.desk.decorators import desk_view, page
from booking.desk.patients import search as searching
from booking.desk.patients.forms import SearchForm
from booking.desk.patients.matches import helped, matches
from booking.desk.patients.results import MOST, rows
from booking.models import AppointmentRequest
from clinic.access_log import notes as access_log

LATEST = 5  # searches kept in the session


@desk_view("see_queue", SearchForm)
def search(request):
    form = SearchForm(request.POST)
    typed = form.cleaned_data["q"] if form.is_valid() else ""
    if not typed:
        return _page(request, "")
    reference = searching.read(typed).reference
    if reference and AppointmentRequest.objects.filter(reference=reference).exists():
        access_log.leads_on(request)
        return redirect("desk:request", reference=reference)
    access_log.leads_on(request)
    key = uuid.uuid4().hex
    kept = [*request.session.get("searches", {}).items(), (key, typed[: searching.LONGEST + 1])]
    request.session["searches"] = dict(kept[-LATEST:])
    return redirect("desk:found", key=key)


@desk_view("see_queue")
def found(request, key):
    return _page(request, request.session.get("searches", {}).get(key, ""))


def _page(request, typed):
    terms = searching.read(typed)
    patients, are_near = _everyone(terms)
    found = rows(patients[:MOST], timezone.now(), by_number=bool(terms.digits)) if patients else []
    context = {
        "typed": typed[: searching.LONGEST],
        "too_long": searching.LONGEST if len(typed) > searching.LONGEST else 0,
        "wanted": terms,
        "rows": found,
        "are_near": are_near,
        "more": len(patients) > MOST,
    }
    if terms:
        access_log.searched(request, terms.kinds, len(patients))
    return page(request, "patients/search", context, shows=found)


def _everyone(terms):
    """Who matches, then whose helper does: a helper who matches every part is better than a near match."""
    (patients, are_near), by_helper = matches(terms), helped(terms)
    own = [] if are_near and by_helper else patients
    return list(dict.fromkeys([*own, *by_helper])), are_near and not by_helper
