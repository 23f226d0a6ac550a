"""Erasing a person: nothing of them is left in any table, and what is counted stays."""

import re
from datetime import date

import pytest
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.urls import reverse

from booking import lifecycle
from booking.lifecycle import NotAllowed
from booking.maintenance import integrity
from booking.models import Appointment, AppointmentRequest, Event, Message, Patient, SearchKey, SearchWord
from booking.notifications import links, outbox
from booking.records.erase import BLANK, DELETED, KEPT, erase
from booking.records.people import named, records_of
from booking.records.sessions import forget
from clinic.models import ScheduleException
from tests.booking.records.canaries import dump, fill, found_in, is_free
from tests.builders import MONDAY, later

pytestmark = pytest.mark.django_db
PERSON = {
    "name": "Xochitl Quetzalbird", "birth_date": date(1931, 2, 27), "phone": "+17185550198",
    "phone_typed": "718 555 0198", "email": "quetzal@example.net", "chart_number": "CH-77123",
    "language": "Nahuatl", "needs": ["walker"],
}  # fmt: skip
VALUES = ["Xochitl", "Quetzalbird", "1931-02-27", "7185550198", "quetzal@example.net", "77123", "Nahuatl"]
AFTER = later(days=40)


@pytest.fixture
def lived(clinic, by, mailoutbox):
    """A person with one request of each end, one seen appointment, calls, notes, corrected details and emails."""
    declined = clinic.appointment_request(clinic.slot(), patient=PERSON, note="zq-note", helper_name="zq-helper")
    lifecycle.log_call(declined.pk, "voicemail", by=by, now=MONDAY, note="zq-called")
    lifecycle.add_note(declined.pk, "zq-staff", by=by, now=MONDAY, pin=True)
    lifecycle.correct_patient(declined.pk, {"email": "zq-second@example.net", "name": "Zqmisheard"}, by=by, now=MONDAY)
    corrected = {"email": PERSON["email"], "name": PERSON["name"]}
    lifecycle.correct_patient(declined.pk, corrected, by=by, now=MONDAY)
    lifecycle.decline(declined.pk, "other", "zq-answer", by=by, now=MONDAY)
    seen = clinic.appointment(patient=PERSON, note="zq-booked")
    outbox.deliver_due(clock=lambda: later(minutes=5))
    for verb in ("check_in", "fulfil"):
        getattr(lifecycle, verb)(seen.pk, by=by, now=seen.starts_at)
    assert mailoutbox
    return Patient.objects.filter(name=PERSON["name"]).first()


def erased(patient):
    records = records_of(patient)
    forget(records)
    erase(records, now=AFTER)
    return records


def test_nothing_of_an_erased_person_is_left_in_a_full_dump(lived, clinic):
    typed = ["zqmisheard", "zq-note", "zq-helper", "zq-called", "zq-staff", "zq-second", "zq-answer", "zq-booked"]
    before = dump()
    assert [value for value in [*VALUES, *typed] if not found_in(before, value)] == []
    erased(lived)
    after = dump()
    assert [value for value in [*VALUES, *typed] if found_in(after, value)] == []


def test_nothing_that_can_stand_in_any_column_is_left(lived, clinic):
    records = records_of(lived)
    values = [pair for record in records for pair in fill(record)]
    before = dump()
    assert len({column for column, _value in values}) > 20
    assert [column for column, value in values if not found_in(before, value)] == []
    erase(records, now=AFTER)
    after = dump()
    assert [column for column, value in values if found_in(after, value)] == []


@pytest.mark.once
def test_every_column_that_leads_to_a_person_is_blanked_kept_or_deleted_on_purpose():
    for model, kept in KEPT.items():
        columns = {field.name for field in model._meta.concrete_fields}
        assert BLANK[model].keys() | kept == columns, model
        assert not BLANK[model].keys() & kept, model
        free = {field.name for field in model._meta.concrete_fields if is_free(field)}
        assert free <= BLANK[model].keys(), f"{model}: {free - BLANK[model].keys()} would stay"
    theirs = {*KEPT, *DELETED}
    keys = (field for model in apps.get_models() for field in model._meta.concrete_fields if field.is_relation)
    assert {key.model for key in keys if key.related_model in theirs} <= theirs


def test_a_stub_stays_so_that_counts_history_and_integrity_hold(lived, clinic):
    def counted():
        return {
            "requests": sorted(AppointmentRequest.objects.values_list("pk", "reference", "status", "submitted_at")),
            "appointments": sorted(Appointment.objects.values_list("pk", "status", "starts_at", "practitioner")),
            "events": sorted(Event.objects.values_list("pk", "verb", "from_status", "to_status", "at", "by")),
            "messages": sorted(Message.objects.values_list("pk", "kind")),
        }

    before = counted()
    erased(lived)
    assert counted() == before
    assert list(integrity.findings()) == []


