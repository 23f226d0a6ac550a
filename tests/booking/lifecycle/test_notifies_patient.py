"""Verbs that notify the patient write one message, the others none; both are saved or rolled back together."""

import inspect

import pytest
from django.db import transaction

from booking import lifecycle
from booking.models import Event, Message
from booking.notifications import messages
from tests.booking.lifecycle.stories import STORIES, Story
from tests.builders import later, rows

pytestmark = pytest.mark.django_db


NOT_VERBS = {
    "staff",
    "lock_all_calendars",
    "undoable",
    "undoable_until",
    "why_not_undo",
    "as_before",
    "hold_as_told",
    "as_if_held",
    "import_diary",  # an old calendar and its way back tell nobody: tests/booking/exchange/test_diary.py
    "undo_import",
    "replace_weeks",  # nor do new hours: the desk goes through whom they leave outside, tests/booking/desk/hours
}
everywhere = pytest.mark.parametrize(("verb", "kind", "prepare"), [(verb, *rest) for verb, rest in STORIES.items()])


def test_no_verb_is_left_out():
    verbs = {name for name in lifecycle.__all__ if inspect.isfunction(getattr(lifecycle, name))}
    assert verbs - NOT_VERBS == set(STORIES)


@everywhere
def test_a_verb_writes_one_message_or_none(verb, kind, prepare):
    act = prepare(Story())
    before = set(Message.objects.values_list("pk", flat=True))
    act()
    notified = Message.objects.exclude(pk__in=before)
    assert list(notified.values_list("kind", flat=True)) == ([kind] if kind else [])


@everywhere
def test_verb_and_message_are_rolled_back_together(verb, kind, prepare):
    act = prepare(Story())
    before = rows()
    with transaction.atomic():
        act()
        transaction.set_rollback(True)
    assert rows() == before


@everywhere
def test_if_the_message_cannot_be_written_nothing_is_changed(verb, kind, prepare, monkeypatch):
    act = prepare(Story())
    before, events = rows(), list(Event.objects.values_list("pk", "to_status"))

    def broken(*_, **__):
        raise ZeroDivisionError

    for write in ("create", "get_or_create", "bulk_create"):
        monkeypatch.setattr(messages.Message.objects, write, broken)
    if kind is None:
        act()
        return
    with pytest.raises(ZeroDivisionError):
        act()
    assert rows() == before
    assert list(Event.objects.values_list("pk", "to_status")) == events


def test_an_offer_from_the_waitlist_has_a_message_of_its_own():
    story = Story()
    appointment_request = story.new()
    lifecycle.waitlist(appointment_request.pk, by=story.by, now=later())
    lifecycle.offer(appointment_request.pk, [story.second], later(days=1), by=story.by, now=later())
    assert appointment_request.messages.filter(status="queued").get().kind == "opening"


def test_a_cancellation_by_the_patient_has_a_message_of_its_own():
    story = Story()
    lifecycle.cancel(story.appointment().pk, "ill", by=story.by, now=later())
    assert Message.objects.filter(status="queued").get().kind == "cancelled_by_you"
