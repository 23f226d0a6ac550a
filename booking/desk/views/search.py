"""Looking up whoever is on the phone.

A name has no place in an address: it is posted, kept in the session, and shown at an address of its own, so that Back
and refresh lead to it again.
"""

import uuid

from django.shortcuts import redirect
from django.utils import timezone

from booking.desk import search as searching
from booking.desk.door import desk, page
from clinic.frame import frame

LATEST = 5  # searches that are kept


@desk("see_queue")
def search(request):
    typed = request.POST.get("q", "").strip()
    if not typed:
        return _page(request, "")
    wanted = searching.read(typed)
    if wanted.reference and searching.find(wanted).requests:
        return redirect("desk:request", reference=wanted.reference)
    key = uuid.uuid4().hex
    kept = [*request.session.get("searches", {}).items(), (key, typed[: searching.LONGEST + 1])]
    request.session["searches"] = dict(kept[-LATEST:])
    return redirect("desk:found", key=key)


@desk("see_queue")
def found(request, key):
    return _page(request, request.session.get("searches", {}).get(key, ""))


def _page(request, typed):
    wanted = searching.read(typed)
    found, today = searching.find(wanted), timezone.now().astimezone(frame().zone).date()
    rows = [(asked, asked.patient.age(today)) for asked in found.requests]
    too_long = searching.LONGEST if len(typed) > searching.LONGEST else 0
    context = {"typed": typed[: searching.LONGEST], "wanted": wanted, "rows": rows, "more": found.more}
    return page(request, "search", context | {"too_long": too_long})
