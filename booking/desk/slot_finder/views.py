"""New appointment: choose the time and the patient in either order."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import labels, undo_bar
from booking.desk.day.actions import day_of
from booking.desk.day.open_today import is_today
from booking.desk.decorators import desk_view, page
from booking.desk.patients.forms import AskForm, PersonForm, SearchForm
from booking.desk.slot_finder.finder import Finder
from booking.desk.slot_finder.forms import BookForm, CriteriaForm, OverrideForm, PressForm, SpecialForm
from booking.lifecycle import Draft, NotAllowed, SlotTaken, clerk_holds
from booking.lifecycle.overrides import obstacle
from booking.models.appointment_request import Channel
from booking.scheduling.slots import Slot, own_holds_of
from clinic.access_log import notes as access_log
from clinic.practice_info import practice_info


@desk_view("book", PressForm, SearchForm, CriteriaForm, BookForm, SpecialForm, OverrideForm, AskForm, PersonForm)
def book(request):
    pressed = next((act for name, act in BUTTONS.items() if name in request.POST), _look)
    return pressed(request)


def _look(request):
    """Show open times. The patient's details stay and are not validated yet.

    Enter in any field presses this button; in the patient search it searches for the patient instead.
    """
    finder = Finder(request)
    if finder.has_new_text:
        return _find(request)
    if request.method == "POST" and finder.criteria.is_valid():
        finder.focus = "times"
    return _page(request, finder)


def _find(request):
    finder = Finder(request)
    finder.forgive_criteria()
    finder.look_for_patient()
    return _page(request, finder)


def _hold(request):
    """Hold a listed time, posted as its code."""
    finder, slot = Finder(request), Slot.parse(request.POST["hold"])
    if slot is None or finder.type_to_hold() is None:
        return _page(request, finder, notice=_("Choose an open time."), status=400)
    return _held(request, finder, slot)


def _hold_special(request):
    """Hold a typed time."""
    finder = Finder(request)
    finder.special, finder.override = SpecialForm(request.POST), OverrideForm(request.POST)
    if not all([finder.criteria.is_valid(), finder.special.is_valid(), finder.override.is_valid()]):
        return _page(request, finder, status=400)
    return _held(request, finder, finder.special.slot())


def _held(request, finder, slot):
    appointment_type, now = finder.type_to_hold(), timezone.now()
    try:
        lifecycle.hold(
            slot, appointment_type, user=request.user, now=now, override=finder.with_override(), notice=not finder.here
        )
    except NotAllowed as refusal:
        return _page(request, finder, notice=refusal.sentence, status=409)
    except SlotTaken:
        sentence = obstacle(slot, appointment_type, ignoring=own_holds_of(request.user), now=now)
        return _page(request, finder, notice=sentence, status=409)
    finder.forgive_criteria()
    finder.go_on_to_the_patient()
    return _page(request, finder)


def _longer(request):
    return _with_hold(request, lifecycle.extend_hold)


def _release(request):
    return _with_hold(request, lifecycle.release_hold)


def _with_hold(request, verb):
    now, finder = timezone.now(), Finder(request)
    finder.forgive_criteria()
    finder.focus = "times"
    held = clerk_holds.held_by(request.user, now=now)
    try:
        if held:
            verb(held.pk, user=request.user, now=now)
    except NotAllowed as refusal:
        return _page(request, finder, notice=refusal.sentence, status=409)
    notice = "" if held else _("You are no longer holding a time for this call. Choose one again.")
    return _page(request, finder, notice=notice, status=200 if held else 409)


def _book(request):
    finder = Finder(request, judged=True)
    finder.time = time = BookForm(request.POST)
    finder.keep_patient()
    wanted = [finder.criteria, finder.ask, time] + ([] if finder.is_known else [finder.person])
    if False in [form.is_valid() for form in wanted]:  # validate every form, to show all errors
        return _page(request, finder, status=400)
    now, by = timezone.now(), lifecycle.staff(request.user, finder.ask.cleaned_data["channel"])
    minutes, override = finder.criteria.cleaned_data["minutes"], finder.with_override()
    slot = time.cleaned_data["slot"]
    try:
        appointment_request = lifecycle.book(_draft(finder), slot, by=by, now=now, override=override, minutes=minutes)
    except NotAllowed as refusal:
        how = {"notice": labels.refused(refusal, request.user, practice_info().zone), "status": 409}
        return _page(request, finder, elsewhere=labels.elsewhere(refusal), **how)
    except SlotTaken:
        return _taken(request, finder, slot, now)
    access_log.shows(request, [appointment_request])
    if appointment_request.submitted_at != now:
        messages.warning(
            request, _("You already booked this, so it was not booked twice. For another appointment, start over.")
        )
    return redirect(_after(appointment_request, by, now))


def _taken(request, finder, slot, now):
    held = clerk_holds.held_by(request.user, now=now)
    how = {"ignoring": own_holds_of(request.user), "now": now, "held": [held] if held else []}
    notice = obstacle(slot, finder.criteria.appointment_type(), **how)
    if finder.here:
        notice += " " + _("Today’s times that fit are under “1 Time”.")
    return _page(request, finder, notice=notice, status=409)


def _after(appointment_request, by, now):
    """A walk-in who is seen today is on the day’s page, checked in; any other appointment on its request’s."""
    appointment = appointment_request.appointments.select_related("location").first()
    if by.channel != Channel.WALK_IN or not appointment or not is_today(appointment, now):
        return reverse("desk:request", args=[appointment_request.reference])
    return day_of(appointment, undo=undo_bar.last_id("book", appointment_request=appointment_request.pk, cause=None))


def _draft(finder):
    criteria = finder.criteria.cleaned_data
    answers = {
        "reason": criteria["reason"],
        "appointment_type": finder.criteria.appointment_type(),
        "returning": finder.criteria.is_returning,
        "note": finder.ask.cleaned_data["note"],
        **finder.ask.papers(),
    }
    key, how = finder.time.cleaned_data["flow_key"], {"by_letter": finder.ask.cleaned_data["letter"]}
    if finder.again and finder.chosen == str(finder.again.patient_id):
        answers = lifecycle.as_before(finder.again.appointment_request) | answers | {"replaces": finder.again}
    if finder.is_known:
        return Draft({}, answers, [], key, known=int(finder.chosen), **how)
    return Draft(finder.person.patient(), answers, [], key, **how)


def _page(request, finder, *, notice="", elsewhere=None, status=200):
    finder.keep_patient()
    context = finder.context() | {"notice": notice, "elsewhere": elsewhere}
    coming = [each.appointment_request for pick in context["found"] for each in pick.coming]
    return page(request, "slot_finder/book", context, shows=[*finder.shown, *coming], status=status)


BUTTONS = {
    "book": _book, "hold": _hold, "special": _hold_special, "longer": _longer, "release_claim": _release, "find": _find,
}  # fmt: skip
