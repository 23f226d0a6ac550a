"""The page of one request: what the patient asked, the best answer, the alternatives, and what we know."""

import uuid
from datetime import date

from django.contrib import messages
from django.db.models import CharField, Exists, F, OuterRef
from django.http import HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk import labels, ready, undo_bar
from booking.desk.deadline_badge import due
from booking.desk.decorators import desk_view, missing, page
from booking.desk.expired_form_labels import readable
from booking.desk.queue import neighbors, queries
from booking.desk.requests import duplicates, open_times, quiet_end
from booking.desk.requests.forms import DECLINE_SENTENCES, KeptForm, MomentField
from booking.desk.requests.told import is_stopped, of_call_off, spoken_at, told
from booking.lifecycle import rebooking
from booking.lifecycle.call_log import Outcome
from booking.lifecycle.outcomes import ANSWERED
from booking.models import AppointmentRequest
from booking.models.appointment_request import silence
from booking.models.reference import parse_reference
from booking.scheduling.call_times import next_tries
from booking.scheduling.response_deadline import desk_day_ends
from booking.scheduling.slots import DESK_HORIZON, Slot
from clinic.access_log import notes as access_log
from clinic.compiled_query import CompiledQuery, Param
from clinic.practice_info import local_date, practice_info, zone_of

Status = AppointmentRequest.Status
MAY_BE_OFFERED = (Status.NEW, Status.WAITLISTED)
OFFER_ENDS = 8  # how many desk days are proposed as a deadline
MOST_TICKED = 20
# When an action's form is on the page. Others: while the request is open and not claimed by another clerk.
ON_PAGE = {"offer": MAY_BE_OFFERED, "reopen": ANSWERED, "add_note": Status, "undo": Status}
ALWAYS = ("add_note", "undo")
KEPT = ("from", "wide", "until", "by_phone")  # kept by the list of times from page to page, with the selection
TYPED = {"note", "code", "sentence", "why", "soon_why"}  # text fields: never in a URL
CARRIED = (*KEPT, "offer", "next_try", "code", "sentence", "why", "soon_why")


@desk_view("see_queue")
def show(request, reference):
    appointment_request = find(reference)
    if appointment_request is None:
        return missing(request)
    if appointment_request.duplicate_of_id and "itself" not in request.GET:
        messages.info(request, _("%s is a duplicate. You are viewing the request that was kept.") % appointment_request)
        return redirect("desk:request", reference=appointment_request.duplicate_of.reference)
    return request_page(request, appointment_request)


@desk_view("see_queue", KeptForm)
def times(request, reference):
    """Other open times; the selection and typed text stay."""
    access_log.leads_on(request)
    appointment_request = find(reference)
    return again(request, appointment_request) if appointment_request else missing(request)


def again(request, appointment_request, typed=TYPED):
    """The page after a button that does not leave it, with the selection: at its own URL unless text was typed."""
    if any(request.POST.get(name) for name in typed):
        return request_page(request, find(appointment_request.reference))
    return HttpResponseRedirect(_address(appointment_request, request.POST))


def _address(appointment_request, posted):
    """The page's URL with the selection and the list of times, so that Back and refresh lose nothing."""
    path, kept = reverse("desk:request", args=[appointment_request.reference]), QueryDict(mutable=True)
    kept.update({name: posted[name][:20] for name in KEPT if posted.get(name)})
    kept.setlist("offer", [slot.code for slot in _ticked(posted, timezone.now())])
    if appointment_request.duplicate_of_id:
        kept["itself"] = "1"  # its plain URL redirects to the request that was kept
    is_plain = not any(kept.get(name) for name in ("offer", "from", "wide", "by_phone", "itself"))
    return path if is_plain else f"{path}?{kept.urlencode()}"


def find(reference):
    """The request with this confirmation number, however it is written. One query."""
    symbols = parse_reference(reference)
    return next(FOUND(reference=symbols), None) if symbols else None


def _found():
    rows = AppointmentRequest.objects.select_related(
        "patient", "reason", "appointment_type", "location", "practitioner", "from_version__procedure", "claimed_by",
        "duplicate_of", "replaces__practitioner", "replaces__location", "replaces__appointment_request",
    )  # fmt: skip
    has_merged = Exists(AppointmentRequest.objects.filter(duplicate_of=OuterRef("pk")))
    return (
        rows.filter(reference=Param("reference", CharField()), patient__erased_at=None)
        .annotate(last_call=queries.last_call(), silence=silence(), pinned=labels.pinned(), has_merged=has_merged)
        .order_by()
    )


