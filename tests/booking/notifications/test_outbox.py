"""The outbox: due messages are sent at least once and at most twice, even if a worker dies or one message is bad."""

import os
import re
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail import get_connection
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from booking import lifecycle
from booking.lifecycle.holds import release_expired
from booking.models import Appointment, Message
from booking.notifications import links, messages, outbox
from clinic import practice_info, rate_limits
from clinic.models import RateLimitCounter
from tests.builders import MONDAY, Clinic, later, make_clerk, make_practitioner

ROOT = Path(__file__).resolve().parents[3]
Status = Message.Status
alone = pytest.mark.django_db
together = pytest.mark.django_db(transaction=True)  # visible to other processes


def deliver(now=MONDAY):
    return outbox.deliver_due(clock=lambda: now)


def state(message):
    message.refresh_from_db()
    return message.status


# -- one worker


@alone
def test_a_request_gets_one_email_with_its_link(appointment_request, mailoutbox):
    assert deliver() == {Status.SENT: 1}
    assert deliver() == {}
    assert [sent.to for sent in mailoutbox] == [["june@example.org"]]
    assert links.absolute(appointment_request) in mailoutbox[0].body


@alone
def test_a_sent_message_is_stored_without_the_link(appointment_request, mailoutbox):
    deliver()
    message = appointment_request.messages.get()
    assert (message.status, message.sent_at, message.attempts) == (Status.SENT, MONDAY, 1)
    assert "We’ll answer by Tuesday, November 24" in message.sent_copy
    assert links.secret(appointment_request) not in message.sent_copy
    assert links.secret(appointment_request) in mailoutbox[0].body


@alone
def test_the_email_of_a_desk_verb_waits_until_it_can_no_longer_be_undone(clinic, appointment_request, mailoutbox):
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(make_clerk()), now=MONDAY)
    assert deliver(later(seconds=59)) == {}
    assert deliver(later(seconds=60)) == {Status.SENT: 1}
    assert mailoutbox[0].attachments


@alone
def test_an_email_says_what_is_true_when_it_is_sent_not_when_it_was_queued(clinic, appointment_request, mailoutbox):
    appointment_request.patient.email = "new@example.org"
    appointment_request.patient.save()
    clinic.practice.neutral_name = "The Pier"
    clinic.practice.save()
    practice_info.forget()
    deliver()
    assert mailoutbox[0].to == ["new@example.org"]
    assert mailoutbox[0].from_email.startswith("The Pier <")


@alone
def test_a_message_superseded_while_it_was_claimed_is_not_sent(clinic, appointment_request, mailoutbox):
    appointment = lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.PATIENT, now=MONDAY)
    claimed = outbox.claim(now=MONDAY)
    lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=MONDAY)
    assert outbox.deliver(claimed, outbox.Post(), now=MONDAY) == Status.SUPERSEDED
    assert deliver() == {Status.SENT: 1}
    assert [sent.subject for sent in mailoutbox] == [f"You canceled your appointment ({appointment_request})"]


@alone
def test_after_an_undo_the_receipt_is_sent(clinic, appointment_request, mailoutbox):
    clerk = make_clerk()
    lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.staff(clerk), now=MONDAY)
    lifecycle.undo(appointment_request.events.get(verb="confirm").pk, user=clerk, now=later(seconds=30))
    assert deliver(later(minutes=2)) == {Status.SENT: 1}
    assert mailoutbox[0].subject == f"We have your request ({appointment_request})"


@alone
def test_a_confirmation_that_is_too_late_is_not_sent(clinic, appointment_request, mailoutbox):
    appointment = lifecycle.confirm(appointment_request.pk, clinic.slot(), by=lifecycle.PATIENT, now=MONDAY)
    assert deliver(appointment.ends_at) == {Status.SUPERSEDED: 1}
    assert mailoutbox == []


@alone
def test_if_the_address_was_removed_the_desk_must_call(appointment_request, mailoutbox):
    appointment_request.patient.email = ""
    appointment_request.patient.save()
    assert deliver() == {Status.TO_CALL: 1}
    assert mailoutbox == []


