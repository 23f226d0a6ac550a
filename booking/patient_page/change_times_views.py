"""Other times for an open request or an appointment: the open-times page, then a check page, then the button."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.models import AppointmentRequest
from booking.notifications import links
from booking.patient_page.change_times import AnotherTime, Change
from booking.patient_page.deadlines import why_not_another_time
from booking.patient_page.private_link import by_link, of, refused, shown_version, to_page
from booking.patient_page.views import with_birth_date
from booking.request_flow.check_answers import chosen_slots, rows, window_rows
from booking.request_flow.times import page as times_page
from booking.scheduling.response_deadline import response_deadline
from clinic.practice_info import zone_of


@by_link("GET", "HEAD", "POST")
@with_birth_date
def times(request, appointment_request, now):
    """Edit the preferred times."""
    return _choose(request, appointment_request, *_change(request, appointment_request))


@by_link("GET", "HEAD", "POST")
@with_birth_date
def check_times(request, appointment_request, now):
    return _check(request, appointment_request, now, *_change(request, appointment_request))


@by_link("GET", "HEAD", "POST")
@with_birth_date
def another_time(request, appointment_request, now):
    """Ask for another time for the appointment."""
    return _choose(request, appointment_request, *_another(request, appointment_request, now))


@by_link("GET", "HEAD", "POST")
@with_birth_date
def check_another_time(request, appointment_request, now):
    return _check(request, appointment_request, now, *_another(request, appointment_request, now))


def _change(request, appointment_request):
    if appointment_request.status in lifecycle.CHANGEABLE:
        return Change(request.session, appointment_request), ""
    return None, _("You can change your times only while your request waits for our answer.")


def _another(request, appointment_request, now):
    appointment = links.appointment_of(appointment_request)
    why_not = why_not_another_time(appointment, now)
    if why_not:
        return None, why_not
    change = AnotherTime(request.session, appointment_request, appointment)
    if (
        appointment.replaced_by_requests.filter(status__in=AppointmentRequest.OPEN)
        .exclude(flow_key=change.key)
        .exists()
    ):
        return None, _("You asked for another time before. We are working on it.")
    return change, ""


def _choose(request, appointment_request, change, why_not):
    return times_page.page(request, change) if change else refused(request, appointment_request, why_not)


def _check(request, appointment_request, now, change, why_not):
    if change is None:
        return refused(request, appointment_request, why_not)
    if request.method == "POST":
        return _send(request, appointment_request, change, now)
    if not change.is_chosen:
        return redirect(change.times_url)
    context = of(appointment_request) | {
        "change": change,
        "picks": chosen_slots(change.chosen()),
        "slot_filter": _said_of_times(change),
        "version": change.row().version,
        "not_held": change.not_held(change.chosen()[:1]),
        "respond_by": _respond_by(change, now),
        "now": now,
        "zone": zone_of(appointment_request.location),
    }
    return render(request, "booking/patient_page/check_times.html", context)


def _said_of_times(change):
    if change.wants_call:
        return rows(change, "times") if "times" in change.answers else []
    return window_rows(change)


def _respond_by(change, now):
    """The response deadline: unchanged, or for a new request the one that it would get now. None on the waitlist."""
    if change.appointment is None:
        is_listed = change.appointment_request.status == AppointmentRequest.Status.WAITLISTED
        return None if is_listed else change.appointment_request.respond_by
    location = change.answers_to_write()["location"]
    return response_deadline(now=now, location_id=location.pk if location and not change.wants_call else None)


def _send(request, appointment_request, change, now):
    if not change.is_chosen:  # sent before, in this browser
        return to_page(appointment_request)
    try:
        sent = None if change.is_sent() else change.send(version=shown_version(request), now=now)
    except lifecycle.SlotTaken as taken:
        change.times["taken"] = [slot.code for slot in taken.slots]
        change.save()
        return redirect(change.times_url)
    except lifecycle.NotAllowed as refusal:
        if not change.is_sent():
            return refused(request, appointment_request, refusal.sentence, getattr(refusal, "event", None))
        sent = None
    change.close()
    if sent and sent.pk == appointment_request.pk:
        messages.success(request, _("We saved your change.") if change.wants_call else _("We saved your new times."))
    return _done(request, appointment_request, sent)


def _done(request, appointment_request, sent):
    """Redirect to the page of the open request. The date of birth stays known: it is the same patient."""
    if sent is None or sent.pk == appointment_request.pk:
        return to_page(appointment_request)
    links.remember_birth_date(request.session, sent, now=timezone.now())
    return to_page(sent)
