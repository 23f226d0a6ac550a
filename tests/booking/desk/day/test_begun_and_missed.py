"""A missed appointment is booked again as another one, a begun one is moved or canceled, and the tag says it."""

import re

import pytest
from django.urls import reverse

from booking import lifecycle
from booking.lifecycle.errors import NeedsReason
from booking.models import Appointment, Event, Message
from tests.booking.desk.page import page_of
from tests.builders import assert_sound, later, local, make_clerk, walk
from tests.pages import markup, words

pytestmark = pytest.mark.django_db
NINE, DURING, NEXT_DAY = local(2026, 12, 3, 9), local(2026, 12, 3, 9, 10), local(2026, 12, 4, 9, 10)
WHY = lifecycle.Override("The doctor was called away.")
BOOK = "/admin/desk/book/"


@pytest.fixture(autouse=True)
def _sound(db):
    yield
    assert_sound()


@pytest.fixture
def appointment(clinic):
    """June's, Thursday, December 3, 9:00 am."""
    return clinic.appointment()


def begun(appointment, by, how):
    """Late, here, or here and the time not come yet."""
    if how == "here":
        lifecycle.check_in(appointment.pk, by=by, now=DURING)
    elif how == "here early":
        lifecycle.check_in(appointment.pk, by=by, now=local(2026, 12, 3, 8, 30))
    return {"late": DURING, "here": DURING, "here early": local(2026, 12, 3, 8, 40), "yesterday": NEXT_DAY}[how]


BEGUN = ["late", "here", "here early", "yesterday"]


# -- a begun one


@pytest.mark.parametrize("how", BEGUN)
def test_a_begun_appointment_is_moved_with_a_reason_told_and_noted(clinic, appointment, by, how):
    now = begun(appointment, by, how)
    lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=by, now=now, override=WHY)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.starts_at) == ("booked", clinic.slot(day=8).starts_at)
    event = appointment.events.get(verb="reschedule")
    assert event.note == WHY.reason
    assert event.message.kind == "rescheduled"


@pytest.mark.parametrize("how", BEGUN)
def test_a_begun_appointment_is_canceled_with_a_reason_told_and_noted(clinic, appointment, by, how):
    now = begun(appointment, by, how)
    lifecycle.cancel(appointment.pk, "clinic", by=by, now=now, note="Power cut.")
    appointment.refresh_from_db()
    event = appointment.events.get(verb="cancel")
    assert (appointment.status, event.note, event.message.kind) == ("cancelled", "Power cut.", "cancelled_by_us")


@pytest.mark.parametrize("how", BEGUN)
@pytest.mark.parametrize("why", ["", "  "])
def test_without_a_reason_nothing_happens(clinic, appointment, by, how, why):
    now = begun(appointment, by, how)
    before = Event.objects.count(), Message.objects.count()
    with pytest.raises(NeedsReason, match="NeedsReason") as refused:
        lifecycle.cancel(appointment.pk, "clinic", by=by, now=now, note=why)
    assert "Enter a reason" in refused.value.sentence
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=by, now=now, override=lifecycle.Override(why))
    assert (Event.objects.count(), Message.objects.count()) == before


@pytest.mark.parametrize("how", BEGUN)
@pytest.mark.parametrize("verb", ["reschedule", "cancel"])
def test_undo_brings_back_the_state_it_had(clinic, appointment, by, how, verb):
    now = begun(appointment, by, how)
    appointment.refresh_from_db()
    before = appointment.status, appointment.starts_at
    if verb == "reschedule":
        lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=by, now=now, override=WHY)
    else:
        lifecycle.cancel(appointment.pk, "clinic", by=by, now=now, note="Power cut.")
    lifecycle.undo(appointment.events.get(verb=verb).pk, user=by.user, now=now)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.starts_at) == before


@pytest.mark.parametrize("status", ["noshow", "fulfilled", "left", "cancelled"])
def test_what_is_over_is_neither_moved_nor_canceled(clinic, appointment, by, status):
    walk(appointment, status)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.reschedule(appointment.pk, clinic.slot(day=8), by=by, now=DURING, override=WHY)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(appointment.pk, "clinic", by=by, now=DURING, note="Power cut.")


def test_the_patient_cannot_do_either_once_it_has_begun(clinic, appointment, by):
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=DURING, note="No.")


