"""What clinicians say about new requests: how soon, and what must come first."""

import uuid

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import lifecycle
from booking.desk import labels, ready
from booking.desk.decorators import desk_view, missing, page
from booking.desk.double_submit import form_key
from booking.desk.expired_form_labels import readable
from booking.desk.requests.forms import KeyForm
from booking.desk.slot_finder.forms import WRITE_DAY
from booking.form_fields import TextField
from booking.lifecycle import NotAllowed
from booking.lifecycle.call_log import LONGEST_NOTE
from booking.models import AppointmentRequest
from booking.models.appointment_request import Triage
from booking.models.reference import parse_reference
from clinic.access_log import notes as access_log
from clinic.practice_info import local_date, practice_info

MOST = 30


class TriageForm(KeyForm):
    mark = forms.ChoiceField(choices=Triage, required=False)
    see_by = forms.DateField(label=gettext_lazy("See by"), required=False, error_messages={"invalid": WRITE_DAY})
    note = TextField(label=gettext_lazy("Note for the front desk"), max_length=LONGEST_NOTE, required=False)


@desk_view("triage")
def waiting_for_triage(request):
    """New requests for this clinician, or for any provider: those without a mark first, due soonest first."""
    return _page(request)


def _page(request, *, refused=None, status=200):
    """`refused`: the request whose mark was not saved; what was typed stays."""
    own = getattr(request.user, "practitioner", None)
    mine = Q(practitioner=None) | Q(practitioner=own)
    rows = AppointmentRequest.objects.waiting().filter(mine).select_related("patient", "reason", "appointment_type")
    found = list(rows.filter(triage="")[:MOST]) + list(rows.exclude(triage="")[:MOST])
    typed = {refused: request.POST}
    listed = [(row, labels.needs(row.patient), ready.papers_of(row), typed.get(row, _begun(row))) for row in found]
    context = {"listed": listed, "marks": Triage.choices, "today": local_date(timezone.now()), "key": uuid.uuid4()}
    is_gone = refused is not None and refused not in found
    context["lost"] = readable(request.resolver_match, request.POST) if is_gone else []
    return page(request, "requests/triage", context, shows=found, status=status)


def _begun(row):
    """What the form begins with."""
    return {"note": "", "see_by": row.see_by.isoformat() if row.see_by else ""}


@desk_view("triage", TriageForm)
def triage(request, reference):
    row = AppointmentRequest.objects.filter(reference=parse_reference(reference)).first()
    if row is None:
        return missing(request)
    access_log.shows(request, [row])
    form = TriageForm(request.POST)
    if request.method != "POST":
        return redirect("desk:waiting_for_triage")
    if not form.is_valid():
        messages.error(request, form.first_error)
        return _page(request, refused=row, status=400)
    try:
        _save(request, row, form.cleaned_data)
    except NotAllowed as refusal:
        messages.error(request, labels.refused(refusal, request.user, practice_info().zone))
        return _page(request, refused=row, status=409)
    messages.success(request, _("%s: saved. The front desk sees it.") % row)
    return redirect("desk:waiting_for_triage")


def _save(request, row, data):
    """The date that the page showed of an urgent request does not stop another mark."""
    by = lifecycle.staff(request.user, form_key=form_key(request, TriageForm))
    see_by = None if data["mark"] != Triage.URGENT and data["see_by"] == row.see_by else data["see_by"]
    lifecycle.triage(row.pk, data["mark"], data["note"], see_by=see_by, by=by, now=timezone.now())
