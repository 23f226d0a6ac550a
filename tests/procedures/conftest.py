import tomllib
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import pytest
from django.db.models import Model

from procedures.loading import CONTENT, cited_sources, load
from procedures.models import Procedure, Source

LOADED = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.fixture
def kyphoplasty(db) -> Procedure:
    """The kyphoplasty page that comes with the product, loaded and published once."""
    return loaded("kyphoplasty")


@pytest.fixture
def content_of(request) -> Callable[[str], dict]:
    """What the public sees of a page that comes with the product. To read: it is loaded once for all tests."""

    @cache
    def get(slug: str) -> dict:
        if slug not in LOADS:
            request.getfixturevalue("db")
            loaded(slug)
        [version] = LOADS[slug].versions
        return version.content

    return get


@pytest.fixture
def all_pages(kyphoplasty) -> dict[str, Procedure]:
    """All pages that come with the product, by slug."""
    others = {path.stem for path in CONTENT.glob("*.toml")} - {kyphoplasty.slug}
    return {kyphoplasty.slug: kyphoplasty} | {slug: loaded(slug) for slug in sorted(others)}


class Load(NamedTuple):
    """What `load` returned, and the rows that it wrote."""

    returned: Procedure
    sources: list[Source]
    procedure: Procedure
    parts: list[Model]
    versions: list[Model]


LOADS: dict[str, Load] = {}


def loaded(slug: str) -> Procedure:
    """The page as `load` makes it: for the first test by `load`, for all others by a few inserts of the same rows."""
    return _loaded_again(LOADS[slug]) if slug in LOADS else _loaded_first(slug)


def _loaded_first(slug: str) -> Procedure:
    path = CONTENT / f"{slug}.toml"
    returned = load(path, now=LOADED, demo=True)
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    sources = cited_sources(*(data.get(name, []) for name in ("sections", "risks", "pairs")))
    procedure = Procedure.objects.get(pk=returned.pk)
    LOADS[slug] = Load(
        copy(returned),
        [Source(**source) for source in sources],
        procedure,
        [
            *procedure.sections.all(),
            *procedure.risks.select_related("source"),
            *procedure.pairs.select_related("source"),
        ],
        list(procedure.versions.all()),
    )
    return returned


def _loaded_again(kept: Load) -> Procedure:
    Source.objects.bulk_create([_anew(source) for source in kept.sources], ignore_conflicts=True)
    sources = {source.key: source for source in Source.objects.all()}
    [procedure] = Procedure.objects.bulk_create([_anew(kept.procedure)])
    rows = [*kept.parts, *kept.versions]
    for model in dict.fromkeys(map(type, rows)):
        own = [row for row in rows if type(row) is model]
        cited = [{"source": sources[row.source.key]} if hasattr(row, "source_id") else {} for row in own]
        model.objects.bulk_create(
            _anew(row, procedure=procedure, **source) for row, source in zip(own, cited, strict=True)
        )
    returned = copy(kept.returned)
    returned.pk = procedure.pk
    return returned


def _anew(row: Model, **changes: Model) -> Model:
    """The row as one that is not saved yet."""
    values = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.is_relation}
    return type(row)(**values | {"pk": None} | changes)
