"""The page that brings in an old calendar: a preview before anything is saved, one press, and one press back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from booking.exchange import diary
from booking.models import Appointment, DiaryImport, Message
from tests.booking.exchange.files import CALENDAR, PLAIN
from tests.builders import MONDAY, make_practitioner
from tests.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
IMPORTS = "/admin/desk/imports/"


def send(client, text, name="old.csv", **more):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(IMPORTS, {"file": SimpleUploadedFile(name, content), **more}, follow=True)


def test_a_file_is_looked_at_then_brought_in_then_taken_back(client, manager, clinic):
    bad = "a4,Nobody,2026-12-03 15:00,2026-12-03 15:40,,June Demo,1951-03-09,718 555 0167,\n"
    looked = send(client, PLAIN + bad)
    shown = words(looked)
    assert "Appointments: 2 Blocked times, without names: 1" in shown
    assert "5 we can’t find this provider" in shown
    assert "June" not in shown
    assert not Appointment.objects.exists()
    clash = (
        "a5,Mara Ellison,2026-12-03 09:20,2026-12-03 10:00,New-patient consultation,Bo Demo,1961-01-02,,b@example.org\n"
    )
    shown = words(send(client, PLAIN + clash))
    assert "9:20" in shown.partition("When Why")[2].partition("overlaps another row in this file")[0]
    looked = send(client, PLAIN + bad)
    address = looked.redirect_chain[-1][0]
    shown = words(client.post(address, {"act": "import"}, follow=True))
    assert "Imported: 2 appointments and 1 blocked time. No one was notified." in shown
    assert "2 imported appointments are still to come" in shown
    assert DiaryImport.objects.get().content == ""
    assert "was already imported" in words(client.post(address, {"act": "import"}, follow=True))
    shown = words(client.post(address, {"act": "remind", "send": "on", "day": "2026-12-03"}, follow=True))
    assert "Reminders: 2 imported appointments." in shown
    assert "Choose the first day." in words(client.post(address, {"act": "remind", "send": "on", "day": ""}))
    assert "No reminders" in words(client.post(address, {"act": "remind", "day": "2026-12-03"}, follow=True))
    assert "3 entries were removed." in words(client.post(address, {"act": "undo"}, follow=True))
    assert "already" in words(client.post(address, {"act": "undo"}, follow=True))
    assert not Message.objects.exists()


def test_a_calendar_file_goes_to_the_chosen_provider(client, manager, clinic):
    shown = words(send(client, CALENDAR, "old.ics", practitioner=clinic.practitioner.pk))
    assert "Appointments: 0 Blocked times, without names: 4" in shown
    assert "The first begins Mon, Nov 23, 12:00 PM EST, the last " in shown
    make_practitioner(name="Dr. Other Demo, MD")
    assert "has no provider: choose the file again, and whose calendar it is" in words(
        send(client, CALENDAR, "old.ics")
    )


def test_files_that_are_none_are_refused_in_words(client, manager, clinic):
    for text, name in (("no heading", "a.csv"), (b"\x00\xff", "a.csv"), ("nothing", "a.ics"), ("", "a.csv")):
        answer = send(client, text, name)
        assert answer.status_code == 400, text
        assert 'class="err-text"' in answer.content.decode(), text
    assert not DiaryImport.objects.exists()
    assert client.post(f"{IMPORTS}999/", {"act": "import"}).status_code == 404


def test_an_upload_that_nobody_brings_in_is_forgotten(client, manager, clinic):
    from_two_days_ago = DiaryImport.objects.create(made_at=MONDAY.replace(day=20), content=PLAIN)
    DiaryImport.objects.create(made_at=MONDAY.replace(day=20), imported_at=MONDAY)
    send(client, PLAIN)
    send(client, PLAIN)
    assert DiaryImport.objects.exclude(content="").count() == 2
    diary.forget_uploads(now=MONDAY)
    assert not DiaryImport.objects.filter(pk=from_two_days_ago.pk).exists()
    assert DiaryImport.objects.count() == 2


def test_a_file_that_is_too_large_is_said_to_be(client, manager, clinic):
    answer = send(client, "x" * 1_100_000)
    assert answer.status_code == 400
    assert b"Choose a file of up to 1 MB" in answer.content
