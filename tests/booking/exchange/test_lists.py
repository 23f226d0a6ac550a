"""Lists of another system: what comes in, what is said of each row that does not, once, silently, and back again."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from booking import lifecycle
from booking.exchange.lists import imports
from booking.exchange.raw import Unreadable, text_of
from booking.maintenance import retention
from booking.models import Event, ListImport, ListRow, Message, Patient, SearchKey, SearchWord
from booking.records.erase import erase_person
from booking.records.export import as_data, export
from clinic.models import AccessLog, Practitioner, Schedule, ScheduleException
from tests.builders import MONDAY, WHY, make_clerk
from tests.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LISTS = "/admin/desk/lists/"
# After the public documentation of three practice systems, about invented people.
COMMAS = """Patient Number,First Name,Last Name,Birth Date,Mobile Phone,Home Phone,Email
A-1,June,Demo,1951-03-09,,(718) 555-0167,june@example.org
A-2,Ada,Demo,1960-01-02,718-555-0101,,
"""
SEMICOLONS = """\ufeffPatient;DOB;Home Phone;MRN
"Demo, June";03/09/1951;(718) 555-0167;A-1
"Demo, Ada";01/02/1960;718-555-0101;A-2
"""
TABS = (
    "id\tfull_name\tdate_of_birth\tphone_number\temail\nA-1\tJune Demo\tMarch 9, 1951\t7185550167\tjune@example.org\n"
)


def bring_in(text, kind="patients"):
    kept = imports.keep(text, kind, by=None, now=MONDAY)
    return kept, imports.bring_in(kept.pk, now=MONDAY)


def look(text, kind="patients"):
    plan = imports.LISTS[kind].plan(text, now=MONDAY)
    return len(plan.new), plan.known, dict(plan.problems), dict(plan.remarks)


def test_three_layouts_bring_in_the_same_people_once(clinic):
    for text in (COMMAS, SEMICOLONS, TABS):
        kept, plan = bring_in(text)
        june = Patient.objects.get(name="June Demo")
        assert (june.birth_date, str(june.phone), june.chart_number) == (date(1951, 3, 9), "+17185550167", "A-1")
        _again, plan = bring_in(text)
        assert (plan.new, plan.problems, plan.remarks) == ([], [], [])
        imports.take_back(kept.pk, now=MONDAY)
        assert not Patient.objects.exists(), text
        assert not SearchKey.objects.exists()
        assert not SearchWord.objects.exists()
    assert not Message.objects.exists()
    assert not Event.objects.exists()


def test_somebody_known_is_matched_and_never_changed(clinic):
    june = clinic.appointment_request().patient
    born = f"{june.birth_date:%m/%d/%Y}"
    file = f"name,dob,phone,email,mrn\n{june.name},{born},718 555 0199,other@example.org,C-9\n"
    before = Patient.objects.values().get()
    assert look(file) == (
        0,
        1,
        {},
        {2: "is already here with a different phone number, email, chart number: nothing is changed"},
    )
    Patient.objects.update(chart_number="C-9")
    assert look("name,dob,phone,mrn\nBo Other,01/02/1960,,C-9\n".replace(",,", ",718 555 0199,"))[3] == {
        2: "is already here with a different name, date of birth, phone number: nothing is changed"
    }
    bring_in(file)
    assert Patient.objects.values().get() == before | {"chart_number": "C-9"}


def test_of_two_columns_of_one_name_the_first_filled_one_counts(clinic):
    bring_in("name,dob,phone 1,phone 2\nBo Other,01/02/1960,,718 555 0199\n")
    assert str(Patient.objects.get().phone) == "+17185550199"


def test_each_row_that_cannot_come_in_is_named_in_a_sentence(clinic):
    file = (
        "name,dob,phone,email\n"
        ",1951-03-09,718 555 0167,\n"
        "A Demo,31/31/1951,718 555 0167,\n"
        "B Demo,2090-01-01,718 555 0167,\n"
        "C Demo,1951-03-09,call the son,not an email\n"
        "D Demo,1951-03-09,call the son,d@example.org\n"
        "demo d,1951-03-09,718 555 0100,\n"
        "E Demo\n"
    )
    new, known, problems, remarks = look(file)
    birth, reach = "has no date of birth that we can read", "has neither a phone number nor an email that we can read"
    assert (new, known) == (1, 0)
    assert problems == {2: "has no name", 3: birth, 4: birth, 5: reach, 7: "is in this file twice", 8: birth}
    assert remarks == {6: "its phone number can’t be read, and is left out"}


def test_hostile_files_get_a_sentence(clinic):
    long = "x" * 20_000
    rows = "name,dob,phone\n" + "A,1951-03-09,718 555 0167\n" * 20_001
    for text in ("", "\n\n", "a,b\n1,2\n", f"name,dob,phone\n{long},1,2\n", rows, "name,dob\nA,1951-03-09\n", '"'):
        with pytest.raises(Unreadable) as refused:
            look(text)
        assert refused.value.sentence.endswith("."), text[:20]
    for content in (b"\x00\x01", b"name,dob\nA\x00,1\n"):
        with pytest.raises(Unreadable):
            text_of(content)
    assert look(text_of("name;dob;phone\nZoë Müller;1951-03-09;718 555 0167\n".encode("cp1252")))[0] == 1
    assert look("name,dob,phone\n=cmd|'/c calc'!A1,1951-03-09,718 555 0167\n")[0] == 1  # exports defuse it
    assert look("name,dob,phone\n" + "\u202e" * 40 + ",1951-03-09,718 555 0167\n")[2] == {2: "has no name"}


def test_the_desk_finds_and_books_somebody_who_never_asked(client, clinic, rosa):
    bring_in(COMMAS)
    june = Patient.objects.get(name="June Demo")
    shown = words(client.post("/admin/desk/search/", {"q": "june demo"}, follow=True))
    assert "June Demo" in shown
    assert "No requests yet." in shown
    assert "Never seen." in shown
    page = f"/admin/desk/patients/{june.random_id}/"
    shown = words(client.get(page))
    assert "Chart A-1" in shown
    assert "You can add calls, notes and edits after the first request" in shown
    assert AccessLog.objects.latest("pk").shown == f"p{june.pk}"
    for act, form in (("call", {"outcome": "no_answer"}), ("note", {"note": "x"})):
        assert client.post(f"{page}{act}/", form).status_code == 409, act
    assert june.name in words(client.get(f"/admin/desk/book/?person={june.random_id}"))


def test_who_was_used_since_stays_when_a_list_is_taken_back(clinic):
    kept, _plan = bring_in(COMMAS)
    june = Patient.objects.get(name="June Demo")
    by = lifecycle.staff(make_clerk())
    draft = clinic.draft()
    draft.known = june.pk
    lifecycle.book(draft, clinic.slot(), by=by, now=MONDAY, override=WHY)
    assert imports.take_back(kept.pk, now=MONDAY) == (1, 1)
    assert list(Patient.objects.all()) == [june]
    with pytest.raises(lifecycle.NotAllowed):
        imports.take_back(kept.pk, now=MONDAY)


def test_erasing_exporting_and_forgetting_know_people_from_a_list(clinic, settings):
    bring_in(COMMAS)
    june, ada = Patient.objects.order_by("chart_number")
    assert as_data(export([june]))[0]["chart_number"] == "A-1"
    upload = imports.keep(COMMAS, "patients", by=None, now=MONDAY)
    erase_person([june], now=MONDAY)
    assert not ListRow.objects.filter(patient=june).exists()
    assert not ListImport.objects.filter(pk=upload.pk).exists()
    assert not SearchKey.objects.filter(patient=june).exists()
    settings.UNBOOKED_KEPT_DAYS = 365
    hours = [MONDAY + timedelta(hours=n) for n in range(24)]
    assert not any(list(retention.due(now=now)) for now in hours)
    assert [each for now in hours for each in retention.due(now=now + timedelta(days=366))] == [ada]


def test_the_page_shows_what_would_come_in_then_does_it_then_takes_it_back(client, manager, clinic):
    file = SimpleUploadedFile("p.csv", (COMMAS + "A-3,Bo,Demo,,,718 555 0100,\n").encode())
    looked = client.post(LISTS, {"kind": "patients", "file": file}, follow=True)
    shown = words(looked)
    assert "New: 2 Already here: 0 Can’t be imported: 1" in shown
    assert "4 has no date of birth" in shown
    assert "Demo" not in shown
    assert not Patient.objects.exists()
    address = looked.redirect_chain[-1][0]
    assert "2 were imported. No one was notified." in words(client.post(address, {"act": "import"}, follow=True))
    assert "already imported" in words(client.post(address, {"act": "import"}, follow=True))
    assert ListImport.objects.get().content == ""
    assert "2 were removed." in words(client.post(address, {"act": "undo"}, follow=True))
    assert "already" in words(client.post(address, {"act": "undo"}, follow=True))
    answer = client.post(LISTS, {"kind": "patients", "file": SimpleUploadedFile("p.csv", b"x,y\n1,2\n")})
    assert answer.status_code == 400
    assert "There is no column" in words(answer)
    assert client.get(f"{LISTS}999/").status_code == 404


def test_the_command_does_the_same(clinic, tmp_path, capsys):
    file = tmp_path / "p.csv"
    file.write_text(COMMAS + "A-3,Bo,Demo,,,718 555 0100,\n")
    call_command("import_list", "patients", str(file), "--dry-run")
    assert "2 would be brought in. 0 were there already.\nrow 4: has no date of birth" in capsys.readouterr().out
    assert not Patient.objects.exists()
    assert not ListImport.objects.exists()
    call_command("import_list", "patients", str(file))
    number = ListImport.objects.get().pk
    assert f"2 brought in, as list {number}" in capsys.readouterr().out
    call_command("import_list", "--undo", str(number))
    assert "2 taken back; 0 stay" in capsys.readouterr().out
    for wrong in (["patients"], ["patients", "/nowhere.csv"], ["--undo", "999"]):
        with pytest.raises(CommandError):
            call_command("import_list", *wrong)


def test_queries_do_not_grow_with_the_rows(clinic, django_assert_max_num_queries):
    file = "name,dob,phone\n" + "".join(f"P{n} Demo,1951-03-09,718 555 0167\n" for n in range(400))
    with django_assert_max_num_queries(40):
        kept, plan = bring_in(file)
    assert len(plan.new) == 400


# -- providers and hours

# After the public documentation of three practice systems, about invented people.
PROVIDERS = (
    "Name,Short Name,Profession,Specialty,Languages,Services\n"
    '"Dr. Bo Nadar, MD",Nadar,Physician,Radiology,"English, Spanish",New-patient consultation\n'
    '"Ada Lind, NP",Lind,Nurse practitioner,,,\n',
    "First Name;Last Name;Credentials;Provider Type\nBo;Nadar;MD;Physician\nAda;Lind;NP;Nurse practitioner\n",
    "Provider Name\tDepartment\nBo Nadar\tRadiology\nAda Lind\t\n",
)


def test_providers_come_in_from_three_layouts_once_and_are_never_changed(clinic):
    for text in PROVIDERS:
        kept, _plan = bring_in(text, "providers")
        bo, ada = (Practitioner.objects.get(slug__endswith=end) for end in ("bo-nadar", "ada-lind"))
        assert bo.name.removeprefix("Dr. ").startswith("Bo Nadar")
        assert bring_in(text, "providers")[1].new == []
        assert imports.take_back(kept.pk, now=MONDAY) == (2, 0)
        assert list(Practitioner.objects.all()) == [clinic.practitioner], text
    bring_in(PROVIDERS[0], "providers")
    assert list(Practitioner.objects.get(slug="dr-bo-nadar").appointment_types.all()) == [clinic.appointment_type]
    other = "name,short name,specialty\nBo Nadar,Nad,Surgery\n"
    says = "is already here with a different short name, specialty: nothing is changed"
    assert look(other, "providers")[3] == {2: says}


def test_rows_of_providers_that_cannot_come_in_are_named(clinic):
    file = f"name,short name,types\n,x,\nBo Nadar,{'x' * 15},\nBo Nadar,,Surgery\nBo Nadar,,\nDr. Bo Nadar,,\n"
    file = file.replace("types", "services")
    assert look(file, "providers")[2] == {
        2: "has no name", 3: "short name: up to 14 characters", 4: "we can’t find this appointment type",
        6: "is in this file twice",
    }  # fmt: skip


def test_a_provider_who_was_used_or_changed_since_stays(clinic):
    kept, _plan = bring_in(PROVIDERS[0], "providers")
    Practitioner.objects.filter(slug="dr-bo-nadar").update(specialty="Surgery")
    ada = Practitioner.objects.get(slug="ada-lind")
    ScheduleException.objects.create(practitioner=ada, first_day=MONDAY.date(), last_day=MONDAY.date())
    assert imports.take_back(kept.pk, now=MONDAY) == (0, 2)


HOURS = (
    "provider,office,weekday,start,end,valid from\n"
    'Bo Nadar,,Mon-Fri,9:00 AM,12:00 PM,\nBo Nadar,,"Tue, Thu",1 pm,5 pm,\n',
    "Resource;Location;Day of week;From;To\n"
    "Nadar;Pier Street office;Monday to Friday;09:00;12:00\nNadar;;Tuesday and Thursday;13:00;17:00\n",
    "Staff name\tDays\tStart time\tEnd time\n"
    "Dr. Bo Nadar, MD\tmon tue wed thu fri\t9am\tnoon\nNadar\tTue/Thu\t1:00 p.m.\t17:00\n",
)


def test_hours_come_in_from_three_layouts_once_and_stay_while_somebody_is_booked_in_them(clinic):
    bring_in(PROVIDERS[0], "providers")
    bo = Practitioner.objects.get(slug="dr-bo-nadar")
    for text in HOURS:
        kept, plan = bring_in(text, "hours")
        assert plan.problems == []
        rows = sorted(Schedule.objects.filter(practitioner=bo).values_list("weekday", "starts", "ends"))
        assert rows == sorted([(day, 540, 720) for day in range(5)] + [(day, 780, 1020) for day in (1, 3)]), text
        assert bring_in(text, "hours")[1].new == []
        assert imports.take_back(kept.pk, now=MONDAY) == (7, 0)
    kept, _plan = bring_in(HOURS[0], "hours")
    clinic.appointment(clinic.slot(practitioner=bo))
    Schedule.objects.filter(practitioner=bo, weekday=0).update(ends=690)
    assert imports.take_back(kept.pk, now=MONDAY) == (5, 2)
    assert sorted(Schedule.objects.filter(practitioner=bo).values_list("weekday", "starts")) == [(0, 540), (3, 540)]


def test_rows_of_hours_that_cannot_come_in_are_named(clinic):
    bo = clinic.practitioner.name.replace(",", "")
    lines = [
        "Nobody,,Mon,9:00,10:00,,", f"{bo},Nowhere,Mon,9:00,10:00,,", f"{bo},,Someday,9:00,10:00,,",
        f"{bo},,Sun,10:00,9:00,,", f"{bo},,Sun,9:00,25:00,,", f"{bo},,Sun,9:00,10:00,soon,", f"{bo},,Mon,8:00,10:00,,",
        f"{bo},,Sun,9:00,10:00,2026-12-01,2026-12-31", f"{bo},,Sun,9:30,10:30,2027-01-01,", f"{bo},,Sun,9:45,11:00,,",
    ]  # fmt: skip
    new, known, problems, _remarks = look(
        "provider,office,weekday,start,end,valid from,valid until\n" + "\n".join(lines) + "\n", "hours"
    )
    when = "we can’t read when the hours start and end"
    assert (new, known) == (2, 0)
    assert problems == {
        2: "we can’t find this provider", 3: "we can’t find this office", 4: "we can’t read the day of the week",
        5: when, 6: when, 7: "we can’t read from when or until when the hours apply",
        8: "Monday: overlaps other hours of this provider", 11: "Sunday: overlaps other hours of this provider",
    }  # fmt: skip