@alone
def test_receipts_about_one_person_are_limited_to_three_an_hour_and_the_rest_follow_later(clinic, mailoutbox):
    for _ in range(5):
        clinic.appointment_request()
    assert deliver() == {Status.SENT: 3, Status.QUEUED: 2}
    assert deliver(later(minutes=59)) == {}
    assert deliver(later(minutes=61)) == {Status.SENT: 2}


@alone
def test_our_answers_are_never_delayed(clinic, mailoutbox):
    appointments = [clinic.appointment(clinic.slot(hour=hour)) for hour in (9, 11, 13, 15)]
    assert deliver(later(minutes=1)) == {Status.SENT: len(appointments)}


# -- failures


class Failing:
    """A mail server that refuses some addresses in some way."""

    def __init__(self, monkeypatch):
        self.errors, self.opened = {}, 0
        self.real = get_connection("django.core.mail.backends.locmem.EmailBackend")
        monkeypatch.setattr(outbox, "get_connection", lambda: self)

    def open(self):
        self.opened += 1
        if "open" in self.errors:
            raise self.errors["open"]

    def send_messages(self, mails):
        for error in filter(None, [self.errors.get(mails[0].to[0])]):
            raise error
        return self.real.send_messages(mails)

    def close(self):
        raise SMTPServerDisconnected("it was gone")


@pytest.fixture
def server(monkeypatch):
    return Failing(monkeypatch)


def message_to(clinic, address):
    return clinic.appointment_request(patient={"email": address}).messages.get()


@alone
def test_one_bad_message_does_not_stop_the_others(clinic, server, mailoutbox):
    bad, worse, good = (message_to(clinic, f"{name}@example.org") for name in ("bad", "worse", "good"))
    server.errors = {
        "bad@example.org": SMTPServerDisconnected("550 bad@example.org"),
        "worse@example.org": ZeroDivisionError("worse@example.org"),
    }
    assert deliver() == {Status.QUEUED: 2, Status.SENT: 1}
    assert [state(bad), state(worse), state(good)] == [Status.QUEUED, Status.QUEUED, Status.SENT]
    assert (bad.failure, worse.failure) == ("SMTPServerDisconnected", "ZeroDivisionError")


