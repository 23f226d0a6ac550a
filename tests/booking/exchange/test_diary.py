"""Bringing in an old calendar: what comes in, what is refused by name, that nobody is told, and the way back."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from booking import lifecycle
from booking.exchange import diary, ics_file
from booking.exchange.plan import Options
from booking.exchange.raw import Unreadable, text_of
from booking.exchange.table import read_table
from booking.maintenance.integrity import findings
from booking.models import Appointment, Message, Patient
from booking.models.exchange.diary_import import DiaryImport, DiaryRow
from booking.notifications import reminders
from clinic.models import Practitioner, ScheduleException
from tests.booking.exchange.files import CALENDAR, ONLINE, PLAIN, SPLIT
from tests.builders import (
    MONDAY,
    WHY,
    assert_settled,
    assert_sound,
    local,
    make_clerk,
    make_practitioner,
    rows,
    taken_back,
)

pytestmark = pytest.mark.django_db
HEAD = "id,start,minutes,type,patient,dob,phone\n"


def bring(text, *, now=MONDAY, **options):
    kept = diary.keep(text, Options(**options), by=None, now=now)
    return diary.bring_in(kept.pk, by=None, now=now)


def line(uid, start, name="June Demo", minutes=40, dob="1951-03-09", phone="718 555 0167"):
    return f"{uid},{start},{minutes},New-patient consultation,{name},{dob},{phone}\n"


def said(outcome):
    return [(problem.row, str(problem.says)) for problem in outcome.problems]


def test_three_layouts_bring_in_the_same_appointment(clinic):
    for text, options in ((PLAIN, {}), (SPLIT, {}), (ONLINE, {"appointment_type": clinic.appointment_type.pk})):
        with taken_back():
            bring(text, **options)
            first = Appointment.objects.select_related("patient").earliest("starts_at")
            assert (first.starts_at, first.ends_at) == (local(2026, 12, 3, 9), local(2026, 12, 3, 9, 40)), text
            assert (first.patient.name, str(first.patient.birth_date)) == ("June Demo", "1951-03-09"), text
            assert first.appointment_request.channel == "import"


def test_who_has_no_date_of_birth_or_phone_becomes_a_block_without_a_name(clinic):
    outcome = bring(PLAIN)
    assert (outcome.appointments, outcome.blocks, outcome.problems) == (2, 1, [])
    block = ScheduleException.objects.get()
    assert (block.starts, block.ends, block.private_reason) == (720, 780, "Old calendar")
    assert "rep" not in str(list(ScheduleException.objects.values_list()))
    assert_sound()
    assert_settled()


def test_what_the_old_calendar_canceled_is_named_and_left_out(clinic):
    assert said(bring(SPLIT)) == [(3, "canceled in the old calendar")]


def test_an_import_tells_nobody_anything_until_the_manager_says_from_when(clinic, at):
    bring(PLAIN)
    assert not Message.objects.exists()
    now = at("2026-12-02 10:30")
    assert reminders.write(now=now) == 0
    DiaryImport.objects.update(remind_from=local(2026, 12, 4))
    assert reminders.write(now=now) == 0
    DiaryImport.objects.update(remind_from=local(2026, 12, 3))
    assert reminders.write(now=now) == 2


def test_an_imported_appointment_that_we_moved_is_reminded_of(clinic, at):
    bring(HEAD + line("a", "2026-12-03 09:00"))
    moved = Appointment.objects.get()
    by = lifecycle.staff(make_clerk())
    lifecycle.reschedule(moved.pk, clinic.slot(hour=11), by=by, now=MONDAY, override=WHY)
    assert reminders.write(now=at("2026-12-02 10:30")) == 1


def test_the_same_file_twice_changes_nothing(clinic):
    bring(PLAIN)
    before = rows()
    again = bring(PLAIN)
    assert (again.total, again.known, again.problems) == (0, 3, [])
    assert rows() == before
    assert ScheduleException.objects.count() == 1


def test_a_dry_run_names_every_conflict_and_writes_nothing(clinic):
    clinic.appointment(clinic.slot(hour=9), patient={"name": "Ada Demo", "birth_date": "1960-01-02"})
    other = make_practitioner(clinic.appointment_type, clinic.location, name="Dr. Bo Demo, MD")
    until = clinic.slot(hour=16).starts_at
    lifecycle.block(clinic.slot(hour=15), until, by=lifecycle.staff(make_clerk()), now=MONDAY)
    head = "id,provider,start,minutes,type,patient,dob,phone\n"
    mine, theirs = clinic.practitioner.name, other.name
    plan = [
        ("1", mine, "2026-12-03 09:20", "40"),  # somebody is there
        ("2", mine, "2026-12-03 11:00", "40"),
        ("3", mine, "2026-12-03 11:20", "40"),  # over the one before
        ("4", theirs, "2026-12-03 11:00", "40"),  # the patient is at the other provider
        ("5", mine, "2026-12-03 15:30", "20"),  # blocked
        ("6", mine, "2026-11-20 09:00", "40"),  # over
        ("7", mine, "2029-01-02 09:00", "40"),
        ("8", mine, "2026-12-04 09:00", "0"),
        ("9", "Dr. Nobody", "2026-12-04 09:00", "40"),
        ("10", mine, "someday", "40"),
    ]
    text = head + "".join(
        f'{uid},"{who}",{start},{long},New-patient consultation,June Demo,1951-03-09,718 555 0167\n'
        for uid, who, start, long in plan
    )
    kept = diary.keep(text, Options(), by=None, now=MONDAY)
    before = rows()
    outcome = diary.look(kept, now=MONDAY)
    assert rows() == before
    assert (outcome.appointments, outcome.past) == (1, 1)
    assert said(outcome) == [
        (2, "somebody is booked then"),
        (4, "overlaps another row in this file"),
        (5, "the patient has another appointment then"),
        (6, "the provider is out then, or the time is blocked"),
        (8, "is too far ahead"),
        (9, "ends before it starts, or is longer than 8 hours or than a day"),
        (10, "we can’t find this provider"),
        (11, "we can’t read when it starts"),
    ]
    assert said(diary.bring_in(kept.pk, by=None, now=MONDAY)) == said(outcome)
    assert_sound()


def test_a_row_that_the_old_calendar_moved_is_named_and_not_booked_twice(clinic):
    bring(HEAD + line("a", "2026-12-03 09:00"))
    again = bring(HEAD + line("a", "2026-12-03 11:00"))
    assert said(again) == [(2, "was already imported, at another time: move that one yourself")]
    assert Appointment.objects.count() == 1


def test_one_person_has_one_record_however_often_they_come(clinic):
    known = clinic.appointment_request().patient
    bring(HEAD + line("a", "2026-12-03 09:00") + line("b", "2026-12-04 09:00", name="JUNE DEMO"))
    assert Appointment.objects.filter(patient=known).count() == 2
    assert Patient.objects.count() == 1


def test_one_act_takes_an_import_back_but_for_what_was_changed_since(clinic, at):
    outcome = bring(PLAIN)
    assert outcome.total == 3
    first, second = Appointment.objects.order_by("starts_at")
    by = lifecycle.staff(make_clerk())
    lifecycle.reschedule(second.pk, clinic.slot(hour=11), by=by, now=MONDAY, override=WHY)
    messages = Message.objects.count()
    made = DiaryImport.objects.get()
    assert lifecycle.undo_import(made.pk, by=by, now=MONDAY) == (2, 1)
    first.refresh_from_db()
    assert (first.status, first.cancel_code) == ("cancelled", "mistake")
    assert not ScheduleException.objects.exists()
    assert Message.objects.count() == messages
    assert_sound()
    assert list(findings()) == []
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.undo_import(made.pk, by=by, now=MONDAY)
    again = bring(PLAIN)
    assert (again.appointments, again.blocks, again.known) == (1, 1, 1)


def test_a_calendar_becomes_blocks_without_titles(clinic):
    outcome = bring(CALENDAR, is_calendar=True, practitioner=clinic.practitioner.pk)
    # Seven Mondays from October 26 on, of which four are over and November 30 is left out: today's and December 7.
    assert (outcome.appointments, outcome.blocks, outcome.past) == (0, 4, 0)
    assert [problem.row for problem in outcome.problems] == [4, 5]
    found = ScheduleException.objects.values_list("first_day", "last_day", "starts", "ends")
    assert [(f"{first:%m%d}", f"{last:%m%d}", starts, ends) for first, last, starts, ends in found] == [
        ("1123", "1123", 720, 750),
        ("1203", "1203", 540, 580),
        ("1207", "1207", 720, 750),
        ("1224", "1226", 0, 1440),
    ]
    assert bring(CALENDAR, is_calendar=True, practitioner=clinic.practitioner.pk).known == 4


def test_hostile_files_are_refused_in_words_or_row_by_row(clinic):
    rule = CALENDAR.replace("FREQ=WEEKLY;COUNT=7", "FREQ=SECONDLY")
    assert bring(rule, is_calendar=True).problems[0].row == 2
    endless = CALENDAR.replace("FREQ=WEEKLY;COUNT=7", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    assert bring(endless, is_calendar=True).blocks == 0
    for text, is_calendar in (("", False), ("a,b\n1,2", False), ("x", True), (f'start\n"{"x" * 20_000}"', False)):
        with pytest.raises(Unreadable) as refused:
            bring(text, is_calendar=is_calendar)
        assert refused.value.sentence
    assert said(bring('start\n"x')) == [(2, "we can’t read when it starts")]
    assert bring(HEAD + line("a", "2026-12-08 09:00", name="=cmd|x")).appointments == 1
    assert bring(HEAD + line("b", "2026-12-04 09:00", minutes="9" * 3)).total == 0


def test_two_columns_that_say_when_or_whose_are_refused_since_either_could_be_meant(clinic):
    with pytest.raises(Unreadable) as refused:
        bring("Date,Start,Start 2,minutes,patient\n2026-12-08,09:00,10:00,40,June Demo\n")
    assert refused.value.sentence == "Two columns are named “start”. Delete or rename one of them."
    two_phones = HEAD.replace("phone", "phone 1,phone 2") + line("a", "2026-12-08 09:00").rstrip() + ",\n"
    assert bring(two_phones).appointments == 1


def test_a_file_is_read_in_each_encoding_that_spreadsheets_write():
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert text_of("Zoë Demo".encode(encoding)) == "Zoë Demo", encoding
    for end in ("\r\n", "\r", "\n"):
        assert [row for row, _cells in read_table(f"start{end}a{end}b{end}")[1]] == [2, 3]
    with pytest.raises(Unreadable):
        text_of(b"PK\x03\x04\x00\x00")


def test_the_command_says_rows_and_reasons_and_no_names(clinic, tmp_path, capsys):
    file = tmp_path / "old.csv"
    file.write_text(PLAIN + "a4,Nobody,2026-12-03 15:00,2026-12-03 15:40,,June Demo,1951-03-09,718 555 0167,\n")
    call_command("import_diary", str(file), dry_run=True)
    assert not DiaryImport.objects.exists()
    call_command("import_diary", str(file))
    call_command("import_diary", str(file))
    told = capsys.readouterr().out
    assert "2 appointments and 1 blocks would be brought in." in told
    assert "row 5: we can’t find this provider" in told
    assert "3 were there already" in told
    assert "June" not in told
    call_command("import_diary", undo=DiaryImport.objects.order_by("pk").first().pk)
    assert "3 taken back; 0 stay" in capsys.readouterr().out
    assert not DiaryRow.objects.exists()


def test_a_large_file_takes_a_bounded_number_of_queries(clinic, django_assert_max_num_queries):
    day = MONDAY + timedelta(days=1)
    starts = [day + timedelta(days=n // 8, minutes=40 * (n % 8)) for n in range(400)]
    text = HEAD + "".join(
        line(f"n{n}", start.isoformat(), name=f"June {n} Demo", phone=f"718 555 0{100 + n % 100}")
        for n, start in enumerate(starts)
    )
    kept = diary.keep(text, Options(), by=None, now=MONDAY)
    with django_assert_max_num_queries(150):  # one by one, it would be thousands
        outcome = diary.bring_in(kept.pk, by=None, now=MONDAY)
    assert outcome.appointments == 400
    assert Practitioner.objects.count() == 1


def event(rule, start="20200101T090000", more=""):
    return f"BEGIN:VEVENT\nUID:r\nDTSTART:{start}\nDURATION:PT30M\n{rule}\n{more}END:VEVENT\n"


@pytest.mark.parametrize(
    "rule", ["INTERVAL=0", "INTERVAL=-1", "BYMONTH=2;BYMONTHDAY=30", "BYYEARDAY=400", "BYHOUR=9", "BYEASTER=1"]
)
def test_a_rule_that_could_be_counted_for_ever_is_named_and_not_followed(clinic, rule):
    text = f"BEGIN:VCALENDAR\n{event('RRULE:FREQ=DAILY;' + rule)}END:VCALENDAR\n"
    [problem] = bring(text, is_calendar=True).problems
    assert "how it repeats" in problem.says


def test_a_calendar_that_takes_too_long_to_read_is_refused(clinic, monkeypatch):
    monkeypatch.setattr(ics_file, "MOST_STEPS", 3000)
    never = event("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    moved = event("RECURRENCE-ID;TZID=Asia/Tokyo:00010101T000000")
    for body in (event("RRULE:FREQ=DAILY") * 2, never * 5000, "X:1\n" * 60_001, moved):
        with pytest.raises(Unreadable):
            bring(f"BEGIN:VCALENDAR\n{body}END:VCALENDAR\n", is_calendar=True)
    ended = event("RRULE:FREQ=DAILY;UNTIL=20261001T090000") * 100
    assert bring(f"BEGIN:VCALENDAR\n{ended}END:VCALENDAR\n", is_calendar=True).total == 0


def test_times_at_the_ends_of_the_calendar_are_problems_of_their_rows(clinic):
    ends = ["0001-01-01T00:00+14:00", "9999-12-31T23:59", "9999-12-31T23:30-12:00", "0001-01-01 00:00"]
    text = HEAD + "".join(line(n, at) for n, at in enumerate(ends))
    outcome = bring(text)
    assert (outcome.total, outcome.past + len(outcome.problems)) == (0, len(ends))
    text = "id,date,start,end\n1,9999-12-31,13:00,0:00\n"
    assert len(bring(text).problems) == 1
    last = event("X:1", start="99991231T233000Z").replace("DURATION:PT30M", "DURATION:PT20M")
    assert bring(f"BEGIN:VCALENDAR\n{last}END:VCALENDAR\n", is_calendar=True).total == 0
