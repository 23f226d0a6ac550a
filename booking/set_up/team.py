"""Lines about who treats, and for what patients come."""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.models import Reason
from booking.set_up.line import Line, named, state_of, tag_of
from clinic.models import AppointmentType, Practitioner, Schedule


def providers() -> Line:
    hours = Schedule.objects.filter(practitioner=OuterRef("pk"), location__is_active=True)
    rows = list(Practitioner.objects.filter(is_active=True).values_list("slug", "name", Exists(hours)))
    idle = [(slug, name) for slug, name, works in rows if not works]
    state = state_of(len(rows), idle)
    says = _("Who sees patients, where, on which days. One by one, or as a list: see “Import providers” below.")
    act = _("Enter a provider")
    url = reverse("admin:clinic_practitioner_add")
    if idle:
        says, act = _("Weekly hours are missing: %s") % named([name for _slug, name in idle]), _("Enter hours")
        url = reverse("desk:hours") if len(idle) > 1 else reverse("desk:week", args=[idle[0][0]])
    elif rows:
        says = ngettext("%d provider with weekly hours", "%d providers with weekly hours", len(rows)) % len(rows)
        url = reverse("desk:hours")
    title = _("Providers and their weekly hours")
    return Line("providers", title, state, tag_of(state), says, act, url)


def appointment_types() -> Line:
    offered = Practitioner.objects.filter(appointment_types=OuterRef("pk"), is_active=True)
    rows = list(AppointmentType.objects.values_list("pk", "name", Exists(offered)))
    unused = [name for _pk, name, is_offered in rows if not is_offered]
    state = state_of(len(rows), unused)
    says = _("How long each lasts, and which providers offer it.")
    url = reverse("admin:clinic_appointmenttype_add")
    if unused:
        says = _("No provider offers: %s") % named(unused)
        url = reverse("admin:clinic_appointmenttype_changelist")
    elif rows:
        says = named([name for _pk, name, _is_offered in rows])
        url = reverse("admin:clinic_appointmenttype_changelist")
        if idle := list(Practitioner.objects.filter(is_active=True, appointment_types=None)):
            says = _("%(types)s. Offers none of these: %(names)s") % {"types": says, "names": named([*map(str, idle)])}
    return Line("types", _("Appointment types"), state, tag_of(state), says, _("Enter a type"), url)


def reasons() -> Line:
    rows = list(Reason.objects.filter(is_active=True).values_list("label", _works("new"), _works("returning")))
    idle = [label for label, new, returning in rows if not (new and returning)]
    state = state_of(len(rows), idle)
    says = _("What patients come for. Each leads to an appointment type.")
    if idle:
        says = _("No provider with weekly hours offers the appointment type of: %s") % named(idle)
    elif rows:
        says = named([label for label, _new, _returning in rows])
    url = reverse("admin:booking_reason_changelist") if rows else reverse("admin:booking_reason_add")
    return Line("reasons", _("Reasons patients can choose"), state, tag_of(state), says, _("Enter a reason"), url)


def _works(who: str) -> Exists:
    """Whether somebody who works offers the reason's appointment type for a new or a returning patient."""
    at_work = Q(is_active=True, schedules__location__is_active=True)
    return Exists(Practitioner.objects.filter(at_work, appointment_types=OuterRef(f"appointment_type_{who}")))
