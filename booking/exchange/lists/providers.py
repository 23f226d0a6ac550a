"""Providers from a list. One who is here already is never changed."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import ManyToOneRel
from django.utils.text import slugify
from django.utils.translation import gettext as _

from booking.exchange.lists.columns import Line, read_lines
from booking.exchange.lists.plan import Plan, Remark
from booking.exchange.lists.practice import by_name, written
from booking.exchange.plan import folded
from booking.models import ListImport, ListRow
from clinic.models import AppointmentType, Practitioner

COLUMNS = {  # ours: what others call it, in small letters and without marks; the best first
    "name": ("name", "provider", "provider name", "practitioner", "full name", "clinician", "staff name"),
    "first": ("first name", "given name", "firstname"),
    "last": ("last name", "family name", "surname", "lastname"),
    "degree": ("degree", "credentials", "suffix", "title after name"),
    "short_name": ("short name", "abbreviation", "display name", "initials"),
    "profession": ("profession", "role", "provider type", "job title", "title"),
    "specialty": ("specialty", "speciality", "primary specialty", "department"),
    "languages": ("languages", "language", "languages spoken"),
    "types": ("appointment types", "appointment type", "services", "visit types"),
}
NEEDED = (("name", "first", "last"),)
VALUES = ("name", "short_name", "profession", "specialty", "languages")
OURS = (ListRow, AppointmentType.practitioners.through)  # no use of a provider


@dataclass(frozen=True)
class New:
    row: int
    values: dict[str, str]
    types: list[AppointmentType]


def plan(text: str, *, now: datetime) -> Plan:
    """Unreadable: it is no such list. Two queries."""
    found, here, types = Plan(), by_name(Practitioner.objects.all()), by_name(AppointmentType.objects.all())
    of_file: set[str] = set()
    for line in read_lines(text, COLUMNS, NEEDED):
        values = {name: line[name] for name in VALUES} | {"name": _name(line)}
        mine = {folded(values["name"]), folded(values["name"].partition(",")[0])} - {""}
        known = next((here[key] for key in mine if key in here), None)
        offered = [types.get(folded(name)) for name in _parts(line["types"])]
        if why := _why_not(values, offered):
            found.problems.append(Remark(line.row, why))
        elif known:
            _note_known(line.row, values, known, found)
        elif of_file.intersection(mine):
            found.problems.append(Remark(line.row, _("is in this file twice")))
        else:
            of_file.update(mine)
            found.new.append(New(line.row, values, [each for each in offered if each]))
    return found


def _name(line: Line) -> str:
    whole = line["name"] or f"{line['first']} {line['last']}".strip()
    return f"{whole}, {line['degree']}" if whole and line["degree"] else whole


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("|", ";").split(";") if part.strip()]


def _why_not(values: dict[str, str], types: list[AppointmentType | None]) -> str:
    if not folded(values["name"]):
        return _("has no name")
    for name, value in values.items():
        field = Practitioner._meta.get_field(name)
        if len(value) > (field.max_length or 0):
            limits = {"column": field.verbose_name, "number": field.max_length}
            return _("%(column)s: up to %(number)d characters") % limits
    return _("we can’t find this appointment type") if None in types else ""


def _note_known(row: int, values: dict[str, str], known: Practitioner, found: Plan) -> None:
    found.known += 1
    differs = [name for name in VALUES[1:] if values[name] and values[name] != getattr(known, name)]
    if differs:
        named = ", ".join(str(Practitioner._meta.get_field(name).verbose_name) for name in differs)
        found.remarks.append(Remark(row, _("is already here with a different %s: nothing is changed") % named))


def save(rows: list[New], list_import: ListImport) -> None:
    taken = set(Practitioner.objects.values_list("slug", flat=True))
    for new in rows:
        provider = Practitioner.objects.create(**new.values, slug=_slug(new.values["name"], taken))
        provider.appointment_types.set(new.types)
        ListRow.objects.create(list_import=list_import, practitioner=provider, written=written(provider, VALUES))


def _slug(name: str, taken: set[str]) -> str:
    """That of the name without degrees; with a number if another provider has it."""
    plain = slugify(name.partition(",")[0])[:40] or "provider"
    slug = next(each for n in range(1, len(taken) + 3) if (each := plain if n == 1 else f"{plain}-{n}") not in taken)
    taken.add(slug)
    return slug


def take_back(list_import: ListImport, *, now: datetime) -> tuple[int, int]:
    """Delete those whom nobody has changed and nothing names. How many went, and how many stay."""
    rows = list_import.rows.select_related("practitioner").order_by("pk")
    list(Practitioner.objects.select_for_update().filter(pk__in=[row.practitioner_id for row in rows]).order_by("pk"))
    gone = [row.practitioner for row in rows if written(row.practitioner, VALUES) == row.written]
    gone = [provider for provider in gone if not _is_used(provider)]
    for provider in gone:
        provider.delete()
    return len(gone), len(rows) - len(gone)


def _is_used(provider: Practitioner) -> bool:
    """Whether a row of another table names the provider; the appointment types came with them."""
    named = [each for each in Practitioner._meta.get_fields(include_hidden=True) if isinstance(each, ManyToOneRel)]
    return any(
        each.related_model._default_manager.filter(**{each.field.name: provider.pk}).exists()
        for each in named
        if each.related_model not in OURS
    )
