"""Loads the texts that come with the product into a site that does not have them yet."""

import tomllib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from clinic.practice_info import local_date
from clinic.web.danger_signs import DANGER_SIGNS
from procedures import citations
from procedures.models import Pair, Procedure, Risk, Section, Source
from procedures.models.procedure import ENGLISH
from procedures.publishing import publish, sign

CONTENT = Path(__file__).parent / "content"
SOURCES = CONTENT / "sources" / "sources.toml"
DEMO, TO_DO = "[demo] ", "[to do]"  # how a line begins that only the demo has; what a line holds that it does not have
TO_CHECK = "[to check] "  # what no source backs: blocks a practice's review; the demo's invented reviewer let it pass
SIGNS = "[danger signs]"
BACKED = {0: " [KRAMES]", 3: " [KRAMES]"}  # the danger signs that a source names
PEOPLE = ("written_by", "reviewed_by", "reviewed_on", "next_review_on", "paid_for_by")


@transaction.atomic
def load(path: Path, *, now: datetime, demo: bool = False) -> Procedure | None:
    """The new page, an unreviewed draft; None if the site already has it, since the editors own its text then.

    `demo` also publishes it, signed by the (invented) reviewer in the file.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    sections, risks, pairs = (data.pop(name, []) for name in ("sections", "risks", "pairs"))
    people = {name: data.pop(name) for name in PEOPLE if name in data}
    for source in cited_sources(sections, risks, pairs):
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
    for model, rows in ((Risk, risks), (Pair, pairs)):
        for order, row in enumerate(rows):
            source = Source.objects.get(key=row.pop("source"))
            texts = {name: _body(value, demo=demo) if isinstance(value, str) else value for name, value in row.items()}
            model.objects.create(procedure=procedure, order=10 * order, source=source, **texts)
    if demo:
        is_fresh = people["next_review_on"] > local_date(now)  # the invented review is dated on the day of loading
        on, next_on = (people["reviewed_on"], people["next_review_on"]) if is_fresh else (local_date(now), None)
        sign(procedure, reviewer=people["reviewed_by"], on=on, next_on=next_on, is_demo=True)
        publish(procedure, by=None, now=now, is_demo=True)
    return procedure


def cited_sources(sections: list[dict], risks: list[dict], pairs: list[dict]) -> list[dict]:
    """The sources that these parts cite, as sources.toml describes them."""
    rows = sections + risks + pairs
    texts = [_with_signs(value) for row in rows for value in row.values() if isinstance(value, str)]
    keys = citations.cited_keys(*texts) | {row["source"] for row in risks + pairs}
    known = tomllib.loads(SOURCES.read_text(encoding="utf-8"))["sources"]
    return [source for source in known if source["key"] in keys]


def _body(text: str, *, demo: bool) -> str:
    """The demo's own lines are in the demo alone; what a practice still has to write or check is everywhere else."""
    lines = _with_signs(text).splitlines(keepends=True)
    if demo:
        return "".join(line.removeprefix(DEMO).replace(TO_CHECK, "") for line in lines if TO_DO not in line)
    return "".join(line for line in lines if not line.startswith(DEMO))


def _with_signs(text: str) -> str:
    signs = (f"- {'' if n in BACKED else TO_CHECK}{sign}{BACKED.get(n, '')}" for n, sign in enumerate(DANGER_SIGNS))
    return text.replace(SIGNS, "\n".join(signs))
