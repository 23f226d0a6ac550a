"""People who share an email address: each gets a receipt at once, and can tell the mails apart without a name."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from icalendar import Calendar

from booking import lifecycle
from booking.models import Message
from booking.notifications import emails, links, messages, outbox
from tests.builders import MONDAY, WHY, later, make_clerk

pytestmark = [pytest.mark.django_db]
FAMILY = [
    ("Ana Pérez", date(1984, 2, 11)),
    ("Luis Pérez", date(1982, 7, 30)),
    ("Sofía Pérez", date(2001, 5, 2)),
    ("Mateo Pérez", date(2004, 12, 24)),
    ("Abuela Rosa Díaz", date(1939, 1, 6)),
    ("王小明", date(1970, 10, 1)),
]
TWINS = [("Kim Demo", date(1990, 4, 4)), ("Kit Demo", date(1990, 4, 4)), ("Kay Demo", date(1990, 4, 4))]
NAMESAKES = [("John Demo", date(1950 + n, 4, 4)) for n in range(5)]  # fathers and sons
MOST = settings.MAILS_PER_ADDRESS_AN_HOUR
HOME = [(f"Resident {chr(65 + n)} Demo", date(1930 + n % 9, 1 + n % 12, 9)) for n in range(MOST)]


def ask(clinic, people, email="house@example.org"):
    return [
        clinic.appointment_request(patient={"name": name, "birth_date": born, "email": email}) for name, born in people
    ]


def deliver(now=MONDAY):
    return outbox.deliver_due(clock=lambda: now)


@pytest.mark.parametrize("people", [FAMILY, TWINS, NAMESAKES, [*FAMILY, *TWINS, *NAMESAKES], HOME])
def test_everyone_at_one_address_gets_the_receipt_at_once(clinic, mailoutbox, people):
    ask(clinic, people)
    deliver()
    assert len(mailoutbox) == len(people)
    assert not Message.objects.filter(status="queued").exists()


@pytest.mark.parametrize(
    "spelt", ["june DEMO", "  June   Demo", "Júne Demo", "Demo, June", "June Demo."],
)  # fmt: skip
def test_one_person_spelt_otherwise_is_still_one_person(clinic, mailoutbox, spelt):
    ask(clinic, [("June Demo", date(1951, 3, 9))] * 3 + [(spelt, date(1951, 3, 9))])
    deliver()
    assert len(mailoutbox) == 3
    deliver(later(hours=1, minutes=1))
    assert len(mailoutbox) == 4


def test_an_address_is_not_flooded_with_invented_people(clinic, mailoutbox):
    ask(clinic, [*HOME, ("One More", date(1960, 1, 1)), ("Two More", date(1960, 1, 1))])
    deliver()
    assert len(mailoutbox) == MOST


def test_links_of_several_people_are_sent_at_once_too(clinic, mailoutbox):
    appointment_requests = ask(clinic, FAMILY)
    deliver()
    for each in appointment_requests:
        messages.send_lost_link(reference=each.reference, birth_date=each.patient.birth_date, now=MONDAY)
    deliver()
    assert len(mailoutbox) == 2 * len(FAMILY)


# -- a couple


@pytest.fixture
def couple(clinic):
    """Two people, one address, one calendar, one morning."""
    people = [{"name": "Pat Demo", "email": "us@example.org"}, {"name": "Alex Demo", "email": "us@example.org"}]
    return [clinic.appointment(clinic.slot(hour=9 + n), patient=person) for n, person in enumerate(people)]


def every_mail(clinic, couple):
    """Each kind of mail that a couple may get, as rendered."""
    by = lifecycle.staff(make_clerk())
    for hour, appointment in zip((13, 14), couple, strict=True):
        lifecycle.reschedule(appointment.pk, clinic.slot(hour=hour), by=by, now=MONDAY, override=WHY)
        messages.send_link(appointment.appointment_request, now=MONDAY)
        messages.reminder(f"r{appointment.pk}", appointment, clinic.slot().starts_at.date(), now=later(days=9))
        lifecycle.cancel(appointment.pk, "clinic", by=by, now=MONDAY)
    rows = Message.objects.exclude(kind="reminder").select_related("appointment__location")
    return {message: emails.render(message, now=MONDAY) for message in rows}


def test_each_subject_carries_the_number_of_its_own_request_and_no_name(clinic, couple):
    rendered = every_mail(clinic, couple)
    assert {message.kind for message in rendered} == {"confirmed", "rescheduled", "link", "cancelled_by_us"}
    for message, letter in rendered.items():
        mine, other = sorted(couple, key=lambda a: a.appointment_request_id != message.appointment_request_id)
        assert letter.subject.endswith(f"({mine.appointment_request})")
        assert f"Confirmation number: {mine.appointment_request}" in letter.text
        assert str(other.appointment_request) not in letter.subject
        assert not any(word in letter.subject for word in ("Pat", "Alex", "Demo", "Ellison", "spine"))


def test_a_reminder_carries_it_too(clinic, couple):
    day = clinic.slot().starts_at.date()
    for appointment in couple:
        messages.reminder(f"reminder {appointment.pk}", appointment, day, now=later(days=9))
    subjects = [emails.render(m, now=later(days=9)).subject for m in Message.objects.filter(kind="reminder")]
    assert sorted(subject[-13:-1] for subject in subjects) == sorted(str(a.appointment_request) for a in couple)


def summaries(couple, which):
    return [str(Calendar.from_ical(which(appointment)).walk("VEVENT")[0]["summary"]) for appointment in couple]


@pytest.mark.parametrize("kind", ["confirmed", "cancelled_by_us"])
def test_calendar_entries_tell_the_two_apart(clinic, couple, kind):
    by = lifecycle.staff(make_clerk())
    if kind == "cancelled_by_us":
        for appointment in couple:
            lifecycle.cancel(appointment.pk, "clinic", by=by, now=MONDAY)
    rendered = [emails.render(a.messages.get(kind=kind), now=MONDAY).calendar for a in couple]
    found = summaries(rendered, lambda calendar: calendar)
    assert found == [f"Appointment at Lantern Pier ({a.appointment_request})" for a in couple]


def test_the_entry_of_the_patients_page_does_too(client, clinic, couple):
    def download(appointment):
        secret = links.secret(appointment.appointment_request)
        return client.get(reverse("patient_page:calendar", args=[secret])).content

    found = summaries(couple, download)
    assert len(set(found)) == 2
    assert all("Demo" not in summary and "Ellison" not in summary for summary in found)


def test_the_number_stays_when_a_replacing_request_moves_the_appointment(clinic, appointment):
    """The mail has the number of the request that it answers, the entry the one that it always had."""
    by = lifecycle.staff(make_clerk())
    another = lifecycle.ask_for_another_time(appointment.pk, [], {}, by=lifecycle.PATIENT, now=MONDAY)
    lifecycle.confirm(another.pk, clinic.slot(day=7), by=by, now=later(minutes=1))
    letter = emails.render(another.messages.get(kind="rescheduled"), now=later(minutes=2))
    assert letter.subject.endswith(f"({another})")
    assert summaries([letter.calendar], lambda calendar: calendar)[0].endswith(f"({appointment.appointment_request})")


def test_a_limit_of_one_person_does_not_hold_up_the_next(clinic, mailoutbox):
    ask(clinic, [("June Demo", date(1951, 3, 9))] * 6)
    deliver()
    ask(clinic, [("Tom Demo", date(1949, 3, 9))], email="HOUSE@example.org")
    deliver(MONDAY + timedelta(minutes=1))
    assert len(mailoutbox) == 4
