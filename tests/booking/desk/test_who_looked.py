"""Every page of staff that shows a patient leaves one row in the access log, which names whom it showed."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking import lifecycle
from booking.desk.urls import urlpatterns
from booking.models import Appointment, AppointmentRequest, DiaryImport, Event, ListImport, Message, Patient
from booking.notifications import links
from clinic.models import AccessLog, Schedule, ScheduleException
from tests.builders import LOGGED, MONDAY, make_clerk

FEW, DAY = 14, "/admin/desk/day/"
SILENT = {"new_requests", "keys", "holidays"}  # they show no patient
MORE = {  # what else an address shows
    "queue": ["?view=to-call", "?view=answered", "?view=all"],
    "today": ["?by=practitioner"],
    "day": ["?by=practitioner"],
    "calendar": ["?day=2026-12-03", "?day=2026-12-03&span=day", "?rescheduling={appointment}"],
    "book": ["?person={person}", "?again={missed}"],
    "provider_out": ["?practitioner={provider}&first=2026-12-03"],
    "history": ["?of={reference}"],
}


@pytest.fixture
def people(client, clinic, at):
    """Patients with names that no other text holds: asked, to be called, merged with nobody, booked, missed, today."""
    named = ("Quillon", "Brindlewood", "Tarquist", "Oxmantle", "Wrenfield", "Pemberlin")
    asked, called, booked, missed, today, closed = (
        {"name": f"Zed {name}", "email": f"{name.lower()}@example.org", "phone": f"+1718555016{n}"}
        for n, name in enumerate(named)
    )
    by = lifecycle.staff(make_clerk())
    clinic.appointment_request(clinic.slot(hour=11), patient=asked)
    silent = clinic.appointment_request(patient=called | {"email": ""})
    lifecycle.decline(silent.pk, "other", "Call us.", by=by, now=MONDAY)
    lifecycle.add_note(silent.pk, "Stairs are hard.", by=by, now=MONDAY)
    clinic.appointment(clinic.slot(), patient=booked)
    gone = clinic.appointment(clinic.slot(day=20, month=11), now=at("2026-11-19 10:00"), patient=missed)
    at("2026-11-20 10:00")
    lifecycle.no_show(gone.pk, by=by, now=at("2026-11-20 12:00"), version=gone.version)
    now = at("2026-11-23 10:05")
    clinic.appointment(clinic.slot(day=23, month=11, hour=14), now=now, patient=today)
    ended = clinic.appointment_request(patient=closed)
    lifecycle.close(ended.pk, "Nobody there.", by=by, now=now)
    until = clinic.slot(day=24, month=11, hour=10).starts_at
    lifecycle.block(clinic.slot(day=24, month=11), until, by=by, now=now)
    own = make_clerk(role=None, is_superuser=True)
    type(clinic.practitioner).objects.update(user=own)
    client.force_login(own)
    return clinic


LIST = "name,date of birth,phone\nJune Demo,1951-03-09,718 555 0169\n"


def addresses(clinic):
    """Of each address of the desk and of the admin's tables of records, with what it may show besides."""
    asked, booked = AppointmentRequest.objects.first(), Appointment.objects.get(status="booked", starts_at__month=12)
    own = {
        "reference": asked.reference, "other": AppointmentRequest.objects.last().reference, "key": "0" * 32,
        "random_id": booked.patient.random_id, "day": "2026-12-03", "slug": clinic.practitioner.slug,
    }  # fmt: skip
    keys = {
        "appointments": booked.pk, "notes": Event.objects.get(verb="add_note").pk, "calendar": _block(),
        "undo": Event.objects.get(verb="decline").pk, "letters": Message.objects.get(kind="closed").pk,
        "imports": DiaryImport.objects.create(made_at=MONDAY, imported_at=MONDAY).pk,
        "lists": ListImport.objects.create(kind="patients", made_at=MONDAY, content=LIST).pk,
        "messages": Message.objects.get(status="to_call").pk, "provider-out": _block(),
    }  # fmt: skip
    said = {
        "appointment": booked.pk, "person": booked.patient.random_id, "provider": clinic.practitioner.slug,
        "missed": Appointment.objects.get(status="noshow").pk, "reference": asked.reference,
    }  # fmt: skip
    for route in urlpatterns:
        first = str(route.pattern).partition("/")[0]
        given = {name: own.get(name, keys.get(first)) for name in route.pattern.converters}
        if route.name == "card":
            given["reference"] = booked.appointment_request.reference
        address = reverse(f"desk:{route.name}", kwargs=given)
        yield from ((route.name, address + more.format(**said)) for more in ["", *MORE.get(route.name, [])])
    waiting = AppointmentRequest.objects.filter(status="new").earliest("pk")
    yield "request", reverse("desk:request", args=[waiting.reference])
    for model in (AppointmentRequest, Appointment, Event, Message, Patient):
        name, row = f"admin:booking_{model._meta.model_name}", model.objects.last()
        yield f"{name}_changelist", reverse(f"{name}_changelist")
        yield f"{name}_change", reverse(f"{name}_change", args=[row.pk])
        yield f"{name}_history", reverse(f"{name}_history", args=[row.pk])


