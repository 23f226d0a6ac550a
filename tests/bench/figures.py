"""The measured figures and their targets, and a table of both."""

from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass
class Load:
    """Answers per second, the seconds that each answer took, and the seconds of processor time that the server used."""

    rate: float
    took: list[float]
    cpu: float

    @property
    def p50(self) -> float:
        return quantiles(self.took, n=100)[49]

    @property
    def p95(self) -> float:
        return quantiles(self.took, n=100)[94]


def merged(loads: list[Load]) -> Load:
    took = [each for load in loads for each in load.took]
    return Load(median(load.rate for load in loads), took, median(load.cpu for load in loads))


@dataclass(frozen=True)
class Figure:
    name: str
    value: str
    target: str = ""
    met: bool | None = None
    load: Load | None = None
    queries: int | None = None

    def __str__(self) -> str:
        speed = ["", "", "", ""]
        if self.load:
            milliseconds = (self.load.p50, self.load.p95, self.load.cpu)
            speed = [f"{self.load.rate:.0f}", *(f"{seconds * 1000:.1f}" for seconds in milliseconds)]
        queries = "" if self.queries is None else str(self.queries)
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return LINE.format(self.name, *speed, queries, self.value, self.target, verdict)


LINE = "{:42} {:>6} {:>7} {:>7} {:>7} {:>4}  {:22} {:26} {}"
HEAD = LINE.format("", "a sec.", "p50 ms", "p95 ms", "cpu ms", "SQL", "measured", "to reach", "")


@dataclass
class Table:
    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: str = "", **more: object) -> Figure:
        figure = Figure(name, value, **more)
        if not self.figures:
            say(f"\n{HEAD}")
        self.figures.append(figure)
        say(str(figure))
        return figure

    @property
    def missed(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.met is False]


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201
