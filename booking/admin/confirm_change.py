"""Who takes hours away is asked first, if visits that are booked or held would lie outside.

The change is made, the hours are read as they then are, and where visits are left outside all of it is taken back:
so hours, closures, people and offices are weighed alike, whatever the form has in it.
"""

import contextlib
from dataclasses import dataclass

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import lifecycle
from booking.lifecycle import lock_all_diaries
from booking.models import Appointment
from booking.scheduling.hours_impact import left_outside, open_hours

SHOWN = 200


@dataclass(frozen=True)
class Question:
    """The visits that a change would strand. A button answers with their number; “2-1 ask” also tells the patients."""

    visits: list[Appointment]
    is_closure: bool

    @property
    def code(self):
        """“9-2”: what the page that asked had counted. Another number is asked again."""
        return f"{len(self.booked)}-{len(self.visits) - len(self.booked)}"

    @property
    def booked(self):
        return [visit for visit in self.visits if visit.status != Appointment.Status.HELD]

    @property
    def shown(self):
        return self.visits[:SHOWN]

    @property
    def more(self):
        return max(0, len(self.visits) - SHOWN)

    @property
    def warning(self):
        if self.is_closure:
            words = _("This closure would strand %(booked)s booked and %(held)s held visits. It is not saved yet.")
        else:
            words = _("%(booked)s booked and %(held)s held visits would lie outside the hours. Nothing is saved yet.")
        return words % {"booked": len(self.booked), "held": len(self.visits) - len(self.booked)}


class TakenBack(Exception):
    """The change was made and is undone by this, until its question is answered."""

    def __init__(self, question):
        self.question = question


class AskingForm(forms.ModelForm):
    question: Question | None = None

    def clean(self):
        if self.question:
            self.add_error(None, self.question.warning)
        return super().clean()


class Asks:
    """Mixed into the admin of each table whose rows make hours."""

    form = AskingForm

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)  # a new class each time
        form.question = getattr(request, "question", None)
        return form

    def changeform_view(self, request, *args, **kwargs):
        try:
            return super().changeform_view(request, *args, **kwargs)
        except TakenBack as taken:
            request.question = taken.question
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except TakenBack as taken:
            request.POST = QueryDict()  # what was confirmed is the deletion, not its answer: the page asks once more
            return super().delete_view(request, object_id, {"question": taken.question})

    def save_model(self, request, obj, form, change):
        request.hours = self.hours_before()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        self.ask(request, self.stranded_by(form, request.hours))

    def delete_model(self, request, obj):
        before = self.hours_before()
        super().delete_model(request, obj)
        self.ask(request, self.stranded_by(None, before))

    def hours_before(self):
        lock_all_diaries()
        return open_hours(timezone.now())

    def stranded_by(self, form, before):
        """What the change, as it stands in the database now, would strand. `form` is None for a deletion."""
        now = timezone.now()
        return Question(left_outside(before, open_hours(now), now=now), is_closure=False)

    def ask(self, request, question):
        """“Find them another time”: each booked visit gets its request in the queue, and its patient is told.

        After the commit: here all diaries are locked, and a request is never locked after a diary.
        """
        code, _space, wish = request.POST.get("strands", "").partition(" ")
        if question.visits and code != question.code:
            raise TakenBack(question)
        if question.visits and wish == "ask":
            booked = [visit.pk for visit in question.visits if visit.status == Appointment.Status.BOOKED]
            transaction.on_commit(lambda: _strand(booked, lifecycle.desk(request.user)))


def _strand(visits, by):
    for pk in visits:
        with contextlib.suppress(lifecycle.NotAllowed):  # marked so before, or changed meanwhile
            lifecycle.strand(pk, by=by, now=timezone.now())
