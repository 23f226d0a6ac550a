"""What was measured beside its budget, as a table.

A budget is for a machine on which the floor takes 2.0 ms of processor time; on another one it grows or shrinks with it.
"""

from dataclasses import dataclass, field
from statistics import median, quantiles

FLOOR = 2.0  # ms


@dataclass
class Load:
    """Answers per second, the seconds each took, and the seconds of processor time each cost server and database."""

    rate: float
    took: list[float]
    cpu: float

    @property
    def p95(self) -> float:
        return quantiles(self.took, n=100)[94]


def merged(loads: list[Load]) -> Load:
    took = [each for load in loads for each in load.took]
    return Load(median(load.rate for load in loads), took, median(load.cpu for load in loads))


@dataclass(frozen=True)
class Budget:
    milliseconds: float

    def verdict(self, spent: float, floor: float) -> tuple[str, str]:
        """The budget on this machine and whether it is met; both times in seconds."""
        allowed = self.milliseconds * floor * 1000 / FLOOR
        return f"{allowed:.1f}", "met" if spent * 1000 <= allowed else "MISSED"


LINE = "{:44} {:>7} {:>7} {:>7} {:>7} {:>6}  {}"
HEAD = LINE.format("page", "ms", "budget", "a sec.", "p95 ms", "trips", "")


@dataclass
class Table:
    missed: list[str] = field(default_factory=list)

    def head(self) -> None:
        say("\nms: processor time of web and database; trips: messages to the database")
        say(HEAD)

    def page(self, name: str, load: Load, floor: Load, trips: int | str, budget: Budget | None = None) -> None:
        allowed, verdict = budget.verdict(load.cpu, floor.cpu) if budget else ("", "")
        speed = (f"{load.cpu * 1000:.1f}", allowed, f"{load.rate:.0f}", f"{load.p95 * 1000:.0f}")
        say(LINE.format(name, *speed, trips, verdict))
        if verdict == "MISSED":
            self.missed.append(name)

    def fact(self, name: str, value: str, target: str, met: bool) -> None:
        """A figure that is no page's processor time."""
        say(f"{name:44} {value} (to reach: {target})  {'met' if met else 'MISSED'}")
        if not met:
            self.missed.append(name)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201