def test_somebody_with_the_same_phone_email_and_surname_keeps_everything(lived, clinic):
    other = clinic.appointment_request(patient=PERSON | {"name": "Abel Quetzalbird", "birth_date": date(1955, 5, 5)})
    keys = list(SearchKey.objects.filter(patient=other.patient).values_list("key", flat=True))
    assert other.patient not in erased(lived)
    other.refresh_from_db()
    assert (other.patient.name, other.patient.email) == ("Abel Quetzalbird", PERSON["email"])
    assert list(SearchKey.objects.filter(patient=other.patient).values_list("key", flat=True)) == keys
    left = {bytes(word) for word in SearchWord.objects.values_list("word", flat=True)}
    assert (b"quetzalbird" in left, b"xochitl" in left) == (True, False)


def test_the_private_reason_of_a_block_that_names_the_person_goes_and_the_block_stays(lived, clinic):
    typed = ["Held for QUETZALBIRD, Xóchitl", "Call Xochitl", "Lunch"]
    for reason in typed:
        ScheduleException.objects.create(first_day=AFTER.date(), last_day=AFTER.date(), private_reason=reason)
    erased(lived)
    left = ScheduleException.objects.order_by("pk").values_list("private_reason", flat=True)
    assert list(left) == ["", *typed[1:]]


def test_what_is_open_or_to_come_is_not_erased(clinic, by):
    asked = clinic.appointment_request(patient=PERSON)
    with pytest.raises(NotAllowed) as refused:
        erased(asked.patient)
    assert refused.value.sentence == "A request is still open. Answer or close it first, then erase."
    lifecycle.decline(asked.pk, "other", "Call us.", by=by, now=MONDAY)
    clinic.appointment(clinic.slot(day=4), patient=PERSON)
    with pytest.raises(NotAllowed) as refused:
        erase(records_of(asked.patient), now=MONDAY)
    assert refused.value.sentence == "An appointment is still to come. Cancel it first, then erase."
    assert Patient.objects.filter(name=PERSON["name"]).count() == 2


def test_a_merged_record_goes_too_although_nothing_but_the_merge_links_it(clinic, by):
    kept = clinic.appointment_request(patient=PERSON)
    double = clinic.appointment_request(patient=PERSON | {"phone": "+17185550111", "email": "", "chart_number": ""})
    assert records_of(kept.patient) == [kept.patient]
    lifecycle.merge(double.pk, kept.pk, "Same person.", by=by, now=MONDAY)
    assert records_of(kept.patient) == records_of(double.patient) == [kept.patient, double.patient]


def test_links_undo_and_every_verb_end_with_the_erasure(client, lived, clinic, by):
    declined = AppointmentRequest.objects.get(status="declined")
    link = links.absolute(declined)
    appointment, quiet = Appointment.objects.get(status="fulfilled"), clinic.appointment_request(patient=PERSON)
    lifecycle.end_quietly(quiet.pk, "died", by=by, now=MONDAY)
    event = quiet.events.get(verb="end_quietly")
    erased(lived)
    assert client.get(link).status_code == 404
    draft = clinic.draft()
    draft.known = lived.pk
    for refused in (
        lambda: lifecycle.reopen(declined.pk, "She called.", by=by, now=AFTER),
        lambda: lifecycle.undo(event.pk, user=by.user, now=AFTER),
        lambda: lifecycle.revert_status(appointment.pk, by=by, now=appointment.starts_at),
        lambda: lifecycle.add_note(declined.pk, "A note", by=by, now=AFTER),
        lambda: lifecycle.book(draft, clinic.slot(day=9), by=by, now=MONDAY),
    ):
        with pytest.raises(NotAllowed) as refusal:
            refused()
        assert "was erased" in refusal.value.sentence
    assert not Message.objects.exclude(status__in=["sent", "superseded", "notified"]).exists()


def test_an_email_that_is_just_being_sent_leaves_no_copy(lived, clinic):
    message = Message.objects.filter(status="sent").last()
    Message.objects.filter(pk=message.pk).update(status="queued", due_at=MONDAY)
    claimed = outbox.claim(now=AFTER)
    erased(lived)
    outbox._mark(claimed, "sent", sent_copy="zq-copy")
    assert not found_in(dump(), "zq-copy")