@alone
@pytest.mark.parametrize("address", ["june@example.org\nBcc: all@example.org", "a@b@c", "a@x.org, b@y.org", "é"])
def test_an_invalid_address_raises_nothing_and_reaches_nobody(
    clinic, appointment_request, settings, mailoutbox, address
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # locmem accepts any
    appointment_request.patient.email = address
    appointment_request.patient.save()
    with smtp() as post_office:
        settings.EMAIL_PORT, settings.EMAIL_HOST = post_office.port, "127.0.0.1"
        deliver()
    assert post_office.received == []
    assert state(appointment_request.messages.get()) in (Status.FAILED, Status.QUEUED)


@alone
def test_it_retries_after_1_5_25_and_60_minutes_and_gives_up_after_8_tries(clinic, server):
    message, now, waits = message_to(clinic, "june@example.org"), MONDAY, []
    server.errors = {"june@example.org": TimeoutError("june@example.org")}
    while deliver(now) == {Status.QUEUED: 1}:
        message.refresh_from_db()
        waits.append((message.due_at - now) // timedelta(minutes=1))
        now = message.due_at
    assert waits == [1, 5, 25, 60, 60, 60, 60]
    assert (state(message), message.attempts, message.failure) == (Status.FAILED, 8, "TimeoutError")


@alone
def test_an_address_that_the_server_rejects_permanently_fails_at_once(clinic, server):
    for_good, for_now = message_to(clinic, "gone@example.org"), message_to(clinic, "full@example.org")
    server.errors = {
        "gone@example.org": SMTPRecipientsRefused({"gone@example.org": (550, b"no such user")}),
        "full@example.org": SMTPRecipientsRefused({"full@example.org": (452, b"mailbox full")}),
    }
    assert deliver() == {Status.FAILED: 1, Status.QUEUED: 1}
    assert (state(for_good), state(for_now)) == (Status.FAILED, Status.QUEUED)


@alone
@pytest.mark.parametrize(
    ("code", "becomes"),
    [(550, "failed"), (553, "failed"), (554, "failed"), (451, "queued"), (421, "queued")],
)
def test_so_it_is_when_the_server_says_so_after_the_whole_message(clinic, server, caplog, code, becomes):
    """A WARNING names the kind of failure, and nothing of the person."""
    message = message_to(clinic, "gone@example.org")
    server.errors = {"gone@example.org": SMTPDataError(code, b"gone@example.org is unknown")}
    with caplog.at_level("WARNING", logger="booking.notifications.outbox"):
        assert deliver() == {becomes: 1}
    assert caplog.messages == [f"message {message.pk}: SMTPDataError, {becomes}"]


@alone
def test_a_mail_server_that_is_down_costs_one_try_per_round_and_a_later_round_sends_all(clinic, server, mailoutbox):
    for name in ("a", "b", "c"):
        message_to(clinic, f"{name}@example.org")
    server.errors = {"open": ConnectionRefusedError()}
    assert deliver() == {Status.QUEUED: 1}
    assert server.opened == 1
    server.errors = {}
    assert deliver(later(minutes=1)) == {Status.SENT: 3}


@alone
def test_after_an_error_the_next_message_gets_a_new_connection(clinic, server, mailoutbox):
    for name in ("a", "b", "c", "d"):
        message_to(clinic, f"{name}@example.org")
    server.errors = {"b@example.org": SMTPServerDisconnected()}
    deliver()
    assert server.opened == 2
    assert len(mailoutbox) == 3


@alone
def test_a_message_that_kills_its_workers_is_given_up(appointment_request, mailoutbox):
    now = MONDAY
    for _ in range(outbox.MOST_ATTEMPTS):
        assert outbox.claim(now=now)
        now += outbox.LEASE
    assert deliver(now) == {Status.FAILED: 1}
    assert mailoutbox == []


# -- several workers


@alone
def test_a_claimed_message_belongs_to_its_worker_until_the_lease_ends(appointment_request):
    assert outbox.claim(now=MONDAY)
    assert outbox.claim(now=later(minutes=4, seconds=59)) is None
    again = outbox.claim(now=later(minutes=5))
    assert again.attempts == 2


@alone
def test_a_worker_whose_lease_has_ended_does_not_overwrite_its_successor(appointment_request, mailoutbox):
    slow = outbox.claim(now=MONDAY)
    quick = outbox.claim(now=later(minutes=5))
    assert outbox.deliver(quick, outbox.Post(), now=later(minutes=6)) == Status.SENT
    outbox._mark(slow, Status.QUEUED, failure="TimeoutError")
    assert state(quick) == Status.SENT


@contextmanager
def smtp(pause=0.0):
    """A mail server in a thread. `pause`: seconds between receiving an email and answering."""

    class Talk(socketserver.StreamRequestHandler):
        def handle(self):
            self.server.connections += 1
            with suppress(OSError):  # a worker was killed
                self.say("220 ready")
                for line in self.rfile:
                    self.answer(line.strip().upper())

        def answer(self, line):
            if line != b"DATA":
                return self.say("221 bye" if line == b"QUIT" else "250 ok")
            self.say("354 go on")
            self.server.begun.set()
            received = list(iter(self.read_line, b".\r\n"))
            time.sleep(pause)
            self.server.received.append(b"".join(received).decode())
            return self.say("250 kept")

        def read_line(self):
            if line := self.rfile.readline():
                return line
            raise OSError("The worker was killed.")  # at its end a file goes on giving empty lines

        def say(self, words):
            self.wfile.write(words.encode() + b"\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads, server.port = True, server.server_address[1]
    server.received, server.connections, server.begun = [], 0, threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def database_url():
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{Path(database['NAME']).resolve()}"
    return f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST'] or database['OPTIONS']['host']}"


@contextmanager
def workers(*, email_url, number=1):
    """Real workers, each a process of its own; all end with the test."""
    environment = os.environ | {"DATABASE_URL": database_url(), "EMAIL_URL": email_url}
    environment |= {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "manage.py", "run_worker"]
    started = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(number)
    ]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.communicate()


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def just_requested():
    """A request sent just now, by the workers' clock."""
    return Clinic().appointment_request(now=timezone.now())


def queue_links(appointment_request, number):
    now = timezone.now()
    Message.objects.bulk_create(
        Message(kind=Message.Kind.LINK, appointment_request=appointment_request, status=Status.QUEUED, due_at=now)
        for _ in range(number)
    )


@together
def test_three_workers_send_200_messages_and_none_twice(just_requested, tmp_path):
    queue_links(just_requested, 199)
    with workers(email_url=f"filemail:///{tmp_path}", number=3) as three:
        wait_for(lambda: not Message.objects.exclude(status=Status.SENT).exists(), seconds=60)
        for worker in three:
            worker.terminate()
        logs = [worker.communicate(timeout=20)[1] for worker in three]
    ids = Counter(re.findall(r"^Message-ID: (\S+)", "".join(f.read_text() for f in tmp_path.iterdir()), re.MULTILINE))
    assert (len(ids), max(ids.values())) == (200, 1)
    assert Counter(Message.objects.values_list("status", "attempts")) == {(Status.SENT, 1): 200}
    assert sum(int(number) for log in logs for number in re.findall(r"sent (\d+)", log)) == 200
    assert "@" not in "".join(logs)


@together
def test_the_message_of_a_killed_worker_is_sent_after_its_lease(just_requested, mailoutbox):
    with smtp(pause=30) as post_office, workers(email_url=f"smtp://127.0.0.1:{post_office.port}"):
        assert post_office.begun.wait(timeout=20)  # and at the end of this block it is killed
    assert state(just_requested.messages.get()) == Status.SENDING
    assert deliver(timezone.now()) == {}
    assert deliver(timezone.now() + outbox.LEASE) == {Status.SENT: 1}
    assert len(mailoutbox) == 1


@together
def test_a_worker_told_to_stop_finishes_its_claimed_message(just_requested):
    queue_links(just_requested, 5)
    with smtp(pause=0.5) as post_office, workers(email_url=f"smtp://127.0.0.1:{post_office.port}") as [worker]:
        assert post_office.begun.wait(timeout=20)
        worker.terminate()
        log = worker.communicate(timeout=20)[1]
        assert worker.returncode == 0, log
        assert len(post_office.received) == 1
    assert Counter(Message.objects.values_list("status", flat=True)) == {Status.SENT: 1, Status.QUEUED: 5}


@together
def test_a_round_uses_one_connection_and_an_idle_worker_logs_nothing(just_requested):
    queue_links(just_requested, 5)
    with smtp() as post_office, workers(email_url=f"smtp://127.0.0.1:{post_office.port}") as [worker]:
        wait_for(lambda: not Message.objects.exclude(status=Status.SENT).exists())
        time.sleep(2.5)  # one more round, with nothing to do
        worker.send_signal(signal.SIGINT)
        log = worker.communicate(timeout=20)[1]
        assert worker.returncode == 0
        assert (len(post_office.received), post_office.connections) == (6, 1)
    said = [line.split("run_worker ")[1] for line in log.splitlines()]
    assert [words for words in said if "free pages" not in words] == [
        "sent 6"
    ]  # which are wiped at night, if it is night


# -- what else the worker does


@alone
def test_expired_holds_are_released_and_their_requests_stay_in_the_queue(clinic):
    other = make_practitioner(clinic.appointment_type, clinic.location)
    appointment_requests = [
        clinic.appointment_request(clinic.slot()),
        clinic.appointment_request(clinic.slot(practitioner=other)),
    ]
    until = max(hold.held_until for hold in Appointment.objects.all())
    assert release_expired(now=until - timedelta(hours=1)) == 0
    assert release_expired(now=until) == 2
    assert release_expired(now=until) == 0
    assert set(Appointment.objects.values_list("status", flat=True)) == {"released"}
    for request in appointment_requests:
        request.refresh_from_db()
        assert request.status == "new"
        event = request.events.last()
        assert (event.verb, event.actor, event.by) == ("expire", "worker", None)


@alone
def test_a_round_without_expired_holds_takes_no_write_lock(clinic, django_assert_num_queries):
    clinic.appointment_request(clinic.slot())
    with django_assert_num_queries(1):
        release_expired(now=MONDAY)


@alone
def test_one_round_sends_releases_and_deletes(clinic, mailoutbox, client, caplog):
    now = timezone.now()
    clinic.appointment_request(clinic.slot(), now=now)
    rate_limits.hit("something", limit=1, window=timedelta(minutes=1), now=now - timedelta(hours=1))
    session = client.session
    session.set_expiry(-1)
    session["answers"] = "old"
    session.save()
    Appointment.objects.update(held_until=now)
    with caplog.at_level("INFO", logger="booking.management.commands.run_worker"):
        call_command("run_worker", "--once")
    assert len(mailoutbox) == 1
    assert Appointment.objects.get().status == "released"
    assert not session.exists(session.session_key)
    assert not RateLimitCounter.objects.filter(until__lte=timezone.now()).exists()
    assert [record.getMessage() for record in caplog.records] == ["sent 1, released 1", "counters 1"]


@alone
def test_a_failed_job_is_logged_only_by_its_kind_of_error_and_stops_no_other(clinic, mailoutbox, monkeypatch, caplog):
    clinic.appointment_request(now=timezone.now())

    def broken(**_):
        raise OperationalError("june@example.org is locked")

    monkeypatch.setattr("booking.management.commands.run_worker.release_expired", broken)
    with pytest.raises(CommandError, match="holds"):
        call_command("run_worker", "--once")
    assert len(mailoutbox) == 1
    assert "holds failed: OperationalError" in caplog.text
    assert "june" not in caplog.text


@alone
def test_the_command_restores_the_signal_handlers(clinic):
    before = signal.getsignal(signal.SIGTERM)
    call_command("run_worker", "--once")
    assert signal.getsignal(signal.SIGTERM) is before


@alone
def test_two_whole_requests_send_five_emails(clinic, mailoutbox):
    """Requested, declined; requested, confirmed, canceled by the patient."""
    by = lifecycle.staff(make_clerk())
    first, second = clinic.appointment_request(), clinic.appointment_request(clinic.slot())
    deliver()
    lifecycle.decline(first.pk, "other", "Ask us again in spring.", by=by, now=later(hours=1))
    appointment = lifecycle.confirm(second.pk, clinic.slot(), by=by, now=later(hours=1))
    deliver(later(hours=2))
    lifecycle.cancel(appointment.pk, "patient", by=lifecycle.PATIENT, now=later(hours=3))
    deliver(later(hours=3))
    assert [sent.subject for sent in mail.outbox] == [
        f"We have your request ({first})",
        f"We have your request ({second})",
        f"We have answered your request ({first})",
        f"Your appointment is confirmed ({second})",
        f"You canceled your appointment ({second})",
    ]
    assert messages.Status.QUEUED not in Message.objects.values_list("status", flat=True)


@pytest.mark.django_db
def test_sending_and_withdrawing_in_a_loop_sends_a_stranger_three_emails_an_hour(mailoutbox):
    clinic = Clinic()
    for minute in range(6):
        appointment_request = clinic.appointment_request()
        outbox.deliver_due(clock=lambda minute=minute: later(minutes=minute))
        lifecycle.withdraw(appointment_request.pk, by=lifecycle.PATIENT, now=later(minutes=minute))
        outbox.deliver_due(clock=lambda minute=minute: later(minutes=minute))
    assert len(mailoutbox) == 3
