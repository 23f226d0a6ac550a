"""What each transition queues, and what the emails say and do not say."""

import email as standard_email
import re
from html.parser import HTMLParser

import pytest
from django.utils.html import escape

from booking import lifecycle
from booking.models import Message
from booking.notifications import emails, links, messages, not_you, outbox
from clinic import practice_info
from clinic.models import Practice
from tests.booking.notifications.every_kind import SENTENCE, confirm, one_of_each
from tests.builders import later, make_clerk
from tests.contrast import contrast

pytestmark = [pytest.mark.once, pytest.mark.django_db]
Kind, Status = Message.Kind, Message.Status

# What an email must not say, because others may read it: specialty, procedure, reason, person.
NOTIFYING = (
    r"\b(pain|spin|bone|backache|fracture|broken|kyphoplasty|vertebr|disc|nerve|injection|surgery|consult|treat"
    r"|procedure|doctor|dr\.|md\b|ellison|june|demo|1951|hurts|walker|interpreter|medicare)\w*"
)
WITH_CALENDAR = (Kind.CONFIRMED, Kind.RESCHEDULED, Kind.CANCELLED_BY_US, Kind.CANCELLED_BY_YOU)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-23 10:05")


@pytest.fixture
def clinic(clinic):
    clinic.location.access = "Step-free door on the left."
    clinic.location.save()
    return clinic


@pytest.fixture
def appointment_request(clinic):
    return clinic.appointment_request(clinic.slot(hour=10, minute=20), clinic.slot(day=4), note="my back hurts")


def whole(message):
    """Everything that is sent, decoded: headers, text and calendar entry, without the link (random letters)."""
    sent = emails.email(message, emails.render(message, now=later(hours=3))).message()
    parts = [str(sent.items())]
    for part in sent.walk():
        if not part.is_multipart():
            parts += [part.get("Content-Type"), part.get_payload(decode=True).decode().replace("\r\n ", "")]
    return "\n".join(parts).replace(links.absolute(message.appointment_request), "LINK")


def test_every_kind_has_an_email_that_says_no_more_than_that_there_is_an_appointment(clinic, appointment_request):
    seen = set()
    for message in one_of_each(clinic, appointment_request):
        text = whole(message).replace("june@example.org", "").lower()
        assert re.findall(NOTIFYING, text) == [], message.kind
        assert "lantern pier <desk@example.org>" in text
        assert "(718) 555-0142" in text
        assert "link" in text
        seen.add(message.kind)
    assert seen == set(Kind.values)


def test_the_text_is_plain_in_short_ascii_lines_without_escapes(clinic, appointment_request):
    clinic.location.name = "Smith & Sons’ office"
    clinic.location.save()
    for message in one_of_each(clinic, appointment_request):
        letter = emails.render(message, now=later(hours=3))
        assert "\n" not in letter.subject
        assert 8 < len(letter.subject) < 75
        assert not re.search(r"&#|&amp;|<|\xa0|\{|\n\n\n", letter.text + letter.subject)
        assert all(line == line.rstrip() for line in letter.text.splitlines())
        assert max(len(line) for line in letter.text.splitlines() if "http" not in line) < 150
    assert "Smith & Sons’ office" in emails.render(appointment_request.messages.get(kind="confirmed"), now=later()).text


def test_the_receipt_says_when_we_answer_and_that_it_is_no_appointment(appointment_request):
    letter = emails.render(appointment_request.messages.get(), now=later())
    assert letter.subject == f"We have your request ({appointment_request})"
    assert "We’ll answer by Tuesday, November 24, 5:00 pm Eastern Time." in letter.text
    assert "not yet an appointment" in letter.text
    assert str(appointment_request) in letter.text
    assert links.absolute(appointment_request) in letter.text
    assert "10:20" not in letter.text  # the requested time is shown only after the date of birth
    assert letter.calendar is None


def test_the_confirmation_says_day_time_zone_and_office_and_has_the_calendar_entry(clinic, appointment_request):
    confirm(clinic, appointment_request)
    letter = emails.render(appointment_request.messages.get(kind=Kind.CONFIRMED), now=later(hours=1))
    for words in ("Thursday, December 3, 10:20 am Eastern Time", "Pier Street office\n100 Example Street", "10:05 am"):
        assert words in letter.text
    assert b"METHOD:REQUEST" in letter.calendar


def test_the_calendar_entry_is_attached_with_its_method(clinic, appointment_request):
    appointment = confirm(clinic, appointment_request)
    lifecycle.cancel(appointment.pk, "clinic", by=lifecycle.staff(make_clerk()), now=later(hours=2))
    for kind, method in [(Kind.CONFIRMED, "REQUEST"), (Kind.CANCELLED_BY_US, "CANCEL")]:
        message = appointment_request.messages.get(kind=kind)
        sent = emails.email(message, emails.render(message, now=later(hours=2))).message()
        part = standard_email.message_from_bytes(sent.as_bytes()).get_payload()[1]
        assert part.get_content_type() == "text/calendar"
        assert part.get_param("method") == method
        assert part.get_param("charset") == "utf-8"
        assert part.get_filename() == "appointment.ics"


