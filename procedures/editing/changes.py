"""What editors do to the parts of a page. A changed page is a draft again, whatever its stage was."""

from django.db import models, transaction
from django.db.models import F

from procedures.models import Pair, Procedure, Risk, Section

Part = Section | Pair | Risk
GROUPS = {Section: ("page",), Pair: ("is_gain",), Risk: ()}  # parts that stand one below the other agree in these
STEP = 10


class ChangedMeanwhile(Exception):
    """Somebody else changed the part, or removed it, after the form was opened. Nothing was saved."""


@transaction.atomic
def save(part: Procedure | Part, columns: list[str], *, version: int) -> None:
    """Save these columns of a part that was at `version` when its form was opened."""
    procedure = part if isinstance(part, Procedure) else part.procedure
    _lock(procedure)
    if isinstance(part, tuple(GROUPS)) and (part.pk is None or set(columns) & set(GROUPS[type(part)])):
        part.order = max((other.order for other in siblings(part)), default=-STEP) + STEP
        columns = [*columns, "order"]
    if part.pk is None:
        part.save()
    else:
        _update(part, columns, version)
    Procedure.objects.filter(pk=procedure.pk).update(stage=Procedure.Stage.DRAFT)


@transaction.atomic
def remove(part: Part, *, version: int) -> None:
    _lock(part.procedure)
    deleted, _kinds = type(part).objects.filter(pk=part.pk, version=version).delete()
    if not deleted:
        raise ChangedMeanwhile
    Procedure.objects.filter(pk=part.procedure_id).update(stage=Procedure.Stage.DRAFT)


@transaction.atomic
def move(part: Part, *, by: int) -> None:
    """Move a part so many places down, or up if negative, among those that stand one below the other."""
    _lock(part.procedure)
    rows = list(siblings(part))
    at = next((place for place, row in enumerate(rows) if row.pk == part.pk), None)
    to = None if at is None else at + by
    if to is None or not 0 <= to < len(rows):
        return
    rows.insert(to, rows.pop(at))
    for place, row in enumerate(rows):
        row.order = place * STEP
    type(part).objects.bulk_update(rows, ["order"])
    Procedure.objects.filter(pk=part.procedure_id).update(stage=Procedure.Stage.DRAFT)


def siblings(part: Part) -> models.QuerySet:
    agree = {name: getattr(part, name) for name in GROUPS[type(part)]}
    return type(part).objects.filter(procedure=part.procedure_id, **agree).order_by("order", "pk")


def _lock(procedure: Procedure) -> None:
    """The editors of one page take turns."""
    Procedure.objects.select_for_update().get(pk=procedure.pk)


def _update(part: models.Model, columns: list[str], version: int) -> None:
    values = {name: getattr(part, name) for name in columns}
    rows = type(part).objects.filter(pk=part.pk, version=version)
    if not rows.update(**values, version=F("version") + 1):
        raise ChangedMeanwhile
