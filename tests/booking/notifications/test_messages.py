"""What is queued with each transition, and what the mails say and do not say."""

import email as standard_email
import re

import pytest
from django.db import transaction
from django.utils.html import escape

from booking import lifecycle
from booking.models import Message
from booking.notifications import emails, links, messages, outbox, reminders
from clinic import practice_info
from clinic.models import Practice
from tests.builders import Clinic, later, make_clerk

pytestmark = pytest.mark.django_db
Kind, Status = Message.Kind, Message.Status

# What a mail must not say, whoever reads over the shoulder: specialty, procedure, reason, person.
TELLING = (
    r"\b(pain|spin|bone|backache|fracture|broken|kyphoplasty|vertebr|disc|nerve|injection|surgery|consult|treat"
    r"|procedure|doctor|dr\.|md\b|ellison|june|demo|1951|hurts|walker|interpreter|medicare)\w*"
)
SENTENCE = "We do not treat broken bones in the spine. Ask Dr. Ellison."


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-23 10:05")


@pytest.fixture
def clinic():
    clinic = Clinic()
    clinic.location.access = "Step-free door on the left."
    clinic.location.save()
    return clinic


@pytest.fixture
def asked(clinic):
    return clinic.request(clinic.slot(hour=10, minute=20), clinic.slot(day=4), note="my back hurts")


def confirm(clinic, asked, by=None):
    slot = clinic.slot(hour=10, minute=20)
    return lifecycle.confirm(asked.pk, slot, by=by or lifecycle.desk(make_clerk()), now=later(hours=1))


def one_of_each(clinic, asked):
    """A message of every kind, of the state that its verb leaves behind."""
    messages.send_link(asked, now=later())
    yield from asked.messages.all()
    by = lifecycle.desk(make_clerk())
    visit = confirm(clinic, asked)
    yield asked.messages.get(kind=Kind.CONFIRMED)
    for code, kind in [("clinic", Kind.CANCELLED_BY_US), ("patient", Kind.CANCELLED_BY_YOU)]:
        with transaction.atomic():
            lifecycle.cancel(visit.pk, code, by=by, now=later(hours=2))
            yield asked.messages.get(kind=kind)
            transaction.set_rollback(True)
    reminders.write(now=visit.starts_at.replace(day=2))
    yield asked.messages.get(kind=Kind.REMINDER)
    lifecycle.move_visit(visit.pk, clinic.slot(day=8), by=by, now=later(hours=2))
    yield asked.messages.get(kind=Kind.MOVED)
    lifecycle.strand(visit.pk, by=by, now=later(hours=3))
    yield Message.objects.get(kind=Kind.NEEDS_REBOOKING)
    yield from messages_of_an_offer(clinic, by)
    lifecycle.withdraw(clinic.request().pk, by=lifecycle.PATIENT, now=later())
    yield Message.objects.get(kind=Kind.WITHDRAWN)
    lifecycle.decline(clinic.request(note="my back hurts").pk, "not_ours", SENTENCE, by=by, now=later())
    yield Message.objects.get(kind=Kind.DECLINED)


def messages_of_an_offer(clinic, by):
    other = clinic.request(note="my back hurts")
    lifecycle.offer(other.pk, [clinic.slot(day=9)], later(days=1), by=by, now=later())
    yield other.messages.get(kind=Kind.OFFERED)
    lifecycle.expire_offers(now=later(days=1))
    yield other.messages.get(kind=Kind.OFFER_EXPIRED)
    lifecycle.waitlist(other.pk, by=by, now=later(days=1))
    yield other.messages.get(kind=Kind.WAITLISTED)
    lifecycle.offer(other.pk, [clinic.slot(day=9)], later(days=3), by=by, now=later(days=1))
    yield other.messages.get(kind=Kind.OPENING)
    lifecycle.close(other.pk, "Moved away.", by=by, now=later(days=1))
    yield other.messages.get(kind=Kind.CLOSED)


def whole(message):
    """Everything that leaves: headers, text and calendar entry, in clear, without the link (random letters)."""
    sent = emails.email(message, emails.render(message, now=later(hours=3))).message()
    parts = [str(sent.items())]
    for part in sent.walk():
        if not part.is_multipart():
            parts += [part.get("Content-Type"), part.get_payload(decode=True).decode().replace("\r\n ", "")]
    return "\n".join(parts).replace(links.absolute(message.request), "LINK")


