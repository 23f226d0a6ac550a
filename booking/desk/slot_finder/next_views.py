"""From the appointment that ends: a follow-up with the same provider; or another time for one missed or canceled."""

import uuid
from datetime import timedelta
from itertools import groupby
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import lifecycle
from booking.desk import labels, undo_bar
from booking.desk.day.actions import day_of
from booking.desk.day.appointments import find
from booking.desk.decorators import desk_view, missing, page
from booking.desk.patients import same_person
from booking.desk.patients.picker import one
from booking.desk.requests.forms import STALE, PlainForm, SlotField
from booking.lifecycle import Draft, NotAllowed, SlotTaken
from booking.models.appointment_request import Channel
from booking.scheduling.desk_slots import DeskAvailability
from booking.scheduling.suggestions import by_notice
from clinic.access_log import notes as access_log
from clinic.practice_info import local_date

SOONEST, USUAL = 0, 2
WEEKS = {
    SOONEST: gettext_lazy("Soonest"), 1: gettext_lazy("In 1 week"), 2: gettext_lazy("In 2 weeks"),
    4: gettext_lazy("In 4 weeks"), 6: gettext_lazy("In 6 weeks"), 12: gettext_lazy("In 12 weeks"),
}  # fmt: skip
AROUND = timedelta(days=3)  # of the day in so many weeks
SOON, LATER = timedelta(weeks=2), timedelta(weeks=8)  # from today on; the second if the first has nothing
MOST_A_DAY, MOST = 6, 36


class NextForm(PlainForm):
    slot = SlotField()
    flow_key = forms.UUIDField(error_messages=dict.fromkeys(["required", "invalid"], STALE))


@desk_view("book", NextForm)
def next_appointment(request, pk):
    appointment = find(pk)
    if appointment is None:
        return missing(request)
    access_log.shows(request, [appointment])
    if request.method != "POST":
        return _page(request, appointment)
    form = NextForm(request.POST)
    if not form.is_valid():
        return _page(request, appointment, notice=form.first_error, status=400)
    return _book(request, appointment, form.cleaned_data)


def _book(request, appointment, data):
    now, by = timezone.now(), lifecycle.staff(request.user, Channel.PHONE)
    try:
        booked = lifecycle.book(_draft(appointment, data["flow_key"]), data["slot"], by=by, now=now)
    except NotAllowed as refusal:
        notice = labels.refused(refusal, request.user, appointment.location.tz)
        return _page(request, appointment, notice=notice, elsewhere=labels.elsewhere(refusal), status=409)
    except SlotTaken:
        return _page(request, appointment, notice=_("This time was just taken. Choose another one."), status=409)
    last = undo_bar.last_id("book", appointment_request=booked.pk, cause=None)
    return HttpResponseRedirect(_after(appointment, last, now))


def _after(appointment, last, now):
    """After a missed appointment of a past day the list of no-shows; else the day."""
    is_past = local_date(appointment.starts_at, appointment.location.tz) < local_date(now, appointment.location.tz)
    if appointment.status in appointment.MISSED and is_past:
        return f"{reverse('desk:no_shows')}?undo={last}"
    return day_of(appointment, undo=last)


def _draft(appointment, flow_key):
    """As before, with the same reason; a missed or canceled one is replaced, one that was kept is followed."""
    answers = lifecycle.as_before(appointment.appointment_request) | {"appointment_type": _type(appointment)}
    answers |= {"replaces": appointment} if appointment.may_be_rebooked else {"returning": True}
    return Draft({}, answers, [], flow_key, known=appointment.patient_id)


def _type(appointment):
    """The same as lost; after one that was kept, what the reason has for returning patients."""
    usual = appointment.appointment_request.reason.appointment_type_returning
    is_theirs = usual.practitioners.filter(pk=appointment.practitioner_id).exists()
    return usual if is_theirs and not appointment.may_be_rebooked else appointment.appointment_type


def _page(request, appointment, *, notice="", elsewhere=None, status=200):
    now, appointment_type = timezone.now(), _type(appointment)
    weeks, anyone = _weeks(request, appointment), bool(request.GET.get("anyone"))
    found = _open(appointment, appointment_type, weeks, anyone, now)
    person = one(str(appointment.patient_id))
    context = {
        "appointment": appointment,
        "patient": appointment.appointment_request.patient,
        "is_lost": appointment.may_be_rebooked,
        "appointment_type": appointment_type,
        "weeks": weeks,
        "wished": _wished(appointment, weeks, anyone, now),
        "choices": [(number, words, number == weeks) for number, words in WEEKS.items()],
        "anyone": anyone,
        "searched_all": weeks == SOONEST,
        "days": [(day, list(slots)) for day, slots in groupby(found, key=lambda each: each.local.date())],
        "coming": [pick for each in same_person.picks([person], now) for pick in each.coming],
        "flow_key": uuid.uuid4(),
        "notice": notice,
        "elsewhere": elsewhere,
        "back": day_of(appointment),
    }
    coming = [each.appointment_request for each in context["coming"]]
    return page(request, "slot_finder/next", context, shows=[appointment, *coming], status=status)


def _weeks(request, appointment):
    """As chosen; else at once for one that was missed or canceled, and in two weeks for a follow-up."""
    chosen = request.GET.get("weeks", "")
    usual = SOONEST if appointment.may_be_rebooked else USUAL
    return int(chosen) if chosen.isascii() and chosen.isdigit() and int(chosen[:3]) in WEEKS else usual


def _open(appointment, appointment_type, weeks, anyone, now):
    """The same provider’s open times around that day, after the notice, a few of each day. Three queries a span."""
    for first, last in _spans(local_date(now, appointment.location.tz), weeks):
        team = DeskAvailability(appointment_type, now=now, days=[first, last])
        times, _sooner = by_notice(team.between(first, last), appointment_type, now)
        theirs = [each for each in times if anyone or each.slot.practitioner_id == appointment.practitioner_id]
        if theirs:
            by_day = groupby(theirs, key=lambda each: each.local.date())
            return [each for _day, slots in by_day for each in _few(list(slots))][:MOST]
    return []


def _spans(today, weeks):
    if weeks == SOONEST:
        return [(today, today + SOON), (today + SOON, today + LATER)]
    middle = today + timedelta(weeks=weeks)
    return [(middle - AROUND, middle + AROUND)]


def _wished(appointment, weeks, anyone, now):
    """From when, and with whom, another page is to look; nothing for the soonest."""
    first, _last = _spans(local_date(now, appointment.location.tz), weeks)[0]
    since = {} if weeks == SOONEST else {"since": first.isoformat()}
    return urlencode(since | ({"anyone": "1"} if anyone else {}))


def _few(slots):
    """Spread over the day."""
    step = -(-len(slots) // MOST_A_DAY)
    return slots[::step]
