"""From a list to its rows: keeps the upload, shows what would happen, brings it in, takes it back."""

from datetime import datetime
from types import ModuleType

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from booking.exchange.lists import hours, patients, providers
from booking.exchange.lists.plan import Plan
from booking.lifecycle import NotAllowed
from booking.lifecycle.diary.uploads import drop_uploads
from booking.models import ListImport
from clinic.models import Practice

Kind = ListImport.Kind
LISTS: dict[str, ModuleType] = {Kind.PROVIDERS: providers, Kind.HOURS: hours, Kind.PATIENTS: patients}


def columns() -> list[tuple[str, str]]:
    """For each kind of list, its columns by the name that we would give them."""
    return [(str(Kind(kind).label), ", ".join(names[0] for names in LISTS[kind].COLUMNS.values())) for kind in LISTS]


def keep(text: str, kind: str, *, by: User | None, now: datetime) -> ListImport:
    """Keep an upload until it is imported. The user's earlier one goes. Unreadable: it is no such list."""
    LISTS[kind].plan(text, now=now)
    drop_uploads(made_by=by)
    return ListImport.objects.create(made_at=now, made_by=by, kind=kind, content=text)


def look(list_import: ListImport, *, now: datetime) -> Plan:
    """What bringing it in would do now."""
    return LISTS[list_import.kind].plan(list_import.content, now=now)


@transaction.atomic
def bring_in(pk: int, *, now: datetime) -> Plan:
    """All that fits, in one act. NotAllowed: it was brought in already, or deleted."""
    list_import = _locked(pk)
    if list_import is None:
        raise NotAllowed(_("This file was deleted. Upload it again."))
    if list_import.imported_at:
        raise NotAllowed(_("This file was already imported."))
    found = look(list_import, now=now)
    LISTS[list_import.kind].save(found.new, list_import)
    list_import.content, list_import.imported_at = "", now
    list_import.save()
    return found


@transaction.atomic
def take_back(pk: int, *, now: datetime) -> tuple[int, int]:
    """What nobody has used since goes. How many went, and how many stay. NotAllowed: that was done already."""
    list_import = _locked(pk)
    if list_import is None or list_import.imported_at is None or list_import.undone_at:
        raise NotAllowed(_("This import was already undone."))
    done = LISTS[list_import.kind].take_back(list_import, now=now)
    list_import.undone_at = now
    list_import.save()
    return done


def _locked(pk: int) -> ListImport | None:
    """One list at a time: two of the same people would both find nobody here."""
    found = ListImport.objects.select_for_update(no_key=True).filter(pk=pk).first()
    list(Practice.objects.select_for_update(no_key=True).values_list("pk"))
    return found
