"""Brings in an old calendar: the file, what would happen, the press that does it, and the way back.

No page of it names a patient: a row has a number.
"""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import lifecycle
from booking.desk.decorators import desk_view, missing, page
from booking.desk.exchange.forms import RemindForm, UploadForm
from booking.exchange import diary
from booking.exchange.plan import Options
from booking.exchange.raw import Unreadable
from booking.models import DiaryImport
from clinic.practice_info import local_date, practice_info

MOST_SHOWN = 500  # problems


@desk_view("set_up", UploadForm)
def upload(request):
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid() and (kept := _keep(request, form)):
        return HttpResponseRedirect(reverse("desk:diary_import", args=[kept.pk]))
    earlier = DiaryImport.objects.exclude(imported_at=None).order_by("-pk")
    context = {"form": form, "earlier": earlier[:20]}
    return page(request, "exchange/upload", context, shows=(), status=400 if form.is_bound else 200)


def _keep(request, form):
    data = form.cleaned_data
    chosen = {name: data[name].pk if data[name] else None for name in ("practitioner", "location", "appointment_type")}
    options = Options(is_calendar=form.is_calendar, **chosen)
    try:
        return diary.keep(data["file"], options, by=request.user, now=timezone.now())
    except Unreadable as refused:
        form.add_error("file", refused.sentence)
        return None


@desk_view("set_up", RemindForm)
def show(request, pk):
    """An upload with what it would do, or an import with what it did."""
    found = DiaryImport.objects.filter(pk=pk).first()
    if found is None:
        return missing(request)
    if request.method == "POST":
        return _act(request, found)
    return page(request, "exchange/show", _context(found, _remind_form(found)), shows=())


def _context(found, form):
    coming = diary.coming(found, now=timezone.now())
    outcome = None if found.imported_at else diary.look(found, now=timezone.now())
    problems = outcome.problems[:MOST_SHOWN] if outcome else []
    return {"found": found, "outcome": outcome, "problems": problems, "form": form, "coming": coming}


def _remind_form(found):
    first = found.remind_from or timezone.now()
    return RemindForm(initial={"send": bool(found.remind_from), "day": local_date(first)})


def _act(request, found):
    acts = {"import": _bring_in, "undo": _undo, "remind": _remind}
    act = acts.get(request.POST.get("act"))
    try:
        refused_page = act(request, found) if act else None
    except lifecycle.NotAllowed as refused:
        messages.error(request, refused.sentence)
        refused_page = None
    return refused_page or HttpResponseRedirect(reverse("desk:diary_import", args=[found.pk]))


def _bring_in(request, found):
    outcome = diary.bring_in(found.pk, by=request.user, now=timezone.now())
    words = _("Imported: %(appointments)s and %(blocks)s. No one was notified.")
    messages.success(request, words % _numbers(outcome))


def _numbers(outcome):
    appointments = ngettext("%d appointment", "%d appointments", outcome.appointments) % outcome.appointments
    blocks = ngettext("%d blocked time", "%d blocked times", outcome.blocks) % outcome.blocks
    return {"appointments": appointments, "blocks": blocks}


def _undo(request, found):
    gone, kept = lifecycle.undo_import(found.pk, by=diary.actor(request.user), now=timezone.now())
    words = ngettext("%d entry was removed.", "%d entries were removed.", gone) % gone
    if kept:
        words += " " + _("%d stayed: changed since, or already started.") % kept
    messages.success(request, words)


def _remind(request, found):
    form = RemindForm(request.POST)
    if not form.is_valid():
        return page(request, "exchange/show", _context(found, form), shows=(), status=400)
    day = form.cleaned_data["day"] if form.cleaned_data["send"] else None
    number = diary.remind(found, practice_info().bounds(day, day)[0] if day else None, now=timezone.now())
    words = ngettext("Reminders: %d imported appointment.", "Reminders: %d imported appointments.", number)
    messages.success(request, words % number if day else _("No reminders for imported appointments."))
    return None
