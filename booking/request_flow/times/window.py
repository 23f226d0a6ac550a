"""Which other times would suit, beside those that were chosen. The desk’s suggestions follow it."""

from datetime import date
from typing import Any

from django.http import QueryDict

from booking.request_flow.times.forms import WindowForm
from clinic.models.practice import Weekday

ASKED = "window"  # posted by the page that asks, so that a box can be unticked


def form_of(flow, *days: date) -> WindowForm:
    """As last posted. It offers the weeks of these days, too."""
    posted = QueryDict(mutable=True)
    for name, values in flow.data["times"].get("window", {}).items():
        posted.setlist(name, values)
    form = flow.for_who_answers(WindowForm(posted))
    form.offer_week(*days)
    return form


def answers(flow) -> dict[str, Any]:
    """The columns of the request; none if what was posted is not valid."""
    form = form_of(flow)
    return form.cleaned_data if form.is_valid() else {}


def keep(flow, posted: QueryDict) -> None:
    """An answer stays on a page that does not ask: nobody is asked about other times before they have chosen one."""
    if ASKED not in posted and not WindowForm.base_fields.keys() & posted.keys():
        return
    most = len(Weekday)
    flow.times["window"] = {name: posted.getlist(name)[:most] for name in WindowForm.base_fields if name in posted}
