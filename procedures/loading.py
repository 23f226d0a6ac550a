"""Puts the texts that came with the product into a site that does not have them yet."""

import tomllib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from procedures.models import Procedure, Risk, Section, Source
from procedures.models.procedure import ENGLISH
from procedures.publishing import publish, sign

CONTENT = Path(__file__).parent / "content"


@transaction.atomic
def load(path: Path, *, now: datetime) -> Procedure | None:
    """The new page, published; None if the site has it already: then its text is the editors', whatever it says."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    sections, risks, sources = (data.pop(name, []) for name in ("sections", "risks", "sources"))
    for source in sources:
        Source.objects.get_or_create(key=source["key"], defaults=source)
    procedure, is_new = Procedure.objects.get_or_create(
        slug=data["slug"], language=data.get("language", ENGLISH), defaults=data
    )
    if not is_new:
        return None
    for order, section in enumerate(sections):
        Section.objects.create(procedure=procedure, order=10 * order, **section)
    for order, risk in enumerate(risks):
        _add_risk(procedure, 10 * order, risk)
    sign(procedure, reviewer=procedure.reviewed_by, on=procedure.reviewed_on, next_on=procedure.next_review_on)
    publish(procedure, by=None, now=now)
    return procedure


def _add_risk(procedure: Procedure, order: int, risk: dict) -> None:
    source = Source.objects.get(key=risk.pop("source"))
    part_of = risk.pop("part_of", None)
    within = procedure.risks.get(name=part_of) if part_of else None
    Risk.objects.create(procedure=procedure, order=order, source=source, part_of=within, **risk)
