"""The patient's page. The private link shows the status; the date of birth shows the rest and allows actions."""

from functools import wraps

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.lifecycle.verbs import PATIENT_HISTORY, patient_words
from booking.models import Appointment, AppointmentRequest
from booking.notifications import emails, ics, links, moves, paper
from booking.patient_page.deadlines import why_not_another_time, why_not_cancel
from booking.patient_page.forms import BirthDateForm, OfferForm, PrepareForm
from booking.patient_page.private_link import by_link, of, to_page
from clinic.country import country
from clinic.models.practice import Weekday
from clinic.practice_info import practice_info, zone_of
from clinic.web import errors

RequestStatus, AppointmentStatus = AppointmentRequest.Status, Appointment.Status
ANSWERS = {RequestStatus.OFFERED: "offer", RequestStatus.WAITLISTED: "waitlist"}  # the verb that led there
ENDED = (RequestStatus.WITHDRAWN, RequestStatus.CLOSED, AppointmentStatus.CANCELLED, "past")  # there is a way on
# The appointment may have been moved by a later request.
BY_ANOTHER = Q(cause=None) | Q(verb__in=("reschedule", "mark_needs_rebooking"))


@by_link("GET", "HEAD")
def page(request, appointment_request, now):
    return show(request, appointment_request, now)


@by_link("GET", "HEAD")
def calendar(request, appointment_request, now):
    """The appointment as a calendar file. It says no more than the email did, so the link alone is enough."""
    appointment = links.appointment_of(appointment_request)
    if appointment is None or appointment.status != AppointmentStatus.BOOKED:
        return errors.page_not_found(request)
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return HttpResponse(ics.entry(appointment, now=now), content_type="text/calendar; charset=utf-8", headers=headers)


@by_link("GET", "HEAD")
def card(request, appointment_request, now):
    """The appointment on paper, with the private link as a QR code. The link alone is enough: no name, no reason."""
    appointment = links.appointment_of(appointment_request)
    if not _is_to_come(appointment, now):
        return to_page(appointment_request)
    context = of(appointment_request) | paper.card(appointment_request, appointment)
    return render(request, "booking/patient_page/card.html", context)


@by_link("GET", "HEAD", "POST")
def birth_date(request, appointment_request, now):
    if request.method != "POST":
        return to_page(appointment_request)
    form = BirthDateForm(request.POST)
    if form.is_valid() and links.try_birth_date(appointment_request, form.cleaned_data["birth_date"], now=now):
        links.remember_birth_date(request.session, appointment_request, now=now)
        return to_page(appointment_request)
    wait = links.until_next_try(appointment_request, now=now)
    if form.is_valid():
        form.add_wrong(wait, practice_info().phone_display)
    answer = show(request, appointment_request, now, form=form, status=429 if wait else 200)
    if wait:
        answer["Retry-After"] = int(wait.total_seconds()) + 1
    return answer


def with_birth_date(view):
    """A view that requires the date of birth. A POST without it is told that nothing has changed."""

    @wraps(view)
    def known(request, appointment_request, now):
        if links.birth_date_known(request.session, appointment_request, now=now):
            return view(request, appointment_request, now)
        if request.method != "POST":
            return to_page(appointment_request)
        return show(
            request,
            appointment_request,
            now,
            note=_("Nothing has changed. Enter the date of birth once more."),
            status=403,
        )

    return known


def show(request, appointment_request, now, *, form=None, offer_form=None, note="", status=200):
    known = links.birth_date_known(request.session, appointment_request, now=now)
    appointment = links.appointment_of(appointment_request)
    where = standing(appointment_request, appointment, now)
    context = of(appointment_request) | {
        "standing": f"booking/patient_page/_is_{where}.html",
        "has_offer_ended": where == "offer_ended",
        "was": moves.moved_from(appointment) if where == "booked" else None,
        "appointment": appointment,
        "kept": links.kept_appointment(appointment_request, now=now),
        "has_hold_ended": _has_hold_ended(appointment_request, now),
        "needs_rebooking": appointment_request.appointment_to_rebook(),
        "zone": zone_of(appointment.location if appointment else appointment_request.location),
        "early": emails.ARRIVE_EARLY,
        "now": now,
        "answered": appointment_request.status in ANSWERS,
        "answered_at": _answered_at(appointment_request),
        "is_to_come": _is_to_come(appointment, now),
        "has_ended": where in ENDED,
        "is_open": appointment_request.status in AppointmentRequest.OPEN,
        "known": known,
        "page_address": links.absolute(appointment_request),
        "form": form or BirthDateForm(),
        "note": note,
    }
    if known:
        context |= _known(appointment_request, appointment, now, offer_form)
    return render(request, "booking/patient_page/page.html", context, status=status)


