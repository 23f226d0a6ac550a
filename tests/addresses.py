"""Every address of the site, by the name of its route, with rows that are there."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.urls import NoReverseMatch, get_resolver, reverse

from booking.desk.urls import urlpatterns as desk_urls
from booking.models import Appointment, AppointmentRequest, DiaryImport, Event, ListImport, Message
from booking.notifications import links, not_you
from clinic.models import Practitioner, ScheduleException
from procedures.models import Picture, Procedure, PublishedVersion, Section

ADMIN_ROW = re.compile(r"admin:([a-z]+)_([a-z]+)_(change|delete|history|password_change)")
UNNAMED = {  # route: an address of it
    "admin/(?P<url>.*)$": "/admin/nowhere/",
    "^.+/$": "/nowhere/at/all/",
    "admin/password_change/": "/admin/password_change/",
}


def names() -> list[str]:
    """The name of each route, or the route itself if it has none."""
    return list(dict.fromkeys(_names(get_resolver())))


def _names(resolver, before: str = "", namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _names(pattern, route, inner)
        else:
            yield namespace + pattern.name if pattern.name else route


def addresses(appointment_request: AppointmentRequest, flow: str) -> dict[str, str]:
    """`flow`: the key of a request that is being filled in."""
    rows = (
        _of_link(appointment_request)
        | _of_flow(appointment_request, flow)
        | _of_pages()
        | _of_desk(appointment_request)
        | OTHERS
    )
    return {name: _address(name, rows) for name in names()}


def _address(name: str, rows: dict[str, dict]) -> str:
    if name in UNNAMED:
        return UNNAMED[name]
    if name.startswith("visit/"):  # a link copied with the end of its sentence
        return reverse("patient_page:page", kwargs=rows["patient_page:page"]) + ")."
    if name.endswith("<path:object_id>/"):
        _admin, app, model, _key = name.split("/", 3)
        return f"/admin/{app}/{model}/{_first(apps.get_model(app, model))}/"
    if row := ADMIN_ROW.fullmatch(name):
        return reverse(name, args=[_first(apps.get_model(*row.groups()[:2]))])
    try:
        return reverse(name, kwargs=rows.get(name))
    except NoReverseMatch as error:
        raise LookupError(f"A new address: say in tests/addresses.py with which row {name!r} is opened.") from error


def _first(model, **chosen) -> int:
    return model.objects.filter(**chosen).order_by("pk").values_list("pk", flat=True).first() or 1


def _of_link(appointment_request: AppointmentRequest) -> dict[str, dict]:
    link = {"secret": links.secret(appointment_request)}
    email = not_you.absolute(appointment_request).split("/")[-3]
    of_link = {name: link for name in names() if name.startswith("patient_page:")}
    of_link |= dict.fromkeys(("patient_page:lost_link", "patient_page:lost_link_sent"), {})
    return of_link | {"patient_page:not_you": {"token": email}}


def _of_flow(appointment_request: AppointmentRequest, flow: str) -> dict[str, dict]:
    sent = {"key": appointment_request.flow_key}
    return {"request_flow:sent": sent, "request_flow:step": {"key": flow, "step": "reason"}}


OTHERS = {
    "openid_connect_login": {"provider_id": "sso"},
    "openid_connect_callback": {"provider_id": "sso"},
    "account_new_password": {"purpose": "reset", "uidb64": "MQ", "token": "abc-def"},
    "mfa_remove_webauthn": {"pk": 1},
    "admin:view_on_site": {"content_type_id": 1, "object_id": 1},
    "admin:app_list": {"app_label": "booking"},
    "brand_sheet": {"light": "0b5c5a", "dark": "83d3c6"},
}


def _of_pages() -> dict[str, dict]:
    procedure, admin = Procedure.objects.get(slug="kyphoplasty"), "admin:procedures_procedure_"
    part = {"pk": procedure.pk, "kind": "section", "part": _first(Section, procedure=procedure)}
    of_part = {f"{admin}{act}": part for act in ("part", "move", "remove")}
    of_page = {f"{admin}{act}": {"pk": procedure.pk} for act in ("facts", "ask", "sign", "publish")}
    return of_part | of_page | {
        f"{admin}draft": {"pk": procedure.pk, "page": "overview"},
        f"{admin}add_part": {"pk": procedure.pk, "kind": "section"},
        "admin:procedures_publishedversion_shown": {"pk": _first(PublishedVersion), "page": "overview"},
        "procedures:picture": {"file": Picture.objects.latest("pk").file},
        "procedures:detail": {"slug": procedure.slug},
        "procedures:page": {"slug": procedure.slug, "page": "risks"},
        "procedures:practice_page": {"slug": "privacy"},
    }  # fmt: skip


def _of_desk(appointment_request: AppointmentRequest) -> dict[str, dict]:
    """By the parameters of each route; `pk` is that of the appointment unless the address names another table."""
    appointment = Appointment.objects.filter(status="booked").first() or Appointment.objects.latest("pk")
    other = AppointmentRequest.objects.exclude(pk=appointment_request.pk).order_by("pk").first()
    values = {
        "reference": appointment_request.reference, "other": other.reference, "slug": Practitioner.objects.first().slug,
        "random_id": appointment_request.patient.random_id, "key": "0" * 32, "day": "2026-12-04", "pk": appointment.pk,
    }  # fmt: skip
    of_table = {
        "notes": _first(Event, verb="add_note"), "calendar": _first(ScheduleException, kind="closed"),
        "provider-out": _first(ScheduleException, kind="closed"), "undo": Event.objects.latest("pk").pk,
        "letters": _first(Message, kind="closed"), "messages": _first(Message, status="to_call"),
        "imports": _first(DiaryImport), "lists": _first(ListImport),
    }  # fmt: skip
    found = {}
    for route in desk_urls:
        table = str(route.pattern).split("/")[0]
        own = values | {"pk": of_table.get(table, values["pk"])}
        found[f"desk:{route.name}"] = {name: own[name] for name in route.pattern.converters}
    return found