FOUND = CompiledQuery(_found)


def request_page(request, appointment_request, *, notice="", elsewhere=None, form=None, status=200):
    now, zone = timezone.now(), zone_of(appointment_request.location)
    today = local_date(now, zone)
    appointments = list(
        appointment_request.appointments.select_related("practitioner", "location").order_by(F("pk").desc())
    )
    duplicates_of = appointment_request.duplicates.select_related("reason").order_by("pk")
    merged = list(duplicates_of) if appointment_request.has_merged else []
    events = labels.events_of(appointment_request, merged)
    record = _record(appointment_request, events, merged)
    context = {
        **_who(appointment_request, today),
        **_given(_appointment(appointment_request, appointments)),
        **record,
        "office_zone": zone,
        "key": uuid.uuid4(),
        "undo_bar": undo_bar.last_of(appointment_request, events, record["messages_told"], request.user, now),
        "notice": notice,
        "elsewhere": elsewhere,
        "form": form,
        "posted": request.POST,
    }
    context |= quiet_end.context(appointment_request, now)
    if appointment_request.status in AppointmentRequest.OPEN:
        context |= _claimed_by(request, appointment_request, now) | _calls(appointment_request, now)
        context |= _answers(request, appointment_request, appointments, now, today)
    context["lost"] = _lost(request, appointment_request, context.get("colleague")) if form else []
    shown = _shown(appointment_request, appointments, context)
    return page(request, "requests/request", context, shows=shown, status=status)


def _shown(appointment_request, appointments, context):
    """The request with its appointments, those beside it and those that may be the same person’s."""
    others = [other.appointment_request for other in [*context["others"], *context["same_person"]]]
    beside = filter(None, [context.get("preceding"), context.get("following")])
    return [appointment_request, *appointments, *context["merged"], *others, *beside]


def _record(appointment_request, events, merged):
    """What happened so far, and what the patient was told."""
    messages_told = list(told(appointment_request))
    return {
        "is_open": appointment_request.status in AppointmentRequest.OPEN,
        "is_answered": appointment_request.status in ANSWERED,
        "asked_by": _asked_by(appointment_request, events),
        "history": labels.history(events, merged),
        "notes": labels.remarks(events, "add_note", merged),
        "triaged": next(iter(labels.remarks(events, "triage")), None),
        "triage_words": ready.triaged(appointment_request.triage, appointment_request.see_by),
        "calls": labels.remarks(events, "log_call", merged),
        "merged": merged,
        "others": duplicates.of(appointment_request, [each.reason for each in events if each.verb == "not_the_same"]),
        "messages_told": messages_told,
        "of_call_off": of_call_off(appointment_request, messages_told),
        "spoken_at": spoken_at(appointment_request, events),
        "is_stopped": is_stopped(appointment_request, messages_told),
    }


def _given(appointment):
    """The appointment of the request, if any, and what is asked or booked in its place."""
    status, again = appointment.status if appointment else "", bool(appointment and appointment.may_be_rebooked)
    return {
        "appointment": appointment,
        "looked_for": rebooking.waiting(appointment).first() if status == "booked" else None,
        "booked_again": appointment.replaced_by_requests.filter(status=Status.CONFIRMED) if again else [],
    }


def _asked_by(appointment_request, events):
    """Who typed the request, if it was not the patient."""
    first = next((event for event in events if event.appointment_request_id == appointment_request.pk), None)
    return labels.name(first.by) if first and first.by_id else ""


def _lost(request, appointment_request, colleague):
    """What was sent, as text, if its form is no longer on the page because someone else changed the request first."""
    act = request.resolver_match.url_name
    stands = appointment_request.status in ON_PAGE.get(act, AppointmentRequest.OPEN) and (
        act in ALWAYS or not colleague
    )
    return [] if stands else readable(request.resolver_match, request.POST)


