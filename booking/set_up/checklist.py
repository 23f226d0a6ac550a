"""The set-up checklist: what a practice needs before patients can request appointments, in the order it is done."""

from dataclasses import dataclass
from datetime import datetime

from booking.set_up import backups, mail, practice, running, team
from booking.set_up.line import Line, State, named


@dataclass(frozen=True)
class Checklist:
    lines: list[Line]
    is_on: bool

    @property
    def done(self) -> int:
        return sum(line.state == State.DONE for line in self.lines)

    @property
    def needed(self) -> list[Line]:
        """What still keeps the site from being switched on."""
        return [line for line in self.lines if line.is_needed and line.state != State.DONE]

    @property
    def first(self) -> str:
        """What is needed, in words."""
        return named([str(line.title) for line in self.needed])

    @property
    def is_green(self) -> bool:
        return self.is_on and all(line.state in (State.DONE, State.OPTIONAL) for line in self.lines)

    @property
    def next(self) -> Line | None:
        return next((line for line in self.lines if line.state not in (State.DONE, State.OPTIONAL)), None)


def checklist(*, now: datetime) -> Checklist:
    """About a dozen queries, whatever the size of the practice."""
    lines = [
        practice.offices(),
        practice.practice(),
        team.providers(),
        team.appointment_types(),
        team.reasons(),
        running.pages(),
        running.staff(),
        mail.tested(),
        backups.line(now=now),
        running.diary(),
        practice.look(),
        running.feeds(now=now),
    ]
    return Checklist(lines, practice.is_on())
