"""Ten thousand rows each of an old calendar and of a list of patients are brought in."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.utils import timezone

from booking.exchange import diary
from booking.exchange.lists import imports as lists
from booking.exchange.plan import Options
from booking.models import ListImport
from clinic.models import AppointmentType, Schedule
from tests.bench.bench import Bench

ROWS, MOST = 10_000, 60  # seconds
A_DAY, MINUTES = 24, 20
FAR = timedelta(days=200)  # from today: nobody of the demo is booked then


def ten_thousand_rows(bench: Bench, rows: int = ROWS) -> None:
    now, kind = timezone.now(), AppointmentType.objects.earliest("pk")
    old, people = "".join(calendar(rows, kind)), "".join(patients(rows))
    kept = diary.keep(old, Options(appointment_type=kind.pk), by=None, now=now)
    measure(bench, "an old calendar", rows, lambda: diary.bring_in(kept.pk, by=None, now=now).total)
    listed = lists.keep(people, ListImport.Kind.PATIENTS, by=None, now=now)
    measure(bench, "a list of patients", rows, lambda: len(lists.bring_in(listed.pk, now=now).new))


def calendar(rows: int, kind: AppointmentType) -> Iterator[str]:
    """Everybody has one appointment, one after the other, with each practitioner of this type in turn."""
    yield "id,start,minutes,provider,office,patient,dob,phone\n"
    hours = Schedule.objects.filter(practitioner__in=kind.practitioners.all()).order_by("pk")
    who = list(dict(hours.values_list("practitioner__name", "location__name")).items())
    first = (timezone.now() + FAR).replace(hour=14, minute=0, second=0, microsecond=0)
    for n in range(rows):
        turn, (provider, office) = n // len(who), who[n % len(who)]
        start = first + timedelta(days=turn // A_DAY, minutes=turn % A_DAY * MINUTES)
        yield f'{n},{start.isoformat()},{MINUTES},"{provider}","{office}",Caller{n} Demo,1951-03-09,{phone(n)}\n'


def patients(rows: int) -> Iterator[str]:
    yield "name,dob,phone\n"
    yield from (f"Neighbor{n} Demo,19{n % 90 + 10}-03-{n % 28 + 1:02},{phone(n)}\n" for n in range(rows))


def phone(n: int) -> str:
    return f"{201 + n // 100 % 100} 555 01{n % 100:02}"


def measure(bench: Bench, name: str, rows: int, bring_in: Callable[[], int]) -> None:
    began = time.monotonic()
    new = bring_in()
    took = time.monotonic() - began
    bench.table.fact(f"{name}, {rows:,} rows", f"{new:,} in {took:.1f} s", f"{MOST} s", met=new == rows and took < MOST)