def _who(appointment_request, today):
    """The patient, and what was asked, as text."""
    return {
        "appointment_request": appointment_request,
        "patient": appointment_request.patient,
        "age": appointment_request.patient.age(today),
        "needs": labels.needs(appointment_request.patient),
        "papers": ready.papers_of(appointment_request),
        "in_place": ready.in_place(appointment_request),
        "never": labels.days(appointment_request.never_days),
    }


def _appointment(appointment_request, appointments):
    """The request's own appointment, or the one that it rescheduled."""
    own = next((appointment for appointment in appointments if appointment.status not in ("held", "released")), None)
    return own or (appointment_request.replaces if appointment_request.status == Status.CONFIRMED else None)


def _claimed_by(request, appointment_request, now):
    """Who has claimed it: this clerk or a coworker. The form's values are kept for a take-over."""
    sent, colleague = request.POST or request.GET, appointment_request.is_claimed_by_another(request.user, now)
    preceding, following = neighbors.beside(appointment_request)
    return {
        "carried": [(name, value) for name in CARRIED for value in sent.getlist(name)] if colleague else [],
        "mine": appointment_request.is_claimed(now) and not colleague,
        "colleague": labels.name(appointment_request.claimed_by) if colleague else "",
        "following": following,
        "preceding": preceding,
    }


def _calls(appointment_request, now):
    """The calls so far, and good times for the next one."""
    return {
        "wrong_number": appointment_request.last_call == Outcome.WRONG_NUMBER,
        "most_attempts": practice_info().most_attempts,
        "enough_calls": appointment_request.attempts >= practice_info().most_attempts,
        "outcomes": Outcome.choices,
        "next_tries": [(MomentField.code(moment), moment) for moment in next_tries(appointment_request, now=now)],
    }


def _answers(request, appointment_request, appointments, now, today):
    """What an answer needs: the deadline, the times, offer deadlines, and default messages for declining."""
    ends = desk_day_ends(now=now, location_id=appointment_request.desk_id, number=OFFER_ENDS)
    offered = open_times.offered(appointment_request, appointments, now=now)
    sent = request.POST or request.GET
    since, wide, ticked, pressed = _since(sent), bool(sent.get("wide")), _ticked(sent, now), sent.get("slot", "")
    looked_at = {"first_day": since, "wide": wide, "ticked": ticked}
    times = open_times.load(appointment_request, appointments, now=now, today=today, **looked_at)
    return {
        "due": due(appointment_request.respond_by, appointment_request.desk_id, now=now),
        "times": times,
        "wants_soon": open_times.any_sooner([*ticked, Slot.parse(pressed)], appointment_request, now),
        "since": since,
        "wide": wide,
        "ticked": {slot.code for slot in ticked},
        "by_phone": "by_phone" in sent,
        "offered": offered,
        "other_ends": [(MomentField.code(end), end) for end in _other_ends(appointment_request, offered, ends)],
        "may_offer": appointment_request.status in MAY_BE_OFFERED,
        "offer_ends": _offer_ends(ends, sent),
        "sentences": [(code, code.label, text) for code, text in DECLINE_SENTENCES.items()],
    }


def _other_ends(appointment_request, offered, ends):
    """Other deadlines for the offered times, earlier or later, but never past the start of the last one."""
    last = max((appointment.starts_at for appointment, _slot in offered), default=None)
    return [end for end in ends if last and end <= last and end != appointment_request.offer_until]


def _offer_ends(ends, sent):
    """Deadlines for an offer: code, moment, and whether it is selected. The second is the default."""
    codes = [str(MomentField.code(end)) for end in ends]
    chosen = codes.index(sent.get("until")) if sent.get("until") in codes else 1
    return [(code, end, n == chosen) for n, (code, end) in enumerate(zip(codes, ends, strict=True))]


def _since(sent):
    """The day in `?from=2026-12-07`, from which on open times are shown."""
    try:
        day = date.fromisoformat(sent.get("from", ""))
    except ValueError:
        return None
    return day if abs((day - local_date(timezone.now())).days) <= 400 else None


def _ticked(sent, now):
    """The selected times; if there are more than an offer may have, the form asks to choose again."""
    slots = [Slot.parse(code) for code in sent.getlist("offer")[:MOST_TICKED]]
    return [slot for slot in slots if slot and 0 <= (slot.starts_at - now).days <= DESK_HORIZON]