def _answered_at(appointment_request):
    verb = ANSWERS.get(appointment_request.status)
    last = verb and appointment_request.events.filter(verb=verb, undone=False).order_by("pk").last()
    return last.at if last else None


def _is_to_come(appointment, now):
    """Whether the patient should come to it."""
    is_booked = appointment is not None and appointment.status == AppointmentStatus.BOOKED
    return is_booked and now < appointment.starts_at and not appointment.needs_rebooking_since


def _has_hold_ended(appointment_request, now):
    """Whether the last time that we held for a request ran out before we answered it."""
    if appointment_request.status != RequestStatus.NEW or appointment_request.returned:
        return False
    last = lifecycle.hold_as_told(appointment_request)
    if last is None:
        return False
    if last.status == AppointmentStatus.HELD:
        return last.held_until <= now
    return last.events.filter(verb="expire").exists()


def _known(appointment_request, appointment, now, offer_form):
    """What the page shows only after the date of birth."""
    held = appointment_request.appointments.filter(status=AppointmentStatus.HELD, held_until__gt=now).select_related(
        "location", "practitioner"
    )
    holds = list(held.order_by("starts_at"))
    is_offered = appointment_request.status == RequestStatus.OFFERED
    if appointment_request.status == RequestStatus.NEW and not holds and not appointment_request.returned:
        holds = _never_held(appointment_request, now)
    another = another_of(appointment)
    return {
        "hold": holds[0] if holds and not is_offered else None,
        "offer_form": offer_form or (OfferForm(holds) if holds and is_offered else None),
        "times": appointment_request.requested_times.select_related("location", "practitioner"),
        "history": [(event, patient_words(event)) for event in _history(appointment_request)],
        "may_prepare": _may_prepare(appointment_request, appointment, now),
        "questions": PrepareForm.of(appointment_request).questions(),
        "wishes": _wishes(appointment_request),
        "may_change_times": appointment_request.status in lifecycle.CHANGEABLE,
        "another": another,
        "another_secret": links.secret(another) if another else "",
        "why_not_cancel": why_not_cancel(appointment, now),
        "why_not_another_time": why_not_another_time(appointment, now),
    }


def _may_prepare(appointment_request, appointment, now):
    is_open = appointment_request.status in AppointmentRequest.OPEN
    return is_open or _is_to_come(appointment, now)


def _wishes(appointment_request):
    """What the patient asked for, beside exact times."""
    any_time = appointment_request.part_of_day == AppointmentRequest.PartOfDay.ANY
    part = "" if any_time else appointment_request.get_part_of_day_display()
    week = appointment_request.wanted_week
    never = ", ".join(str(Weekday(day).label) for day in appointment_request.never_days)
    wishes = (
        part,
        _("the week of %s") % country().say(week, "day") if week else "",
        appointment_request.location,
        appointment_request.practitioner,
        _("never on %s") % never if never else "",
    )
    return [str(wish) for wish in wishes if wish]


def _never_held(appointment_request, now):
    """A first choice that we never held is shown like one that we hold: see lifecycle.hold_as_told."""
    told = lifecycle.hold_as_told(appointment_request)
    return [told] if told and told.status == AppointmentStatus.HELD and told.held_until > now else []


def _history(appointment_request):
    return appointment_request.events.filter(BY_ANOTHER, undone=False, verb__in=PATIENT_HISTORY)


def another_of(appointment):
    """The open request for another time for this appointment."""
    return appointment and appointment.replaced_by_requests.filter(status__in=AppointmentRequest.OPEN).first()


def standing(appointment_request, appointment, now):
    """The status, as the name of the template that explains it."""
    if appointment_request.status == RequestStatus.OFFERED and appointment_request.offer_until <= now:
        return "offer_ended"
    if appointment_request.status != RequestStatus.CONFIRMED or appointment is None:
        return appointment_request.status
    if appointment.status in (AppointmentStatus.CANCELLED, AppointmentStatus.ARRIVED):
        return appointment.status
    if appointment.status != AppointmentStatus.BOOKED or appointment.ends_at <= now:
        return "past"
    return "needs_rebooking" if appointment.needs_rebooking_since else "booked"