def test_every_kind_has_a_mail_and_no_mail_says_more_than_that_there_is_a_visit(clinic, asked):
    seen = set()
    for message in one_of_each(clinic, asked):
        text = whole(message).replace("june@example.org", "").lower()
        assert re.findall(TELLING, text) == [], message.kind
        assert "lantern pier <desk@example.org>" in text
        assert "(718) 555-0142" in text
        assert "link" in text
        seen.add(message.kind)
    assert seen == set(Kind.values)


def test_the_words_are_plain_text_in_short_ascii_lines_with_nothing_escaped(clinic, asked):
    clinic.location.name = "Smith & Sons’ office"
    clinic.location.save()
    for message in one_of_each(clinic, asked):
        letter = emails.render(message, now=later(hours=3))
        assert "\n" not in letter.subject
        assert 8 < len(letter.subject) < 60
        assert not re.search(r"&#|&amp;|<|\xa0|\{|\n\n\n", letter.text + letter.subject)
        assert all(line == line.rstrip() for line in letter.text.splitlines())
        assert max(len(line) for line in letter.text.splitlines() if "http" not in line) < 150
    assert "Smith & Sons’ office" in emails.render(asked.messages.get(kind="confirmed"), now=later()).text


def test_the_receipt_says_when_we_answer_and_that_it_is_no_appointment(asked):
    letter = emails.render(asked.messages.get(), now=later())
    assert letter.subject == "We have your request"
    assert "We answer by Tuesday, November 24, 5:00 pm Eastern Time." in letter.text
    assert "not yet an appointment" in letter.text
    assert str(asked) in letter.text
    assert links.absolute(asked) in letter.text
    assert "10:20" not in letter.text  # the time asked for stands behind the birth date
    assert letter.calendar is None


def test_the_confirmation_says_day_time_zone_and_place_and_brings_the_entry(clinic, asked):
    confirm(clinic, asked)
    letter = emails.render(asked.messages.get(kind=Kind.CONFIRMED), now=later(hours=1))
    for words in ("Thursday, December 3, 10:20 am Eastern Time", "Pier Street office\n100 Example Street", "10:05 am"):
        assert words in letter.text
    assert b"METHOD:REQUEST" in letter.calendar


def test_the_calendar_entry_is_attached_with_its_method(clinic, asked):
    visit = confirm(clinic, asked)
    lifecycle.cancel(visit.pk, "clinic", by=lifecycle.desk(make_clerk()), now=later(hours=2))
    for kind, method in [(Kind.CONFIRMED, "REQUEST"), (Kind.CANCELLED_BY_US, "CANCEL")]:
        message = asked.messages.get(kind=kind)
        sent = emails.email(message, emails.render(message, now=later(hours=2))).message()
        part = standard_email.message_from_bytes(sent.as_bytes()).get_payload()[1]
        assert part.get_content_type() == "text/calendar"
        assert part.get_param("method") == method
        assert part.get_param("charset") == "utf-8"
        assert part.get_filename() == "visit.ics"


def test_our_answer_to_a_declined_request_is_not_in_the_mail(clinic, asked):
    lifecycle.decline(asked.pk, "not_ours", SENTENCE, by=lifecycle.desk(make_clerk()), now=later())
    letter = emails.render(asked.messages.get(kind=Kind.DECLINED), now=later())
    assert "treat" not in letter.text
    assert "open your page and give the patient’s birth date" in letter.text


def test_what_we_keep_of_a_mail_holds_no_link(asked):
    letter = emails.render(asked.messages.get(), now=later())
    assert links.secret(asked) in letter.text
    assert links.secret(asked) not in letter.copy
    assert "~" not in letter.copy
    assert letter.copy.startswith(letter.subject)


def test_a_waiting_message_holds_no_address_text_or_link(asked):
    row = str(Message.objects.filter(request=asked).values().get())
    assert "@" not in row
    assert "~" not in row
    assert "sent_copy': ''" in row


def test_a_message_sent_twice_has_one_id_that_tells_nothing(clinic, asked):
    message = asked.messages.get()
    mails = [emails.email(message, emails.render(message, now=later(hours=hours))) for hours in (0, 9)]
    ids = {each.extra_headers["Message-ID"] for each in mails}
    assert len(ids) == 1
    assert re.fullmatch(r"<[0-9a-f-]{36}@example\.org>", ids.pop())


def test_the_sender_is_the_neutral_name_whatever_signs_stand_in_it(asked):
    Practice.objects.update(neutral_name='Pier, "the" Lantern Ä')
    practice_info.forget()
    message = asked.messages.get()
    sent = emails.email(message, emails.render(message, now=later())).message()
    assert standard_email.utils.parseaddr(sent["From"])[1] == "desk@example.org"


