"""Saves weeks of hours, or says in a page's context why not."""

from urllib.parse import urlencode

from django.urls import reverse

from booking import lifecycle
from booking.desk.decorators import page
from booking.lifecycle import LeavesOutside, NotAllowed
from clinic.practice_info import local_date


def refusal(request, weeks, starting, now):
    """Empty if the weeks are saved."""
    by = lifecycle.staff(request.user)
    try:
        lifecycle.replace_weeks(weeks, starting=starting, answer=request.POST.get("affected", ""), by=by, now=now)
    except NotAllowed as refused:
        return {"notice": refused.sentence}
    except LeavesOutside as outside:
        return {"affected": outside.affected, "away": _away(outside.affected.appointments)}
    return {}


def _away(appointments):
    """The address of “Provider out” with the days of these appointments; empty if they are of several providers."""
    if len({each.practitioner_id for each in appointments}) > 1:
        return ""
    days = [local_date(each.starts_at, each.location.tz) for each in appointments]
    query = {"practitioner": appointments[0].practitioner.slug, "first": min(days), "last": max(days)}
    return f"{reverse('desk:provider_out')}?{urlencode(query)}"


def hours_page(request, name, context):
    affected = context.get("affected")
    refused = affected or context.get("notice")
    status = 409 if refused else 400 if request.method == "POST" and not context.get("is_edited") else 200
    return page(request, f"hours/{name}", context, shows=affected.shown if affected else (), status=status)
