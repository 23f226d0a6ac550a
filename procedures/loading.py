"""Loads the texts that come with the product into a site that does not have them yet."""

import tomllib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from clinic.practice_info import local_date
from procedures.models import Procedure, Risk, Section, Source
from procedures.models.procedure import ENGLISH
from procedures.publishing import publish, sign

CONTENT = Path(__file__).parent / "content"
DEMO, TO_DO = "[demo] ", "[to do]"  # how a line begins that only the demo has; what a line holds that it does not have
PEOPLE = ("written_by", "reviewed_by", "reviewed_on", "next_review_on", "paid_for_by")


@transaction.atomic
def load(path: Path, *, now: datetime, demo: bool = False) -> Procedure | None:
    """The new page, an unreviewed draft; None if the site already has it, since the editors own its text then.

    `demo` also publishes it, signed by the (invented) reviewer in the file.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    sections, risks, sources = (data.pop(name, []) for name in ("sections", "risks", "sources"))
    people = {name: data.pop(name) for name in PEOPLE if name in data}
    for source in sources:
        Source.objects.get_or_create(key=source["key"], defaults=source)
    procedure, is_new = Procedure.objects.get_or_create(
        slug=data["slug"], language=data.get("language", ENGLISH), defaults=data | (people if demo else {})
    )
    if not is_new:
        return None
    for order, section in enumerate(sections):
        is_for_all = not section.pop("demo_only", False)
        if demo or is_for_all:
            section["body"] = _body(section["body"], demo=demo)
            Section.objects.create(procedure=procedure, order=10 * order, **section)
    for order, risk in enumerate(risks):
        _add_risk(procedure, 10 * order, risk)
    if demo:
        is_fresh = people["next_review_on"] > local_date(now)  # the invented review is dated on the day of loading
        on, next_on = (people["reviewed_on"], people["next_review_on"]) if is_fresh else (local_date(now), None)
        sign(procedure, reviewer=people["reviewed_by"], on=on, next_on=next_on)
        publish(procedure, by=None, now=now, is_demo=True)
    return procedure


def _body(text: str, *, demo: bool) -> str:
    """The demo's own lines are in the demo alone; what a practice still has to write is everywhere else."""
    lines = text.splitlines(keepends=True)
    if demo:
        return "".join(line.removeprefix(DEMO) for line in lines if TO_DO not in line)
    return "".join(line for line in lines if not line.startswith(DEMO))


def _add_risk(procedure: Procedure, order: int, risk: dict) -> None:
    source = Source.objects.get(key=risk.pop("source"))
    part_of = risk.pop("part_of", None)
    within = procedure.risks.get(name=part_of) if part_of else None
    Risk.objects.create(procedure=procedure, order=order, source=source, part_of=within, **risk)
