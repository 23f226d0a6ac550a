"""Who looked at what, for leads and managers: of one patient, by clerk, by day; and as a file."""

from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from booking.desk import labels
from booking.desk.access.rows import PAGE, Filter, lines
from booking.desk.access.sentences import screen
from booking.desk.decorators import desk_view, page
from booking.desk.requests.forms import PlainForm
from booking.desk.undo_bar import key_in
from clinic.access_log import notes as access_log
from clinic.access_log.notes import Kind
from clinic.practice_info import practice_info
from clinic.web.csv_file import csv_file

MOST_IN_A_FILE = 50_000


@desk_view("see_history")
def access(request):
    wanted = Filter.read(request.GET)
    rows = wanted.rows()
    if before := key_in(request.GET, "before"):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    listed = lines(found[:PAGE], wanted.keys)
    older = wanted.chosen | {"before": found[PAGE - 1].pk} if len(found) > PAGE else None
    context = {
        "wanted": wanted,
        "lines": listed,
        "older": older and "?" + urlencode(older),
        "clerks": [(user.pk, labels.name(user)) for user in User.objects.filter(is_staff=True).order_by("first_name")],
        "kinds": Kind.choices,
        "most": f"{MOST_IN_A_FILE:,}",
    }
    named = [patient for line in listed for patient in line.named if patient]
    return page(request, "access/access", context, shows=[*named, *wanted.records])


@desk_view("see_history", PlainForm)
def access_file(request):
    """The same rows, with ids in place of names. Whoever takes them away is logged too."""
    wanted = Filter.read(request.POST)
    if request.method != "POST":
        return redirect("desk:access")
    access_log.shows(request, wanted.records, Kind.EXPORT)
    return csv_file("access-log.csv", [_header(), *map(_cells, wanted.rows()[:MOST_IN_A_FILE])])


def _header():
    return _("Row"), _("When"), _("User"), _("From"), _("What"), _("Screen"), _("Shown"), _("Searched by"), _("Found")


def _cells(row):
    user = row.user.get_username() if row.user else ""
    at = row.at.astimezone(practice_info().zone).isoformat(timespec="seconds")
    what = (row.get_kind_display(), screen(row.screen), row.shown, row.asked_by, row.hits)
    return row.pk, at, user, row.address, *what
