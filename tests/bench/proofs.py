"""What is no page: fifty people at one time, and the pure engine."""

import random
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.models import Appointment, AppointmentRequest
from booking.scheduling.availability import Span, WeeklyHours, open_slots, whole_minutes
from booking.scheduling.slots import Slot
from tests.bench.bench import Bench
from tests.bench.client import connect, read
from tests.bench.walk import Patient


def all_at_once(bench: Bench, people: int = 50) -> None:
    """Let fifty patients want one time: all press the button before the first answer is read."""
    code = bench.take(1)[0]
    before = AppointmentRequest.objects.count()
    patients = [Patient(bench.product).ready(code) for _n in range(people)]
    buttons = [patient.browser.raw(patient.url("check"), {}) for patient in patients]
    for patient in patients:
        patient.browser.close()
    sockets = [connect(bench.product) for _n in range(people)]
    for socket, button in zip(sockets, buttons, strict=True):
        socket.sendall(button)
    answers = [read(socket) for socket in sockets]
    for socket in sockets:
        socket.close()
    polite = sum(is_polite(patient) for patient, a in zip(patients, answers, strict=True) if a.status == 302)
    rows = AppointmentRequest.objects.count() - before
    held = holds_of(Slot.parse(code))
    met = (rows, held, polite) == (1, 1, people - 1)
    value = f"{rows} row, {polite} polite pages"
    bench.table.fact("50 people at one time", value, "1 row, 49 polite pages", met)


def is_polite(patient: Patient) -> bool:
    """Whether the patient who lost was sent back to the times and told that somebody was faster. The winner was not."""
    answer = patient.browser.get(patient.url("times"))
    patient.browser.close()
    return answer.status == 200 and b'class="err-box"' in answer.body


def holds_of(slot: Slot) -> int:
    return Appointment.objects.filter(
        practitioner=slot.practitioner_id, starts_at=slot.starts_at, status__in=Appointment.HOLDING
    ).count()


def engine(bench: Bench) -> None:
    """Interval arithmetic without a database: 60 days, 20 practitioners, 2,000 busy intervals each."""
    rng, zone, now = random.Random(1), ZoneInfo("America/New_York"), datetime(2026, 11, 23, 15, tzinfo=UTC)
    weekly = [WeeklyHours(day, *span) for day in range(5) for span in ((540, 720), (780, 1020))]
    calendars = [[busy_interval(now, rng) for _n in range(2000)] for _practitioner in range(20)]
    began, found = time.process_time(), 0
    for busy in calendars:
        found += len(
            open_slots(
                zone=zone, weekly=weekly, exceptions=[], busy=busy, length=20, buffer_before=0, buffer_after=0,
                step=20, notice=1440, horizon=60, now=now, first_day=date(2026, 11, 23),
                last_day=date(2027, 1, 22),
            )
        )  # fmt: skip
    took = (time.process_time() - began) * 1000
    name = "engine, 60 days, 20 x 2,000 busy intervals"
    bench.table.fact(name, f"{took:.0f} ms, {took / 20:.1f} each", "20 ms each", met=took / 20 < 20)


def busy_interval(now: datetime, rng: random.Random) -> Span:
    start = now + timedelta(minutes=rng.randrange(60 * 1440))
    return whole_minutes(start, start + timedelta(minutes=rng.choice((10, 20))))