def test_our_answer_to_a_declined_request_is_not_in_the_email(clinic, appointment_request):
    lifecycle.decline(appointment_request.pk, "not_ours", SENTENCE, by=lifecycle.staff(make_clerk()), now=later())
    letter = emails.render(appointment_request.messages.get(kind=Kind.DECLINED), now=later())
    assert "treat" not in letter.text
    assert "open your page and enter the patient’s date of birth" in letter.text


def test_the_stored_copy_of_an_email_has_no_link(appointment_request):
    letter = emails.render(appointment_request.messages.get(), now=later())
    assert links.secret(appointment_request) in letter.text
    assert links.secret(appointment_request) not in letter.copy
    assert "~" not in letter.copy
    assert letter.copy.startswith(letter.subject)


def test_a_queued_message_contains_no_address_text_or_link(appointment_request):
    row = str(Message.objects.filter(appointment_request=appointment_request).values().get())
    assert "@" not in row
    assert "~" not in row
    assert "sent_copy': ''" in row


def test_a_message_sent_twice_has_one_id_that_reveals_nothing(clinic, appointment_request):
    message = appointment_request.messages.get()
    mails = [emails.email(message, emails.render(message, now=later(hours=hours))) for hours in (0, 9)]
    ids = {each.extra_headers["Message-ID"] for each in mails}
    assert len(ids) == 1
    assert re.fullmatch(r"<[0-9a-f-]{36}@example\.org>", ids.pop())


def test_the_sender_is_the_neutral_name_whatever_characters_it_contains(appointment_request):
    Practice.objects.update(neutral_name='Pier, "the" Lantern Ä')
    practice_info.forget()
    message = appointment_request.messages.get()
    sent = emails.email(message, emails.render(message, now=later())).message()
    assert standard_email.utils.parseaddr(sent["From"])[1] == "desk@example.org"


def test_the_html_has_the_same_words_in_our_design(clinic, appointment_request):
    for message in one_of_each(clinic, appointment_request):
        letter = emails.render(message, now=later(hours=3))
        inline = re.sub(r"</?(a|span|strong)\b[^>]*>", "", letter.html.partition("<h1")[2])
        plain = " ".join(re.sub(r"<[^>]+>", " ", inline).split())
        for line in filter(None, letter.text.splitlines()):
            assert "http" in line or escape(line.removesuffix(":")) in plain, (message.kind, line)
        links_in = re.findall(r'href="(http[^"]+)"', letter.html)
        one = message.appointment_request
        assert links_in == [links.absolute(one), not_you.absolute(one)], message.kind  # one button, and the way out
        assert "<script" not in letter.html
        assert set(re.findall(r"#[0-9a-f]{6}", letter.html)) <= set(emails.COLORS.values())


def test_every_mail_begins_with_its_reason_and_can_be_answered_stopped_and_called(clinic, appointment_request):
    for message in one_of_each(clinic, appointment_request):
        letter = emails.render(message, now=later(hours=3))
        assert not letter.text.startswith("Hello"), message.kind
        assert letter.text.count("Not you? Tell us:") == 1, message.kind
        phones = re.findall(r"<a\s[^>]*?href=\"tel:([^\"]+)\"[^>]*>([^<]+)</a>", letter.html)
        assert ("+17185550142", "(718)\xa0555-0142") in phones, message.kind
        assert letter.html.count("(718)\xa0555-0142") == letter.html.count('"tel:+17185550142"'), message.kind
        assert emails.email(message, letter).message()["Reply-To"] == "desk@example.org", message.kind
        assert bool(letter.calendar) == (message.kind in WITH_CALENDAR), message.kind  # an entry cannot be taken back


def test_an_offer_says_in_its_subject_until_when_and_a_reminder_for_which_day(clinic, appointment_request):
    fresh = (Message.objects.get(pk=message.pk) for message in one_of_each(clinic, appointment_request))
    subjects = {message.kind: emails.render(message, now=later()).subject for message in fresh}
    assert subjects[Kind.OFFERED].startswith("Please choose a time by Tuesday")
    assert subjects[Kind.REMINDER].startswith("Reminder: your appointment on Thursday")
    assert not [subject for subject in subjects.values() if "june" in subject.lower()]


def test_a_mail_is_light_and_every_word_of_it_stands_out_from_its_ground(clinic, appointment_request):
    for message in one_of_each(clinic, appointment_request):
        html = emails.render(message, now=later(hours=3)).html
        assert re.findall(r"(?:color|background):\s*(?!\s|#[0-9a-f]{6})", html) == [], message.kind
        assert re.findall(r"solid (?!#[0-9a-f]{6})", html) == [], message.kind
        words = Painted.of(html)
        assert {ground for _text, _front, ground in words} >= {"#fbfaf6", "#0b5c5a"}
        for text, front, ground in words:
            assert contrast(front, ground) >= 4.5, (message.kind, text)


