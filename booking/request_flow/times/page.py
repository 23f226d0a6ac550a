"""The open-times page: one day of real open times, and up to three choices in order of preference.

Each time is a submit button, so the order of the clicks is the order of preference, without a script. `add` and
`remove` have different names, so a double click adds only once. The page never validates its choices again; sending
does.
"""

from datetime import date
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.request_flow.forms import PAGES
from booking.request_flow.times import week as weeks
from booking.request_flow.times import window
from booking.request_flow.times.why_gone import why_gone
from booking.scheduling.slots import Slot, no_longer_open

MOST_TIMES = 3
CALL = "call"  # in the address: the form for those who want no time of this page
PROBLEMS = {
    "none": _("Pick a time, or ask us to find one together."),
    "four": _("You have three already. Remove one to add another."),
    "unread": _("We could not read that time. Pick one from this page."),
}


def page(request, flow):
    return _act(request, flow) if request.method == "POST" else _show(request, flow)


def _show(request, flow):
    if CALL in request.GET:
        return render(request, "booking/request_flow/call.html", _place(flow) | {"form": flow.call_form()})
    appointment_type, taken = flow.appointment_type(), flow.data["times"]["taken"]
    gone = [slot] if (slot := Slot.parse(request.GET.get("gone", ""))) else []
    now, slot_filter = timezone.now(), _slot_filter(flow, request.GET, gone)
    rules = flow.rules(appointment_type, slot_filter.office, now=now)
    week = weeks.load(
        appointment_type, slot_filter, rules=rules, now=now, ignoring=flow.ignoring(), without=flow.own_slots()
    )
    picks = [pick for pick in week.named(flow.slots) if pick.practitioner and pick.location]
    lost = [pick for pick in picks if pick.slot.code in taken] or week.named(gone)
    why = why_gone(flow, lost[0].slot, appointment_type, rules, now=now) if lost else None
    context = {
        **_place(flow),
        "appointment_type": appointment_type,
        "week": week,
        "few": [(*found, flow.rank(found[0])) for found in week.few],
        "halves": [] if week.few or week.is_empty else week.shown.halves(flow.slots),
        "soonest": [] if picks or week.few else week.soonest(),
        "is_one_choice": len(week.chosen) == 1,
        "picks": picks,
        "open_picks": [pick for pick in picks if pick.slot.code not in taken],
        "lost": lost,
        "why": why,
        "not_held": {slot.code for slot in flow.not_held(flow.slots)},
        "taken": {pick.slot.code for pick in lost},
        "closest": week.closest(lost[0].slot, besides=flow.slots) if lost else [],
        "added": next((pick for pick in picks if pick.slot.code == request.GET.get("added")), None),
        "removed": "removed" in request.GET,
        "window_form": window.form_of(flow, week.days[0].day),
        "error": PROBLEMS.get(request.GET.get("problem")),
    }
    return render(request, "booking/request_flow/times.html", context)


def _place(flow):
    return {"flow": flow, "number": flow.times_number, "pages": PAGES, "call_url": f"{flow.times_url}?{CALL}"}


def _slot_filter(flow, query, gone):
    """The day, doctor and office to show: from the URL, else as chosen before."""
    times = flow.data["times"]
    shown = [slot for slot in flow.slots if slot.code in (*times["taken"], query.get("added"))] or [*gone, *flow.slots]
    return weeks.SlotFilter(
        day=_day(query.get("day", "")),
        around=shown[0].starts_at if shown else None,
        doctor=query.get("doctor", times["doctor"])[:50],
        office=query.get("office", times["office"])[:50],
        part=query.get("part", "")[:50],
    )


def _day(text):
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _act(request, flow):
    """Handle one button."""
    times = flow.times
    times.update(doctor=request.POST.get("doctor", "")[:50], office=request.POST.get("office", "")[:50])
    flow.data["typed"].pop("times", None)
    if CALL not in request.POST:
        window.keep(flow, request.POST)
    for name, act in ACTS.items():
        if name in request.POST:
            return act(request, flow, request.POST[name])
    return _again(request, flow, problem="none")


def _add(request, flow, code):
    """Choose a time. It takes the place of one that was taken."""
    times, slot = flow.times, Slot.parse(code)
    codes, lost = times["codes"], [old for old in times["codes"] if old in times["taken"]]
    if code in codes and code not in lost:
        return _again(request, flow, added=code)
    if len(codes) - len(lost) >= MOST_TIMES:
        return _again(request, flow, problem="four")
    if slot is None:
        return _again(request, flow, problem="unread")
    if not _is_open(flow, slot):
        return _again(request, flow, gone=code)
    if lost:
        place = codes.index(code if code in lost else lost[0])
        times["taken"].remove(codes[place])
        codes[place] = code
    else:
        codes.append(code)
    return _again(request, flow, added=code)


def _remove(request, flow, rank):
    codes = flow.times["codes"]
    if rank not in ("1", "2", "3") or int(rank) > len(codes):
        return _again(request, flow)
    gone = codes.pop(int(rank) - 1)
    flow.times["taken"] = [code for code in flow.times["taken"] if code != gone]
    return _again(request, flow, removed="1")


def _up(request, flow, rank):
    codes = flow.times["codes"]
    if rank in ("2", "3") and int(rank) <= len(codes):
        codes.insert(0, codes.pop(int(rank) - 1))
    return _again(request, flow)


def _go(request, flow, _value):
    times = flow.times
    times["codes"] = [code for code in times["codes"] if code not in times["taken"]]
    times.update(taken=[], call=False)
    if not times["codes"]:
        return _again(request, flow, problem="none")
    return redirect(flow.next_url())


def _call(request, flow, _value):
    """“Ask for a call instead”. The chosen times stay in the session, in case the patient returns to them."""
    if not flow.posted_form("times", request.POST).is_valid():
        flow.keep_typed("times", request.POST)
        return redirect(f"{flow.times_url}?{CALL}")
    flow.keep("times", request.POST)
    flow.times["call"] = True
    return redirect(flow.next_url())


ACTS = {"add": _add, "remove": _remove, "up": _up, "go": _go, "call": _call}


def _is_open(flow, slot):
    now = timezone.now()
    appointment_type = flow.appointment_type()
    rules = flow.rules(appointment_type, flow.data["times"]["office"], now=now)
    if slot in flow.own_slots():
        return False
    return appointment_type.is_public and not no_longer_open(
        [slot], appointment_type, rules, now=now, ignoring=flow.ignoring()
    )


def _again(request, flow, **note):
    """Redirect to the same day, scrolled to the message about what happened."""
    keep = {name: request.POST[name][:50] for name in ("day", "doctor", "office", "part") if request.POST.get(name)}
    place = "#added" if "added" in note else "" if {"gone", "problem"} & note.keys() or not note else "#choices"
    return redirect(f"{flow.times_url}?{urlencode(keep | note)}{place}")