def _block():
    return ScheduleException.objects.get(made_by__isnull=False).pk


def named_in(html):
    """The patients whom a page names, by name or by the number of their request as it is printed."""
    found = {f"p{pk}" for pk, name in Patient.objects.values_list("pk", "name") if name.split()[1] in html}
    for request in AppointmentRequest.objects.all():
        if str(request) in html:
            found |= set(request.access_keys)
    return found


@pytest.mark.once
def test_no_page_that_shows_a_patient_goes_unlogged_or_takes_fifteen_queries(client, people):
    seen, spent = set(), {}

    def get(address):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        spent[address] = len(queries) - FEW - LOGGED
        return answer

    client.get(DAY)  # what a process reads once and keeps

    for name, address in addresses(people):
        if shows_somebody(lambda at=address: get(at), name):
            seen.add(name)
    assert len(seen) > 30
    assert not seen & SILENT
    assert {address: number for address, number in spent.items() if number > 0} == {}


def test_no_page_that_answers_a_form_goes_unlogged(client, people):
    """What a search found during a call, a request whose form was not filled in, and whom new hours leave outside."""
    asked, booked = AppointmentRequest.objects.first(), Appointment.objects.filter(status="booked").first()
    extra = ScheduleException.objects.create(
        kind="open", first_day="2026-12-03", last_day="2026-12-03", starts=540, ends=600,
        location=people.location, practitioner=people.practitioner,
    )  # fmt: skip
    Schedule.objects.filter(weekday=3).delete()
    deleted = reverse("admin:clinic_scheduleexception_delete", args=[extra.pk])
    week = reverse("desk:week", args=[people.practitioner.slug])
    no_hours = {"rows-TOTAL_FORMS": 0, "rows-INITIAL_FORMS": 0, "seen": client.get(week).context["seen"]}
    forms = {
        "week": (week, no_hours),
        "book": (reverse("desk:book"), {"q": "Zed", "find": "1"}),
        "decline": (reverse("desk:decline", args=[asked.reference]), {}),
        "cancel": (reverse("desk:cancel", args=[booked.pk]), {"code": "x"}),
        "admin:clinic_scheduleexception_delete": (deleted, {"post": "yes"}),
    }
    for name, (address, data) in forms.items():
        assert shows_somebody(lambda at=address, data=data: client.post(at, data), name), name