class Painted(HTMLParser):
    """Each text of a page, with its color and its ground as the styles in the tags set them."""

    def __init__(self):
        super().__init__()
        self.colors, self.words = [("#000000", "#ffffff")], []

    @classmethod
    def of(cls, html):
        parser = cls()
        parser.feed(html.partition("</head>")[2])
        return parser.words

    def handle_starttag(self, tag, attrs):
        style = dict(attrs).get("style") or ""
        front, ground = (re.search(rf"(?:^|;)\s*{name}:\s*(#\w+)", style) for name in ("color", "background"))
        color, under = self.colors[-1]
        if tag not in ("br", "meta", "img"):
            self.colors.append((front[1] if front else color, ground[1] if ground else under))

    def handle_endtag(self, tag):
        self.colors.pop()

    def handle_data(self, data):
        if data.strip():
            self.words.append((data.strip(), *self.colors[-1]))


def test_no_free_text_is_in_an_email(clinic):
    typed = {"name": "Free Viagra http://spam.example", "language": "Spamish"}
    appointment_request = clinic.appointment_request(clinic.slot(), note="http://spam.example", patient=typed)
    assert "spam" not in whole(appointment_request.messages.get()).lower()
    confirmed = lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(make_clerk()), now=later())
    assert "spam" not in whole(confirmed.appointment_request.messages.get(kind=Kind.CONFIRMED)).lower()


@pytest.mark.parametrize("name", ["Pier\nBcc: all@example.org", "Pier\r\n\r\nHello"])
def test_a_line_break_in_a_name_adds_no_header_and_fails_without_harm(appointment_request, name):
    Practice.objects.update(neutral_name=name)
    practice_info.forget()
    message = outbox.claim(now=later())
    assert outbox.deliver(message, outbox.Post(), now=later()) == Status.FAILED


# -- the queue


def test_every_transition_queues_exactly_one_message(clinic, appointment_request):
    appointment = confirm(clinic, appointment_request)
    lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=later(hours=2))
    kinds = list(appointment_request.messages.order_by("pk").values_list("kind", "status", "sequence"))
    assert kinds == [
        ("received", Status.SUPERSEDED, 0),
        ("confirmed", Status.SUPERSEDED, 0),
        ("cancelled_by_you", Status.QUEUED, 1),
    ]


def test_a_failed_transition_queues_nothing(clinic, appointment_request):
    appointment = confirm(clinic, appointment_request)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=appointment.starts_at)
    assert appointment_request.messages.filter(kind=Kind.CANCELLED_BY_YOU).count() == 0


def test_without_email_the_desk_must_call(clinic):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    assert appointment_request.messages.get().status == Status.NOTIFIED  # the receipt was shown on the screen
    confirm(clinic, appointment_request)
    assert appointment_request.messages.get(kind=Kind.CONFIRMED).status == Status.TO_CALL


# -- the lost link


def test_the_link_is_queued_again_at_most_three_times_an_hour(appointment_request):
    queued = [messages.send_link(appointment_request, now=later(minutes=n)) is not None for n in range(5)]
    assert queued == [True, True, True, False, False]
    assert messages.send_link(appointment_request, now=later(hours=2))


def test_the_limit_is_per_address_and_not_per_request(clinic, appointment_request):
    other = clinic.appointment_request(patient={"email": "June@Example.org"})
    assert all(messages.send_link(appointment_request, now=later()) for _ in range(3))
    assert messages.send_link(other, now=later()) is None
    third = clinic.appointment_request(patient={"email": "may@example.org"})
    assert messages.send_link(third, now=later())


def test_no_link_is_sent_without_an_email_address(clinic):
    appointment_request = clinic.appointment_request(patient={"email": ""})
    assert messages.send_link(appointment_request, now=later()) is None
    assert appointment_request.messages.filter(kind=Kind.LINK).count() == 0


def test_the_link_is_sent_only_for_a_matching_number_and_date_of_birth_while_it_is_valid(appointment_request):
    right = {"reference": appointment_request.reference, "birth_date": appointment_request.patient.birth_date}
    messages.send_lost_link(**right | {"birth_date": right["birth_date"].replace(year=1952)}, now=later())
    messages.send_lost_link(**right | {"reference": "2222222222"}, now=later())
    assert appointment_request.messages.filter(kind=Kind.LINK).count() == 0
    messages.send_lost_link(**right, now=later())
    assert appointment_request.messages.filter(kind=Kind.LINK).count() == 1
    lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=later())
    messages.send_lost_link(**right, now=later(days=91))
    assert appointment_request.messages.filter(kind=Kind.LINK, due_at__gte=later(days=1)).count() == 0
