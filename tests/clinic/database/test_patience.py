"""A PostgreSQL that is frozen takes connections and statements, and answers nothing."""

import socket
from contextlib import closing, contextmanager

import psycopg2
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connection
from psycopg2 import extensions

from clinic.database import patience
from clinic.database.lost import is_lost

MOMENT = 0.05


@contextmanager
def waiting(callback):
    extensions.set_wait_callback(callback)
    try:
        yield callback
    finally:
        extensions.set_wait_callback(None)


@pytest.fixture
def frozen():
    """The port of a server that accepts and is silent."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.mark.once
def test_a_page_gives_up_on_a_silent_server_and_then_doubts_it_for_a_while(frozen):
    with waiting(patience.Patience(MOMENT)) as patient:
        assert patient.left() == MOMENT
        with pytest.raises(psycopg2.OperationalError, match="silent") as raised:
            psycopg2.connect(host="127.0.0.1", port=frozen, user="u", dbname="d")
        patient.seconds = 60
        assert patient.left() == patience.BRIEFLY
        with pytest.raises(psycopg2.OperationalError, match="silent"):
            psycopg2.connect(host="127.0.0.1", port=frozen, user="u", dbname="d")
    assert "127.0.0.1" not in str(raised.value)


@pytest.mark.once
def test_doubt_ends_by_itself_however_often_the_server_is_silent(frozen, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(patience, "monotonic", lambda: now[0])
    with waiting(patience.Patience(MOMENT)) as patient:
        for moment in (0, patience.DOUBT * 0.4, patience.DOUBT * 0.8):
            now[0] = moment
            with pytest.raises(psycopg2.OperationalError):
                psycopg2.connect(host="127.0.0.1", port=frozen, user="u", dbname="d")
        now[0], patient.seconds = patience.DOUBT * 1.1, 60
        assert patient.left() == 60


@pytest.mark.django_db
def test_an_open_connection_that_falls_silent_is_given_up(engine):
    if engine == "sqlite":
        pytest.skip("a file does not fall silent")
    with closing(psycopg2.connect(**connection.get_connection_params())) as opened, waiting(patience.Patience(MOMENT)):
        pid = opened.info.backend_pid
        with pytest.raises(psycopg2.OperationalError, match="silent"):
            opened.cursor().execute("SELECT pg_sleep(60)")
        assert opened.closed
    with connection.cursor() as cursor:  # it sleeps on, and nobody could delete the database
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])


@pytest.mark.django_db
def test_in_web_processes_a_statement_ends_before_the_visitor_gives_up(settings, monkeypatch):
    settings.DATABASE_SECONDS = 2
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"options": "-c statement_timeout=15000"})
    with waiting(None):
        patience.limit()
        options = connection.settings_dict["OPTIONS"]
        if connection.vendor == "sqlite":
            assert options["timeout"] == 2
        else:
            assert options["options"].endswith(" -c statement_timeout=2000")


@pytest.mark.django_db
def test_a_pooler_is_sent_no_start_up_options(settings, monkeypatch):
    settings.DATABASE_POOLER = True
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    with waiting(None):
        patience.limit()
    assert "options" not in connection.settings_dict["OPTIONS"]


@pytest.mark.once
def test_the_loss_is_seen_behind_other_errors_and_a_wrong_query_is_none():
    assert is_lost(OperationalError())
    assert is_lost(InterfaceError())
    assert is_lost(_hiding(InterfaceError()))
    assert not is_lost(None)
    assert not is_lost(_hiding(ProgrammingError()))
    assert not is_lost(DatabaseError("Forced update did not affect any rows."))


def _hiding(error):
    try:
        raise ValueError from error
    except ValueError as outer:
        outer.__context__ = error
        return outer