def shows_somebody(open_page, name):
    """Whether the page shows a patient; and if it does, that one row names each of them."""
    before = AccessLog.objects.count()
    answer = open_page()
    assert answer.status_code < 500, name
    shown, rows = named_in(answer.content.decode()), AccessLog.objects.all()[: AccessLog.objects.count() - before]
    assert len(rows) == 1 if shown else len(rows) <= 1, f"{name} shows {shown} and left {len(rows)} rows"
    if shown:
        assert not shown - set(rows[0].shown.split()), f"{name} shows more than its row says"
        assert rows[0].kind in ("view", "print"), name
        assert rows[0].screen == (name if ":" in name else f"desk:{name}")
    return bool(shown)


def test_a_list_of_many_is_one_row_and_costs_one_statement(client, clinic, rosa, django_assert_max_num_queries):
    for n in range(3):
        clinic.appointment_request(patient={"name": f"June {n} Demo", "email": f"june{n}@example.org"})
    with django_assert_max_num_queries(15) as spent:
        client.get("/admin/desk/")
    assert sum("accesslog" in query["sql"] for query in spent.captured_queries) == 1
    row = AccessLog.objects.first()
    assert (row.kind, row.screen, row.user, row.address) == ("view", "desk:queue", rosa, "127.0.0.1")
    assert len(re.findall(r"p\d+", row.shown)) == len(re.findall(r"r\d+", row.shown)) == 3
    assert AccessLog.objects.count() == 1


def test_a_search_leaves_its_kinds_of_words_and_never_a_word(client, clinic, rosa, appointment_request):
    client.post("/admin/desk/search/", {"q": "Demo 3/9/1951 718 555 0167"}, follow=True)
    row = AccessLog.objects.get()
    assert (row.kind, row.asked_by, row.hits) == ("search", "birth_date phone name", 1)
    assert row.shown == f"p{appointment_request.patient_id}"
    client.post("/admin/desk/search/", {"q": "Nobody"}, follow=True)
    assert AccessLog.objects.values_list("asked_by", "hits", "shown").first() == ("name", 0, "")
    kept = " ".join(map(str, AccessLog.objects.values_list()))
    assert not re.search("demo|nobody|1951|0167|june", kept, re.IGNORECASE)


def test_a_form_that_changes_something_leaves_whom_it_was_about(client, clinic, rosa, appointment_request):
    client.post(f"/admin/desk/requests/{appointment_request.reference}/claim/")
    row = AccessLog.objects.get()
    assert (row.kind, row.screen) == ("change", "desk:claim")
    assert row.shown.split() == [f"r{appointment_request.pk}", f"p{appointment_request.patient_id}"]


def test_the_day_sheets_as_a_file_are_an_export(client, rosa, appointment):
    client.post("/admin/desk/day/2026-12-03/sheet/file/")
    row = AccessLog.objects.get()
    assert row.kind == "export"
    assert f"p{appointment.patient_id}" in row.shown.split()


def test_a_patients_own_page_is_logged_if_staff_open_it_and_only_then(client, rosa, appointment_request):
    there = reverse("patient_page:page", args=[links.secret(appointment_request)])
    client.get(there)
    row = AccessLog.objects.get()
    assert (row.kind, row.user, row.screen) == ("view", rosa, "patient_page:page")
    assert f"p{appointment_request.patient_id}" in row.shown.split()
    client.logout()
    client.get(there)
    assert AccessLog.objects.get() == row


def test_pages_of_the_site_and_pages_that_show_nobody_leave_no_row(client, rosa, appointment_request):
    for address in ("/", "/request/", "/admin/", "/admin/desk/new-requests/", "/admin/desk/holidays/"):
        client.get(address)
    assert not AccessLog.objects.exists()


def test_the_stock_tables_are_logged_by_list_and_by_row(client, lead, appointment):
    client.get("/admin/booking/appointment/")
    client.get(f"/admin/booking/appointment/{appointment.pk}/change/")
    assert {row.shown.split()[0] for row in AccessLog.objects.all()} == {f"a{appointment.pk}"}
    assert admin.site.is_registered(Patient)
