"""The access log: what is signed in and out, what no engine lets anybody change, and no page without its row."""

from contextlib import contextmanager

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from clinic.models import AccessLog, AccessSeal
from tests.builders import make_clerk
from tests.clinic.accounts.signing_in import KEY, PASSWORD

LOGIN, LOGOUT, QUEUE = "/admin/login/", "/admin/logout/", "/admin/desk/"


@pytest.fixture
def rosa(clinic):
    user = make_clerk(username="rosa")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client, name="rosa", password=PASSWORD):
    return client.post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR="192.0.2.7")


def kinds():
    return list(AccessLog.objects.order_by("pk").values_list("kind", "user"))


# -- sign-ins


def test_signing_in_and_out_leave_a_row_each_with_the_user_and_the_address(client, rosa):
    sign_in(client)
    client.post(LOGOUT, REMOTE_ADDR="192.0.2.7")
    assert kinds() == [("sign_in", rosa.pk), ("sign_out", rosa.pk)]
    assert set(AccessLog.objects.values_list("address", flat=True)) == {"192.0.2.7"}


def test_a_wrong_password_leaves_whose_it_was_and_a_name_that_nobody_has_is_not_kept(client, rosa):
    sign_in(client, password="wrong")
    sign_in(client, name="typed-my-password-here")
    assert kinds() == [("failed", rosa.pk), ("failed", None)]
    assert "typed" not in " ".join(map(str, AccessLog.objects.values_list()))


def test_a_wrong_code_is_a_failed_sign_in_and_a_right_password_alone_is_none(client, rosa, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    TOTP.activate(rosa, KEY)
    sign_in(client)
    assert kinds() == []
    client.post("/admin/login/second-step/", {"code": "000000"})
    assert kinds() == [("failed", rosa.pk)]


def test_whoever_is_signed_out_for_being_idle_leaves_a_row_too(client, rosa, at):
    sign_in(client)
    at("2026-11-23 11:00")
    client.get(QUEUE)
    assert kinds() == [("sign_in", rosa.pk), ("sign_out", rosa.pk)]


def test_refused_passkeys_of_one_address_fill_the_log_no_further_than_their_limit(client, rosa, settings):
    settings.SIGN_IN_TRIES = 3
    for _ in range(6):
        client.post("/admin/login/passkey/", {"credential": "{}"}, HTTP_HOST="localhost")
    assert kinds() == [("failed", None)] * 3


# -- rows are only added


def a_row():
    return AccessLog.objects.create(at=timezone.now(), kind="view", address="192.0.2.7", screen="desk:queue")


def a_seal():
    return AccessSeal.objects.create(number=1, at=timezone.now(), last=1, rows=1, digest="0" * 64)


@pytest.mark.django_db
@pytest.mark.parametrize("make", [a_row, a_seal])
def test_no_row_is_changed_replaced_or_deleted_on_either_engine(make, engine):
    table, row = make()._meta.db_table, make.__name__
    key = "number" if row == "a_seal" else "id"
    statements = [
        f"UPDATE {table} SET at = at",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE {key} < 0 OR 1 = 1",
    ]
    if engine == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
        statements.append(f"TRUNCATE {table}")
    for statement in statements:
        with pytest.raises(DatabaseError, match="rows are only added"), transaction.atomic():
            run(statement)
    if engine == "sqlite":
        kept = everything(table)
        run(f"REPLACE INTO {table} SELECT * FROM {table}")
        run(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
        assert everything(table) == kept


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def everything(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return cursor.fetchall()


@pytest.mark.django_db(transaction=True)
def test_a_table_that_sqlite_makes_again_keeps_its_triggers(engine):
    """That is how a later migration will change it there."""
    if engine == "postgresql":
        pytest.skip("PostgreSQL changes a table in place")
    before = triggers()
    with connection.schema_editor() as editor:
        editor._remake_table(AccessLog)
    assert triggers() == before
    assert len(before) == 3


def triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'clinic_accesslog'")
        return set(cursor.fetchall())


def test_a_user_who_looked_at_something_cannot_be_deleted(client, rosa):
    sign_in(client)
    with pytest.raises(ProtectedError):
        User.objects.filter(pk=rosa.pk).delete()


# -- no page without its row


@contextmanager
def log_locked():
    """Another process writes and does not end: on SQLite the one writer, on PostgreSQL whoever locks the log."""
    other = connection.copy("other")
    try:
        with other.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            else:
                cursor.execute("BEGIN")
                cursor.execute("LOCK TABLE clinic_accesslog IN ACCESS EXCLUSIVE MODE")
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_a_page_that_cannot_be_logged_is_not_sent(client, clinic, rosa, settings):
    settings.ACCESS_LOG_SECONDS = 1
    clinic.appointment_request()
    client.force_login(rosa)
    client.get(QUEUE)  # stamps the session
    before = AccessLog.objects.count()
    with log_locked():
        answer = client.get(QUEUE)
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert "718" in answer.text  # the phone number
        assert "June Demo" not in answer.text
    assert AccessLog.objects.count() == before
    assert "June Demo" in client.get(QUEUE).text


@pytest.mark.django_db(transaction=True)
def test_nobody_is_signed_in_unlogged(client, rosa, settings, monkeypatch):
    monkeypatch.setattr("clinic.access_log.middleware._write", fail)
    assert sign_in(client).status_code == 503
    assert "sessionid" not in client.cookies or "_auth_user_id" not in client.session


def fail(*_given):
    raise DatabaseError


@pytest.mark.django_db(transaction=True)
def test_the_limit_ends_with_the_row(client, clinic, rosa, engine):
    """What follows on the same connection may take as long as ever."""
    clinic.appointment_request()
    client.force_login(rosa)
    usual = limit_of_statements(engine)
    client.get(QUEUE)
    assert AccessLog.objects.count() == 1
    assert limit_of_statements(engine) == usual not in (2_000, "2s")


def limit_of_statements(engine):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout" if engine == "sqlite" else "SHOW statement_timeout")
        return cursor.fetchone()[0]


def test_a_site_that_is_said_to_lie_below_another_path_logs_and_keeps_out_of_caches_all_the_same(client, rosa, clinic):
    """Some servers take that path from a header, which a visitor may send."""
    appointment = clinic.appointment()
    client.force_login(rosa)
    address = f"/admin/desk/requests/{appointment.appointment_request.reference}/"
    answer = client.get(address, SCRIPT_NAME="/elsewhere")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert AccessLog.objects.first().kind == "view"
    assert client.post(address, {"a": "\0"}, SCRIPT_NAME="/elsewhere").status_code < 500
