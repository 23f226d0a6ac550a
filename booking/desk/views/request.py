"""One request: what was asked, the one best answer, the others."""

from datetime import date

from django.db.models import F
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import choices, done, words
from booking.desk.door import desk, missing, page
from booking.desk.due import due
from booking.desk.forms import DECLINE_SENTENCES, ActForm, ConfirmForm, DeclineForm
from booking.lifecycle import AlreadyHandled, NotAllowed, SlotTaken
from booking.models import Appointment, AppointmentRequest, Event
from booking.models.request import Channel
from booking.reference import parse_reference
from clinic.frame import frame

OPEN = [AppointmentRequest.Status.NEW, AppointmentRequest.Status.OFFERED, AppointmentRequest.Status.WAITLISTED]


@desk("see_queue")
def show(request, reference):
    asked = find(reference)
    return _page(request, asked) if asked else missing(request)


@desk("confirm")
def confirm(request, reference):
    def act(pk, data, now):
        by = lifecycle.desk(request.user, Channel.PHONE if data["by_phone"] else "")
        lifecycle.confirm(pk, data["slot"], by=by, now=now, version=data["version"])

    return _answer(request, reference, "confirm", ConfirmForm, act)


@desk("decline")
def decline(request, reference):
    def act(pk, data, now):
        by = lifecycle.desk(request.user)
        lifecycle.decline(pk, data["code"], data["sentence"], by=by, now=now, version=data["version"])

    return _answer(request, reference, "decline", DeclineForm, act)


@desk("withdraw")
def withdraw(request, reference):
    """At the patient's own wish, said on the phone: no call is owed to say it was done."""

    def act(pk, data, now):
        lifecycle.withdraw(pk, by=lifecycle.desk(request.user, Channel.PHONE), now=now, version=data["version"])

    return _answer(request, reference, "withdraw", ActForm, act)


def find(reference):
    """The request of a reference as people write it. One query."""
    symbols = parse_reference(reference)
    rows = AppointmentRequest.objects.select_related(
        "patient", "reason", "visit_type", "location", "practitioner", "from_version__procedure"
    )
    return rows.filter(reference=symbols).first() if symbols else None


def _answer(request, reference, verb, form_class, act):
    """Do one act, and say how it went: on to the queue, or this page again with a sentence."""
    asked = find(reference)
    if asked is None:
        return missing(request)
    if request.method != "POST":  # back from signing in again
        return redirect("desk:request", reference=asked.reference)
    form = form_class(request.POST)
    if not form.is_valid():
        return _page(request, asked, notice=form.first_error, form=form, status=400)
    try:
        act(asked.pk, form.cleaned_data, timezone.now())
    except AlreadyHandled as late:
        return _late(request, asked, verb, late, form.cleaned_data)
    except NotAllowed as refusal:
        return _page(request, asked, notice=refusal.sentence, status=409)
    except SlotTaken:
        return _page(request, asked, notice=_("This time is not open any more. Choose another one."), status=409)
    return to_queue(asked.pk, verb)


def to_queue(pk, verb):
    """The list of what waits, with the act that was just done above it."""
    last = Event.objects.filter(request=pk, cause=None, verb=verb).order_by("-pk").values_list("pk", flat=True).first()
    return HttpResponseRedirect(f"{reverse('desk:queue')}?done={last}")


def _late(request, asked, verb, late, data):
    act = words.act_of(late.event)
    if act and act.verb == verb and act.by_id == request.user.pk and _is_what_was_done(asked, data):
        return to_queue(asked.pk, verb)  # the second press of one button
    asked = find(asked.reference)
    return _page(request, asked, notice=words.faster(act, request.user, _zone(asked)), status=409)


def _is_what_was_done(asked, data):
    """A confirm from an old page may be for another time than the one that was confirmed."""
    slot = data.get("slot")
    booked = asked.appointments.filter(status=Appointment.Status.BOOKED)
    return slot is None or booked.filter(starts_at=slot.starts_at, practitioner=slot.practitioner_id).exists()


def _page(request, asked, *, notice="", form=None, status=200):
    now, zone = timezone.now(), _zone(asked)
    today = now.astimezone(zone).date()
    visits = list(asked.appointments.select_related("practitioner", "location").order_by(F("pk").desc()))
    context = {
        "asked": asked,
        "patient": asked.patient,
        "age": asked.patient.age(today),
        "needs": words.needs(asked.patient),
        "never": words.days(asked.never_days),
        "office_zone": zone,
        "visit": next((visit for visit in visits if visit.status not in ("held", "released")), None),
        "history": words.history(asked),
        "messages_told": asked.messages.select_related("appointment__location").order_by("-pk"),
        "done": done.last_of(asked, request.user, now),
        "notice": notice,
        "form": form,
    }
    if asked.status in OPEN:
        context |= _open_request(request, asked, visits, now, today)
    return page(request, "request", context, status=status)


def _open_request(request, asked, visits, now, today):
    """What an answer needs: the promise, the times, the sentences of a refusal."""
    return {
        "due": due(asked.reply_by, asked.location_id, now=now),
        "times": choices.load(asked, visits, now=now, today=today, first_day=_since(request)),
        "sentences": [(code, code.label, text) for code, text in DECLINE_SENTENCES.items()],
    }


def _since(request):
    """`?from=2026-12-07`: more open times from that day on."""
    try:
        day = date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None
    return day if abs((day - timezone.now().date()).days) <= 400 else None


def _zone(asked):
    return asked.location.tz if asked.location_id else frame().zone
