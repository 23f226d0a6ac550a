"""A person's page: contact and needs, appointments, requests, calls and notes. The address has a random id, no name."""

import uuid

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.desk import labels, undo_bar
from booking.desk.decorators import desk_view, missing, page
from booking.desk.double_submit import form_key
from booking.desk.patients import person as people
from booking.desk.patients.forms import PersonCallForm, PersonNoteForm, StartCallForm
from booking.desk.queue.call_words import logged
from booking.desk.requests.forms import PlainForm
from booking.lifecycle import NotAllowed
from booking.lifecycle.call_log import Outcome
from booking.models import Event
from booking.models.appointment_request import Channel
from clinic.access_log import notes as access_log
from clinic.practice_info import local_date, practice_info


@desk_view("see_queue")
def show(request, random_id):
    person = people.find(random_id, timezone.now())
    return person_page(request, person) if person else missing(request)


def person_page(request, person, *, notice="", status=200):
    patient, now = person.patient, person.now
    context = {
        "person": person,
        "patient": patient,
        "age": patient.age(local_date(now)),
        "needs": labels.needs(patient),
        "newest": person.newest,
        "known_as": person.newest.reference if person.newest else f"p{patient.pk}",
        "about": person.request_named(request.GET.get("about")),
        "calls": person.remarks["calls"],
        "notes": person.remarks["notes"],
        "alike": person.alike,
        "elsewhere_coming": person.elsewhere,
        "outcomes": Outcome.choices,
        "key": uuid.uuid4(),
        "undo_bar": undo_bar.act_named(request, now),
        "notice": notice,
        "posted": request.POST,
    }
    return page(request, "patients/person", context, shows=person.shown, status=status)


@desk_view("log_call", PersonCallForm)
def call_patient(request, random_id):
    def log(appointment_request, data, by, now):
        called = lifecycle.log_call(
            appointment_request.pk, data["outcome"], by=by, now=now, note=data["note"], again=data["again"],
            also_answered=True,
        )  # fmt: skip
        return logged(called, data["outcome"], now=now)

    return _act(request, random_id, PersonCallForm, log)


@desk_view("log_call", StartCallForm)
def start_call(request, random_id):
    """Coworkers see who is calling, and do not call the same number."""

    def start(appointment_request, data, by, now):
        lifecycle.start_call(appointment_request.pk, user=by.user, now=now, instead=data["instead"])
        return _("You’re calling now. Log how the call ends.")

    return _act(request, random_id, StartCallForm, start)


@desk_view("add_note", PersonNoteForm)
def note_patient(request, random_id):
    def note(appointment_request, data, by, now):
        lifecycle.add_note(appointment_request.pk, data["note"], by=by, now=now, pin=data["pin"])
        return _("Note added.")

    return _act(request, random_id, PersonNoteForm, note)


def _act(request, random_id, form_class, act):
    """Do it with the request of this person that the page named, and show the page again."""
    now, form = timezone.now(), form_class(request.POST)
    person = people.find(random_id, now)
    if person is None:
        return missing(request)
    access_log.shows(request, person.records)
    if request.method != "POST":
        return redirect("desk:patient", random_id=random_id)
    if not person.requests:
        return person_page(request, person, notice=_("Book an appointment or take a request first."), status=409)
    if not form.is_valid():
        return person_page(request, person, notice=form.first_error, status=400)
    about = person.request_named(form.cleaned_data["about"])
    by = lifecycle.staff(request.user, Channel.PHONE, form_key(request, form_class))
    try:
        messages.success(request, act(about, form.cleaned_data, by, now))
    except NotAllowed as refusal:
        sentence = labels.refused(refusal, request.user, practice_info().zone)
        return person_page(request, person, notice=sentence, status=409)
    return redirect(_back(request.POST.get("back"), random_id))


def _back(name, random_id):
    """The list from which the call was made, or the person's page."""
    lists = {"no_shows": reverse("desk:no_shows"), "to_call": f"{reverse('desk:queue')}?view=to-call"}
    return lists.get(name) or reverse("desk:patient", args=[random_id])


def _pinning(verb):
    @desk_view("add_note", PlainForm)
    def view(request, pk):
        note = Event.objects.filter(pk=pk, verb="add_note").select_related("appointment_request__patient").first()
        if note is None:
            return missing(request)
        access_log.shows(request, [note])
        if request.method == "POST":
            getattr(lifecycle, verb)(note.pk, by=lifecycle.staff(request.user), now=timezone.now())
        return redirect("desk:patient", random_id=note.appointment_request.patient.random_id)

    return view


pin_note, unpin_note = _pinning("pin_note"), _pinning("unpin_note")