@pytest.mark.parametrize("how", ["late", "here"])
def test_the_pages_ask_for_the_reason(client, clinic, appointment, by, how, at):
    begun(appointment, by, how)
    at("2026-12-03 09:10")
    client.force_login(make_clerk())
    appointment.refresh_from_db()
    day = client.get("/admin/desk/day/2026-12-03/").content.decode()
    for verb in ("reschedule", "cancel"):
        path = reverse(f"desk:{verb}", args=[appointment.pk])
        assert path in day
        said = words(client.get(path))
        begun_says = ("This appointment has already started" in said, "call the patient too" in said)
        here_says = ("The patient is checked in" in said, "tell the patient" in said)
        assert (begun_says, here_says) == (((how == "late",) * 2), ((how == "here",) * 2)), verb
    posted = {"version": appointment.version, "code": "clinic"}
    path = reverse("desk:cancel", args=[appointment.pk])
    asked = words(client.get(path))
    assert ("Note for the history" in asked, "(optional)" in asked) == (True, False)
    refused = client.post(path, posted)
    assert refused.status_code == 409
    assert_stands_at_its_box(refused, "note")
    assert client.post(path, posted | {"note": "Power cut."}).status_code == 302


def assert_stands_at_its_box(refused, name):
    """The sentence stands once, beside the box of the reason, which has the focus; its page is in error."""
    page = markup(refused)
    assert page.count("Enter a reason: it is kept in the history.") == 1
    assert re.search(rf'<(?:input|textarea)[^>]* name="{name}"[^>]*autofocus', page)
    assert page.count("autofocus") == 1
    assert 'aria-invalid="true"' in page
    assert re.search(r"<title>\s*Error:", page)


@pytest.mark.parametrize("how", ["late", "here"])
def test_a_move_without_the_reason_asks_for_it_at_its_box_and_keeps_the_time(client, clinic, appointment, by, how, at):
    begun(appointment, by, how)
    at("2026-12-03 09:10")
    client.force_login(make_clerk())
    appointment.refresh_from_db()
    path, slot = reverse("desk:reschedule", args=[appointment.pk]), clinic.slot(day=8)
    posted = {"version": appointment.version, "slot": slot.code}
    refused = client.post(path, posted)
    assert refused.status_code == 409
    assert_stands_at_its_box(refused, "why")
    page = markup(refused)
    assert page.index('name="why"') < page.index(f'name="slot" value="{slot.code}"') < page.index("<table")
    assert page.count('name="why"') == 1
    client.post(path, posted | {"why": "Came with a fever."})
    appointment.refresh_from_db()
    assert appointment.starts_at == slot.starts_at


def test_a_typed_time_outside_hours_asks_for_the_reason_beside_it(client, clinic, appointment):
    client.force_login(make_clerk())
    typed = {"special": "1", "on": "2026-12-04", "at": "18:30", "who": clinic.practitioner.slug}
    typed |= {"where": clinic.location.slug, "version": appointment.version}
    refused = client.post(reverse("desk:reschedule", args=[appointment.pk]), typed)
    page = markup(refused).partition('<details class="more special" open>')[2]
    assert "outside working hours. Your change was not saved. Enter a reason and try again." in page
    assert re.search(r'<input[^>]* name="why"[^>]*autofocus', page)


# -- a missed one


@pytest.fixture
def missed(appointment, by):
    return lifecycle.no_show(appointment.pk, by=by, now=DURING)


@pytest.fixture
def rosa(client, missed, at):
    at("2026-12-03 09:30")
    user = make_clerk()
    client.force_login(user)
    return user


def book_again(client, clinic, missed, day=8, **changed):
    page = client.get(BOOK, {"again": missed.pk})
    held = {"again": missed.pk, "reason": clinic.reason.slug, "person": missed.patient_id, "channel": "phone"}
    client.post(BOOK, held | {"hold": clinic.slot(day=day).code})
    key = page.context["flow_key"]
    return client.post(BOOK, held | {"slot": clinic.slot(day=day).code, "flow_key": key, "book": "1"} | changed)


def test_a_no_show_is_booked_again_and_stays_in_the_history(client, clinic, missed, rosa):
    assert book_again(client, clinic, missed).status_code == 302
    missed.refresh_from_db()
    again = Appointment.objects.get(status="booked")
    assert (missed.status, missed.starts_at) == ("noshow", NINE)
    assert again.appointment_request != missed.appointment_request
    assert again.patient_id == missed.patient_id
    assert again.starts_at == clinic.slot(day=8).starts_at
    assert Message.objects.get(appointment=again).kind == "confirmed"
    old = words(client.get(page_of(missed.appointment_request)))
    assert f"Booked again : {again.appointment_request}" in old or f"Booked again: {again.appointment_request}" in old
    assert str(missed.appointment_request) in words(client.get(page_of(again.appointment_request)))