def test_the_desk_finds_nobody_and_no_page_of_theirs(client, lived, lead):
    declined = AppointmentRequest.objects.get(status="declined")
    erased(lived)
    assert client.get(reverse("desk:patient", args=[lived.random_id])).status_code == 404
    assert client.get(reverse("desk:request", args=[declined.reference])).status_code == 404
    for typed in ("Quetzalbird", "1/1/1800", "1800-01-01", "2/27/1931", "(erased)"):
        assert "No matches" in client.post(reverse("desk:search"), {"q": typed}, follow=True).content.decode(), typed
    assert (named(declined.reference), named(str(lived.random_id)), named("nobody")) == (None, None, None)


def test_no_list_of_things_to_do_names_an_erased_person(client, lead, clinic, by, at):
    missed = clinic.appointment(clinic.slot(day=20, month=11), now=later(days=-10))
    lifecycle.no_show(missed.pk, by=by, now=MONDAY)
    declined = clinic.appointment_request()
    lifecycle.decline(declined.pk, "other", "Call us.", by=by, now=MONDAY)
    lists = [reverse("desk:no_shows"), reverse("desk:queue") + "?view=answered"]
    assert all("June Demo" in client.get(address).content.decode() for address in lists)
    erase(records_of(missed.patient), now=MONDAY)
    assert Patient.objects.filter(erased_at=None).count() == 0
    assert not [address for address in lists if "(erased)" in client.get(address).content.decode()]


def test_an_erased_person_has_no_age_no_birth_date_and_nothing_to_press_on_a_past_day(client, lead, clinic, by, at):
    missed, forgotten = (
        clinic.appointment(clinic.slot(day=20, month=11, hour=hour), now=later(days=-10)) for hour in (9, 10)
    )
    lifecycle.no_show(missed.pk, by=by, now=MONDAY)
    for appointment in (missed, forgotten):
        erase(records_of(appointment.patient), now=MONDAY)
    day, calendar = "/admin/desk/day/2026-11-20/", reverse("desk:calendar") + "?day=2026-11-20"
    pages = {path: client.get(path) for path in (day, f"{day}?by=practitioner", f"{day}sheet/", calendar)}
    pages["file"] = client.post(f"{day}sheet/file/")
    for path, page in pages.items():
        assert "(erased)" in page.text, path
        assert not re.search(r"1800|\(erased\)(</bdi>)?(</\w>)?, ?\d", page.text), path
        assert f"/appointments/{missed.pk}/" not in page.text, path
        assert f"/appointments/{forgotten.pk}/" not in page.text, path
        assert reverse("desk:patient", args=[missed.patient.random_id]) not in page.text, path
    for act in ("next_appointment", "reschedule", "cancel"):
        assert client.get(reverse(f"desk:{act}", args=[missed.pk])).status_code == 404, act


def session(**data):
    store = SessionStore()
    store.update(data)
    store.save()
    return store.session_key


def test_drafts_and_searches_of_that_person_go_and_those_of_others_stay(lived, clinic):
    sent = AppointmentRequest.objects.get(status="declined")

    def draft(**typed):
        return session(flows={"5": {"began": "x", "answers": {"who": {name: [text] for name, text in typed.items()}}}})

    gone = [
        session(flows={str(sent.flow_key): {"began": "x", "sent": sent.pk}}),
        session(birth_date_known={f"{sent.reference}.1": 1.0}),
        draft(name="xochitl  QUETZALBIRD", phone="(718) 555-0198"),
        draft(name="Xochitl Quetzalbird", year="1931"),
    ]
    clerk = session(_auth_user_id="1", searches={"a": "quetzal 1931", "b": "Smith", "c": "0198"}, kept="x")
    stays = [draft(name="Abel Quetzalbird", email=PERSON["email"]), draft(name="Xochitl Quetzalbird"), clerk]
    erased(lived)
    left = set(Session.objects.values_list("session_key", flat=True))
    assert left & {*gone, *stays} == set(stays)
    assert SessionStore(clerk)["searches"] == {"b": "Smith"}
    assert SessionStore(clerk)["kept"] == "x"


def test_a_session_that_changed_or_ended_since_it_was_read_is_not_written_over(lived, monkeypatch):
    gone, busy = (session(**{SESSION_KEY: "1"}, searches={"a": "Quetzalbird", "b": "Oakwood"}) for _n in range(2))
    as_read = list(Session.objects.filter(pk__in=[gone, busy]))
    Session.objects.filter(pk=gone).delete()
    store = SessionStore(busy)
    store["later"] = 1
    store.save()
    monkeypatch.setattr("booking.records.sessions._sessions", lambda: iter(as_read))
    forget([lived])
    left = SessionStore(busy).load()
    assert (left["later"], left["searches"], Session.objects.filter(pk=gone).exists()) == (1, {"b": "Oakwood"}, False)
