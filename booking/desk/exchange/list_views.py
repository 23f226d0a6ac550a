"""Brings in lists of providers, hours and patients: the file, what would happen, the press, and the way back.

No page of it names anybody: a row has a number.
"""

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.desk.decorators import desk_view, missing, page
from booking.desk.exchange.forms import FileForm
from booking.exchange.lists import imports
from booking.exchange.raw import Unreadable
from booking.lifecycle import NotAllowed
from booking.models import ListImport

MOST_SHOWN = 500  # rows


class ListForm(FileForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("What is in the file?"),
        choices=[choice for choice in ListImport.Kind.choices if choice[0] in imports.LISTS],
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    field_order = ("kind", "file")


class PressForm(forms.Form):
    """Nothing but the press."""


@desk_view("set_up", ListForm)
def upload(request):
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    if form.is_valid() and (kept := _keep(request, form)):
        return HttpResponseRedirect(reverse("desk:list_import", args=[kept.pk]))
    earlier = ListImport.objects.exclude(imported_at=None).order_by("-pk")
    context = {"form": form, "earlier": earlier[:20], "columns": imports.columns()}
    return page(request, "exchange/lists", context, shows=(), status=400 if form.is_bound else 200)


def _keep(request, form):
    data = form.cleaned_data
    try:
        return imports.keep(data["file"], data["kind"], by=request.user, now=timezone.now())
    except Unreadable as refused:
        form.add_error("file", refused.sentence)
        return None


@desk_view("set_up", PressForm)
def show(request, pk):
    """An upload with what it would do, or an import."""
    found = ListImport.objects.filter(pk=pk).first()
    if found is None:
        return missing(request)
    if request.method == "POST":
        _act(request, found)
        return HttpResponseRedirect(reverse("desk:list_import", args=[pk]))
    plan = None if found.imported_at else imports.look(found, now=timezone.now())
    context = {"found": found, "plan": plan}
    if plan:
        context |= {"problems": plan.problems[:MOST_SHOWN], "remarks": plan.remarks[:MOST_SHOWN]}
    return page(request, "exchange/list", context, shows=())


def _act(request, found):
    acts = {"import": _bring_in, "undo": _take_back}
    act = acts.get(request.POST.get("act"))
    try:
        said = act(found) if act else ""
    except NotAllowed as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, said)


def _bring_in(found):
    number = len(imports.bring_in(found.pk, now=timezone.now()).new)
    return ngettext("%d was imported. No one was notified.", "%d were imported. No one was notified.", number) % number


def _take_back(found):
    gone, kept = imports.take_back(found.pk, now=timezone.now())
    words = ngettext("%d was removed.", "%d were removed.", gone) % gone
    return f"{words} {_('%d stayed: already in use.') % kept}" if kept else words
