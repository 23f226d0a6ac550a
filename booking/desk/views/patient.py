"""Correcting what we know of a patient."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import words
from booking.desk.door import desk, missing, page
from booking.desk.patient_forms import CorrectForm
from booking.desk.views.request import find, zone_of
from booking.lifecycle import AlreadyHandled, InHand, NotAllowed


@desk("correct")
def correct(request, reference):
    asked = find(reference)
    if asked is None:
        return missing(request)
    form = CorrectForm(request.POST) if request.method == "POST" else CorrectForm(initial=CorrectForm.of(asked))
    if request.method != "POST" or not form.is_valid():
        return _page(request, asked, form, status=400 if form.errors else 200)
    by, version = lifecycle.desk(request.user), form.cleaned_data["version"]
    try:
        lifecycle.correct_patient(asked.pk, form.patient(), by=by, now=timezone.now(), version=version)
    except NotAllowed as refusal:
        return _page(request, find(reference), form, notice=_sentence(refusal, request.user, asked), status=409)
    messages.success(request, _("Corrected. If the e-mail address is another one, old links are void: send a new one."))
    return redirect("desk:request", reference=asked.reference)


def _sentence(refusal, user, asked):
    if isinstance(refusal, AlreadyHandled):
        return words.faster(words.act_of(refusal.event), user, zone_of(asked))
    if isinstance(refusal, InHand):
        return _("%s is on this request. Nothing was done.") % words.name(refusal.request.claimed_by)
    return refusal.sentence


def _page(request, asked, form, *, notice="", status=200):
    return page(request, "correct", {"asked": asked, "form": form, "notice": notice}, status=status)