def test_the_same_words_stand_in_the_look_of_the_house(clinic, asked):
    for message in one_of_each(clinic, asked):
        letter = emails.render(message, now=later(hours=3))
        plain = " ".join(re.sub(r"<[^>]+>", " ", letter.html.split("<body")[1].partition(">")[2]).split())
        for line in filter(None, letter.text.splitlines()):
            assert "http" in line or escape(line) in plain, (message.kind, line)
        assert letter.html.count(f'href="{links.absolute(message.request)}"') == 1
        assert "<script" not in letter.html
        assert set(re.findall(r"#[0-9a-f]{6}", letter.html)) <= set(emails.COLOURS.values())


def test_nothing_that_anyone_typed_stands_in_a_mail(clinic):
    typed = {"name": "Free Viagra http://spam.example", "language": "Spamish"}
    asked = clinic.request(clinic.slot(), note="http://spam.example", patient=typed)
    assert "spam" not in whole(asked.messages.get()).lower()
    confirmed = lifecycle.confirm(asked.pk, clinic.slot(), by=lifecycle.desk(make_clerk()), now=later())
    assert "spam" not in whole(confirmed.request.messages.get(kind=Kind.CONFIRMED)).lower()


@pytest.mark.parametrize("name", ["Pier\nBcc: all@example.org", "Pier\r\n\r\nHello"])
def test_a_line_break_in_a_name_is_no_header_and_fails_without_harm(asked, name):
    Practice.objects.update(neutral_name=name)
    practice_info.forget()
    message = outbox.claim(now=later())
    assert outbox.deliver(message, outbox.Post(), now=later()) == Status.FAILED


# -- the queue


def test_every_transition_queues_exactly_one_message(clinic, asked):
    visit = confirm(clinic, asked)
    lifecycle.cancel(visit.pk, "patient", by=lifecycle.PATIENT, now=later(hours=2))
    kinds = list(asked.messages.order_by("pk").values_list("kind", "status", "sequence"))
    assert kinds == [
        ("received", Status.SUPERSEDED, 0),
        ("confirmed", Status.SUPERSEDED, 0),
        ("cancelled_by_you", Status.QUEUED, 1),
    ]


def test_a_transition_that_fails_queues_nothing(clinic, asked):
    visit = confirm(clinic, asked)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(visit.pk, "patient", by=lifecycle.PATIENT, now=visit.starts_at)
    assert asked.messages.filter(kind=Kind.CANCELLED_BY_YOU).count() == 0


def test_without_an_e_mail_the_desk_is_to_call(clinic):
    asked = clinic.request(patient={"email": ""})
    assert asked.messages.get().status == Status.TOLD  # the receipt stood on the screen
    confirm(clinic, asked)
    assert asked.messages.get(kind=Kind.CONFIRMED).status == Status.TO_CALL


# -- the lost link


def test_the_link_is_queued_again_three_times_an_hour_and_no_more(asked):
    queued = [messages.send_link(asked, now=later(minutes=n)) is not None for n in range(5)]
    assert queued == [True, True, True, False, False]
    assert messages.send_link(asked, now=later(hours=2))


def test_three_an_hour_are_for_an_address_not_for_each_of_its_requests(clinic, asked):
    other = clinic.request(patient={"email": "June@Example.org"})
    assert all(messages.send_link(asked, now=later()) for _ in range(3))
    assert messages.send_link(other, now=later()) is None
    third = clinic.request(patient={"email": "may@example.org"})
    assert messages.send_link(third, now=later())


def test_no_link_goes_out_without_an_e_mail(clinic):
    asked = clinic.request(patient={"email": ""})
    assert messages.send_link(asked, now=later()) is None
    assert asked.messages.filter(kind=Kind.LINK).count() == 0


def test_the_link_goes_only_to_who_knows_reference_and_birth_date_while_it_lives(asked):
    right = {"reference": asked.reference, "birth_date": asked.patient.birth_date}
    messages.send_lost_link(**right | {"birth_date": right["birth_date"].replace(year=1952)}, now=later())
    messages.send_lost_link(**right | {"reference": "2222222222"}, now=later())
    assert asked.messages.filter(kind=Kind.LINK).count() == 0
    messages.send_lost_link(**right, now=later())
    assert asked.messages.filter(kind=Kind.LINK).count() == 1
    lifecycle.withdraw(asked.pk, by=lifecycle.PATIENT, now=later())
    messages.send_lost_link(**right, now=later(days=91))
    assert asked.messages.filter(kind=Kind.LINK, due_at__gte=later(days=1)).count() == 0
