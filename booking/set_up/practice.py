"""Lines about the practice and its offices; and the switch."""

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.set_up.line import Line, State, named, state_of, tag_of
from clinic.country import country
from clinic.models import Location, OfficeHours, Practice


def offices() -> Line:
    hours = OfficeHours.objects.filter(location=OuterRef("pk"))
    rows = list(Location.objects.filter(is_active=True).values_list("pk", "name", Exists(hours)))
    closed = [(pk, name) for pk, name, has_hours in rows if not has_hours]
    state = state_of(len(rows), closed)
    says = _("Name, address, time zone, and when the front desk answers.")
    url = reverse("admin:clinic_location_add")
    if closed:
        says = _("Desk hours are missing: %s") % named([name for _pk, name in closed])
        url = reverse("admin:clinic_location_change", args=[closed[0][0]])
    elif rows:
        says = ngettext("%(number)d office: %(names)s", "%(number)d offices: %(names)s", len(rows)) % {
            "number": len(rows), "names": named([name for _pk, name, _has_hours in rows]),
        }  # fmt: skip
        url = reverse("admin:clinic_location_changelist")
    return Line("offices", _("Offices and their desk hours"), state, tag_of(state), says, _("Enter an office"), url)


def practice() -> Line:
    there = Practice.objects.values_list("name", flat=True).first()
    state = State.DONE if there else State.TO_DO
    url = reverse("admin:clinic_practice_changelist") if there else reverse("admin:clinic_practice_add")
    says = _("Name, phone, and the email address that patients can write to.")
    if there:
        says = _("%(name)s, %(country)s") % {"name": there, "country": country().name}
    if not there and not Location.objects.exists():
        says = _("Enter an office first: the practice has a default front desk.")
    return Line("practice", _("The practice"), state, tag_of(state), says, _("Enter the practice"), url)


def look() -> Line:
    row = Practice.objects.values_list("accent", "mark", "picture").first() or ()
    state = State.DONE if any(row) else State.OPTIONAL
    says = _("Your color, your logo and a picture. Without them the site is plain.")
    act = _("Choose")
    url = reverse("desk:look") if row else reverse("admin:clinic_practice_add")
    return Line("look", _("Color, logo and picture"), state, tag_of(state), says, act, url, is_needed=False)


def is_on() -> bool:
    return Practice.objects.filter(is_on=True).exists()
