"""Everything as a file, for a manager or a lead: whole, harmless in a spreadsheet, without secrets, and logged."""

import csv
import json
from io import BytesIO, TextIOWrapper
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.exchange import everything
from booking.exchange.everything import TABLES
from booking.models import AppointmentRequest, Event, Message
from clinic.database.one_moment import SNAPSHOT
from clinic.models import AccessLog, Practitioner
from tests.builders import make_clerk

pytestmark = pytest.mark.django_db
EXPORT = "/admin/desk/export/"
ELSEWHERE = {  # no table of the practice's own, or one with a file of its own
    "accesslog", "accessseal", "accountchange", "busyfeed", "clerksetting", "desknotice", "diaryimport", "diaryrow",
    "hostbackup", "lastbackup", "listimport", "listrow", "picture", "ratelimitcounter", "runninglate", "searchkey",
    "searchword", "staffaccount", "staffmessage", "stoppedaddress", "workerheartbeat",
}  # fmt: skip


def download(client):
    answer = client.post(EXPORT)
    assert answer["Content-Type"] == "application/zip"
    return ZipFile(BytesIO(answer.getvalue()))


def table(archive, name):
    return list(csv.DictReader(TextIOWrapper(archive.open(f"{name}.csv"), "utf-8", newline="")))


def test_everything_comes_as_csv_and_as_json_and_is_logged(client, lead, clinic):
    clinic.appointment(patient={"name": "June Demo"})
    archive = download(client)
    data = json.loads(archive.read("everything.json"))
    for model in TABLES:
        name = model._meta.model_name
        assert len(table(archive, name)) == len(data[name]) == model.objects.count(), name
    assert data["patient"][0]["phone"] == "+17185550167"
    assert data["appointmenttype"][0]["practitioners"] == [clinic.practitioner.pk]
    row = AccessLog.objects.first()
    assert (row.kind, row.screen, row.user) == ("export", "desk:export_everything", lead)


def test_no_cell_runs_in_a_spreadsheet(client, manager, clinic):
    begins = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx")
    for n, text in enumerate(begins):
        Practitioner.objects.create(name=text, slug=f"p{n}", bio=text)
    for row in table(download(client), "practitioner"):
        assert not row["name"].startswith(("=", "+", "-", "@", "\t", "\r")), row
        assert not row["bio"].startswith(("=", "+", "-", "@", "\t", "\r")), row


def test_it_holds_no_password_and_no_key(client, manager, clinic):
    request = clinic.appointment_request()
    manager.set_password("a long enough password")
    manager.save()
    client.force_login(manager)
    archive = download(client)
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert manager.password not in whole
    assert str(request.flow_key) not in whole
    assert set(table(archive, "user")[0]) == {"id", "username", "first_name", "last_name", "email", "is_active"}


def test_a_new_table_is_exported_or_left_out_on_purpose():
    models = (model for app in ("clinic", "procedures", "booking") for model in apps.get_app_config(app).get_models())
    ours = {model._meta.model_name for model in models}
    assert {model._meta.model_name for model in TABLES} | ELSEWHERE == ours | {"user"}


def test_asking_for_the_page_downloads_nothing(client, clinic):
    client.force_login(make_clerk())
    assert client.post(EXPORT).status_code == 403
    client.force_login(make_clerk("Manager"))
    assert b"Download everything" in client.get(EXPORT).content
    assert not AccessLog.objects.filter(kind="export").exists()
    assert not any(model.objects.exists() for model in (AppointmentRequest, Event, Message))


@pytest.mark.django_db(transaction=True)
def test_it_is_as_of_one_moment_and_keeps_nobody_from_writing(clinic):
    """On SQLite a transaction of ours takes the lock of writers; on PostgreSQL its statements see what others add."""
    with CaptureQueriesContext(connection) as captured:
        for _piece in everything.pieces():
            pass
    began = [query["sql"] for query in captured if query["sql"].startswith(("BEGIN", "SET TRANSACTION"))]
    assert began[-1] == ("BEGIN DEFERRED" if connection.vendor == "sqlite" else SNAPSHOT)
    assert connection.vendor != "sqlite" or connection.transaction_mode == "IMMEDIATE"


def test_a_large_table_comes_in_pieces_by_short_statements(clinic, monkeypatch):
    for _n in range(5):
        clinic.appointment_request()
    at_once = ZipFile(BytesIO(b"".join(everything.pieces())))
    monkeypatch.setattr(everything, "CHUNK", 2)
    monkeypatch.setattr(everything, "PIECE", 1)
    with CaptureQueriesContext(connection) as captured:
        pieces = list(everything.pieces())
    slowly = ZipFile(BytesIO(b"".join(pieces)))
    assert slowly.testzip() is None
    assert {name: slowly.read(name) for name in slowly.namelist()} == {
        name: at_once.read(name) for name in at_once.namelist()
    }
    assert len(pieces) > 5
    read = [query["sql"] for query in captured if "booking_appointmentrequest" in query["sql"]]
    assert len([sql for sql in read if "LIMIT 2" in sql]) == len(read) == 2 * 3  # 2, 2 and 1, for both formats


@pytest.mark.django_db(transaction=True)
def test_whoever_stops_the_download_leaves_no_transaction_behind(clinic, monkeypatch):
    clinic.appointment_request()
    monkeypatch.setattr(everything, "PIECE", 1)
    download = everything.pieces()
    assert next(download)
    assert connection.in_atomic_block
    download.close()
    assert not connection.in_atomic_block
    assert connection.vendor != "sqlite" or connection.transaction_mode == "IMMEDIATE"