def test_the_page_begins_with_the_patient_the_reason_and_the_provider(client, clinic, missed, rosa):
    page = client.get(BOOK, {"again": missed.pk})
    assert "For a patient who did not come on" in words(page)
    assert f'value="{missed.patient_id}" id="person-{missed.patient_id}" checked' in " ".join(page.text.split())
    assert "Open times for New-patient consultation, 40 min" in words(page)


def test_the_answers_given_before_are_carried_over(client, clinic, missed, rosa):
    request = missed.appointment_request
    type(request).objects.filter(pk=request.pk).update(insurance="medicare", scan="yes")
    book_again(client, clinic, missed)
    again = Appointment.objects.get(status="booked").appointment_request
    assert (again.insurance, again.scan, again.replaces) == ("medicare", "yes", missed)


def test_another_patient_picked_there_gets_nothing_of_it(client, clinic, missed, rosa):
    other = clinic.appointment(clinic.slot(day=9))
    book_again(client, clinic, missed, person=other.patient_id)
    last = Appointment.objects.filter(status="booked").latest("pk")
    assert (last.patient_id, last.appointment_request.replaces) == (other.patient_id, None)


@pytest.mark.parametrize("again", ["0", "x", "-1", "99999", "", "1" * 30])
def test_a_crafted_address_opens_the_plain_page(client, clinic, missed, rosa, again):
    page = client.get(BOOK, {"again": again})
    assert page.status_code == 200
    assert "For a patient who did not come" not in words(page)


def test_one_who_came_is_not_booked_again(client, clinic, by, at):
    came = clinic.appointment()
    at("2026-12-03 09:30")
    client.force_login(make_clerk())
    assert "For a patient who did not come" not in words(client.get(BOOK, {"again": came.pk}))


def test_the_day_and_the_request_lead_there(client, clinic, missed, rosa):
    next_one = reverse("desk:next_appointment", args=[missed.pk])
    assert next_one in client.get("/admin/desk/day/2026-12-03/").text
    path = f"{BOOK}?again={missed.pk}"
    assert path in client.get(page_of(missed.appointment_request)).text


# -- the tag at the head


@pytest.mark.parametrize(
    ("status", "tag"),
    [
        ("booked", "ok|Confirmed"),
        ("arrived", "ok|Checked in"),
        ("fulfilled", "calm|Seen"),
        ("left", "calm|Left without being seen"),
        ("noshow", "stop|No-show"),
        ("cancelled", "stop|Canceled"),
    ],
)
def test_the_tag_at_the_head_is_the_real_state(client, clinic, appointment, status, tag):
    walk(appointment, status)
    client.force_login(make_clerk())
    head = client.get(page_of(appointment.appointment_request)).text.split('class="who__facts"')[0]
    look, said = tag.split("|")
    assert f"tag--{look}" in head.split("who__name")[1]
    assert said in head.split("who__name")[1]


def test_a_called_off_one_is_not_called_confirmed(client, clinic, appointment, by):
    lifecycle.mark_needs_rebooking(appointment.pk, by=by, now=later())
    client.force_login(make_clerk())
    head = client.get(page_of(appointment.appointment_request)).text.split('class="who__facts"')[0]
    assert "Called off" in head
    assert "Confirmed" not in head.split("who__name")[1]


@pytest.mark.parametrize(("weeks", "kept"), [("2", "since=2026-12-14"), ("0", "")])
def test_a_follow_up_carries_its_first_day_to_the_move_of_the_coming_appointment(
    client, clinic, appointment, by, at, weeks, kept
):
    """Two weeks on, and three days around it."""
    clinic.appointment(clinic.slot(day=18))
    for verb in ("check_in", "fulfil"):
        getattr(lifecycle, verb)(appointment.pk, by=by, now=DURING)
    at("2026-12-03 09:30")
    client.force_login(make_clerk())
    page = markup(client.get(reverse("desk:next_appointment", args=[appointment.pk]), {"weeks": weeks}))
    (there,) = re.findall(r'href="([^"]*reschedule/[^"]*)"', page)
    assert there.partition("?")[2] == kept
    assert f'name="since" id="id_since" value="{kept[6:]}"' in markup(client.get(there))
