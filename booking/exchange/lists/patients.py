"""Patients from a list: known to the desk before they ask for anything. One who is here already is never changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from booking.exchange.contact import email_of, phone_of
from booking.exchange.dates import read_day
from booking.exchange.lists.columns import Line, read_lines
from booking.exchange.lists.plan import Plan, Remark
from booking.exchange.names import in_order
from booking.exchange.plan import OLDEST
from booking.lifecycle.diary.entries import Who
from booking.lifecycle.diary.write import new_patients
from booking.models import Appointment, AppointmentRequest, ListImport, ListRow, Patient
from booking.models.names import are_the_same
from booking.models.search_keys import spelled_words
from booking.records.erase import forget_words
from clinic.practice_info import local_date

COLUMNS = {  # ours: what others call it, in small letters and without marks; the best first
    "name": ("name", "patient name", "full name", "patient", "client name", "client"),
    "first": ("first name", "patient first name", "given name", "first", "firstname", "forename"),
    "last": ("last name", "patient last name", "family name", "surname", "last", "lastname"),
    "birth_date": (
        "date of birth", "dob", "birth date", "birthdate", "birthday", "patient dob", "dateofbirth",
        "patient birthdate",
    ),
    "phone": (
        "phone", "mobile", "mobile phone", "cell", "cell phone", "phone number", "patient phone", "primary phone",
        "mobile number", "home phone", "phone home", "phone mobile", "work phone", "patient mobile phone",
        "patient homephone",
    ),
    "email": ("email", "e mail", "email address", "patient email", "primary email"),
    "chart_number": (
        "chart number", "chart", "mrn", "medical record number", "patient number", "patient id", "patientid",
        "account number", "patient account number", "client id", "id",
    ),
}  # fmt: skip
NEEDED = (("name", "first", "last"), ("birth_date",), ("phone", "email"))
BATCH = 500
Row = tuple[int, Who]


def plan(text: str, *, now: datetime) -> Plan:
    """Unreadable: it is no such list. Few queries for each 500 rows."""
    found, today = Plan(), local_date(now)
    read = [row for line in read_lines(text, COLUMNS, NEEDED) if (row := _read(line, today, found))]
    for n in range(0, len(read), BATCH):
        _sort_out(read[n : n + BATCH], found)
    found.remarks.sort()
    return found


def _read(line: Line, today: date, found: Plan) -> Row | None:
    """The person of this row. None: the row cannot come in, and the plan says why."""
    name, born = _name(line), read_day(line["birth_date"])
    phone, email = phone_of(line["phone"]), email_of(line["email"])
    if not name:
        why = _("has no name")
    elif born is None or not OLDEST <= born <= today:
        why = _("has no date of birth that we can read")
    elif not (phone or email):
        why = _("has neither a phone number nor an email that we can read")
    else:
        _note_what_is_lost(line, bool(phone), bool(email), found)
        chart = line["chart_number"][:40].strip()
        return line.row, Who(name, born, phone.number, phone.extension, phone.typed[:40], email, chart)
    found.problems.append(Remark(line.row, why))
    return None


def _name(line: Line) -> str:
    return in_order(line["name"] or f"{line['first']} {line['last']}".strip())[:120].strip()


def _note_what_is_lost(line: Line, has_phone: bool, has_email: bool, found: Plan) -> None:
    if line["phone"] and not has_phone:
        found.remarks.append(Remark(line.row, _("its phone number can’t be read, and is left out")))
    if line["email"] and not has_email:
        found.remarks.append(Remark(line.row, _("its email can’t be read, and is left out")))


def _sort_out(rows: Sequence[Row], found: Plan) -> None:
    here = Known(_alike([who for _row, who in rows]))
    of_file = Known(who for _row, who in found.new)
    for row, who in rows:
        if same := here.of(who):
            found.known += 1
            if differs := min((_differences(who, other) for other in same), key=len):
                says = _("is already here with a different %s: nothing is changed")
                found.remarks.append(Remark(row, says % ", ".join(differs)))
        elif of_file.of(who):
            found.problems.append(Remark(row, _("is in this file twice")))
        else:
            found.new.append((row, who))
            of_file.add(who)


class Known:
    """People by chart number, and by date of birth."""

    def __init__(self, people: Iterable[Patient | Who]) -> None:
        self.by_chart: dict[str, list] = defaultdict(list)
        self.born: dict[date, list] = defaultdict(list)
        for person in people:
            self.add(person)

    def add(self, person: Patient | Who) -> None:
        self.born[person.birth_date].append(person)
        if person.chart_number:
            self.by_chart[person.chart_number].append(person)

    def of(self, who: Who) -> list:
        """Of the same chart number; else of the same date of birth and name."""
        same = self.by_chart.get(who.chart_number) or self.born.get(who.birth_date, [])
        is_by_chart = who.chart_number in self.by_chart
        return [other for other in same if is_by_chart or are_the_same(other.name, who.name)]


def _alike(people: Sequence[Who]) -> Iterator[Patient]:
    """Patients with one of these chart numbers or dates of birth, each once."""
    there = Patient.objects.filter(erased_at=None)
    born = there.filter(birth_date__in={who.birth_date for who in people})
    charts = there.filter(chart_number__in={who.chart_number for who in people if who.chart_number})
    return iter({row.pk: row for rows in (born, charts) for row in rows}.values())


def _differences(who: Who, here: Patient) -> list[str]:
    """What the file says otherwise. Only what it says counts."""
    differs = {
        _("name"): not are_the_same(who.name, here.name),
        _("date of birth"): who.birth_date != here.birth_date,
        _("phone number"): who.phone and who.phone != str(here.phone),
        _("email"): who.email and who.email.casefold() != here.email.casefold(),
        _("chart number"): who.chart_number and who.chart_number != here.chart_number,
    }
    return [str(name) for name, is_so in differs.items() if is_so]


def save(rows: Sequence[Row], list_import: ListImport) -> None:
    made = new_patients([who for _row, who in rows])
    ListRow.objects.bulk_create([ListRow(list_import=list_import, patient=row) for row in made.values()], BATCH)


def take_back(list_import: ListImport, *, now: datetime) -> tuple[int, int]:
    """Delete those who have no request and no appointment. How many went, and how many stay."""
    rows = Patient.objects.filter(list_rows__list_import=list_import)
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    untouched = dict(_untouched(rows).values_list("pk", "name"))
    keys = list(untouched)
    for n in range(0, len(keys), BATCH):
        Patient.objects.filter(pk__in=keys[n : n + BATCH]).delete()
    forget_words({word for name in untouched.values() for word in spelled_words(name)})
    return len(keys), ListRow.objects.filter(list_import=list_import).count()


def _untouched(rows: QuerySet[Patient]) -> QuerySet[Patient]:
    asked, booked = AppointmentRequest.objects.values("patient"), Appointment.objects.exclude(patient=None)
    return rows.exclude(pk__in=asked).exclude(pk__in=booked.values("patient"))
