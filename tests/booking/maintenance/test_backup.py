"""The sealed file of a backup, and what is refused. The drill is in test_drill.py."""

import os
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from booking.maintenance.backup import CannotBackUp, sealed, sqlite
from booking.maintenance.backup.contents import Label, split, with_label
from booking.maintenance.backup.taking import delete_old, delete_parts
from booking.models import LastBackup
from tests.spare import spare_database

KEY = "k" * 32


# -- the sealed file


def sealed_file(*parts, key=KEY):
    file = BytesIO()
    sealed.write(file, key, parts)
    return file.getvalue()


def opened(written, key=KEY):
    return b"".join(sealed.read(BytesIO(written), key))


@pytest.fixture
def small(monkeypatch):
    """Many pieces of few bytes, and keys that cost nothing."""
    monkeypatch.setattr(sealed, "PIECE", 16)
    monkeypatch.setattr(sealed, "COST", 2)


@pytest.mark.once
def test_what_is_sealed_opens_again_whatever_its_size(small):
    for size in (0, 1, 15, 16, 17, 32, 33, 100):
        text = bytes(range(size))
        assert opened(sealed_file(text)) == opened(sealed_file(text[:5], b"", text[5:])) == text
        assert size < 9 or text[:9] not in sealed_file(text)


@pytest.mark.once
def test_a_file_that_is_changed_in_any_way_does_not_open(small):
    whole = sealed_file(b"x" * 48)
    start, piece = len(sealed.FORMAT) + sealed.SALT, 16 + sealed.SEAL
    first, second, third = (whole[start + n * piece : start + (n + 1) * piece] for n in range(3))
    assert whole == whole[:start] + first + second + third
    changed = {
        "a byte": whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:],
        "cut off": whole[:-1],
        "a piece less": whole[:start] + first + second,
        "nothing left": whole[:start],
        "cut off in the salt": whole[: start - 3],
        "pieces exchanged": whole[:start] + second + first + third,
        "a piece twice": whole + third,
        "another salt": whole[: start - 1] + b"?" + whole[start:],
        "another format": b"x" + whole[1:],
        "empty": b"",
    }
    assert opened(whole) == b"x" * 48
    assert [how for how, written in changed.items() if opens(written)] == []
    assert not opens(whole, key="another " * 4)


def opens(written, key=KEY):
    try:
        return opened(written, key) is not None
    except CannotBackUp:
        return False


# -- what is refused


@pytest.fixture
def backup(tmp_path, settings):
    """Writes a backup whose label says what a test wants."""
    settings.BACKUP_KEY = KEY

    def write(**told):
        usual = {
            "taken_at": datetime(2026, 11, 23, tzinfo=UTC),
            "engine": connection.vendor,
            "engine_version": 1,
            "migrations": [("booking", "0001_initial")],
            "tables": {"booking_patient": (1, "")},
        }
        path = tmp_path / "clinic.backup"
        with path.open("wb") as file:
            sealed.write(file, KEY, with_label(Label(**usual | told), [b"no database"]))
        return path

    return write


@pytest.mark.django_db
def test_a_backup_that_cannot_be_restored_is_refused_in_one_sentence_and_changes_nothing(backup, clinic, tmp_path):
    refusals = {
        "A newer version": {"migrations": [("booking", "9999_of_tomorrow")]},
        "The backup is of Oracle": {"engine": "Oracle"},
        "this server is older": {"engine_version": 99},
        "The database has rows": {},
    }
    for words, label in refusals.items():
        with pytest.raises(CommandError, match=words):
            call_command("restore", backup(**label))
    with pytest.raises(CommandError, match="cannot be read or written: No such file"):
        call_command("restore", tmp_path / "none.backup")
    (tmp_path / "text.backup").write_text("-- PostgreSQL database dump")
    with pytest.raises(CommandError, match="no backup that this version can read"):
        call_command("restore", tmp_path / "text.backup")


def test_a_backup_that_turns_out_to_be_none_leaves_the_database_as_it_was(demo, backup, tmp_path):
    with spare_database(tmp_path, like=demo) as spare:
        kept = spare.contents()
        done = spare.manage("restore", str(backup()), "--replace", BACKUP_KEY=KEY)
        assert (done.returncode, spare.contents()) == (1, kept)
        assert done.stderr.splitlines()[-1].startswith("CommandError: Nothing was restored.")
        assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_without_a_key_or_a_folder_no_backup_is_taken_and_the_sentence_says_so(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.BACKUP_KEY = KEY
    with pytest.raises(CommandError, match="No backup was taken. The backup cannot be written: "):
        call_command("backup", folder=tmp_path / "file")
    settings.BACKUP_KEY = "short"
    with pytest.raises(CommandError, match="Set BACKUP_KEY"):
        call_command("backup", folder=tmp_path)
    assert not LastBackup.objects.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.django_db
def test_through_a_pooler_no_backup_is_taken_or_restored_and_the_sentence_says_what_to_set(
    engine, backup, settings, tmp_path
):
    if engine == "sqlite":
        pytest.skip("a pooler is for PostgreSQL")
    settings.DATABASE_POOLER = True
    with pytest.raises(CommandError, match="No backup was taken. A pooler is between"):
        call_command("backup", folder=tmp_path / "backups")
    with pytest.raises(CommandError, match="Nothing was restored. A pooler is between"):
        call_command("restore", backup(), replace=True)
    assert not list((tmp_path / "backups").iterdir())


@pytest.mark.once
def test_the_oldest_backups_go_and_no_other_file(tmp_path, settings):
    settings.BACKUPS_KEPT = 2
    for name in ("clinic-20261121T021500Z", "clinic-20261123T021500Z", "clinic-20261122T021500Z", "clinic-other"):
        (tmp_path / f"{name}.backup").touch()
    (tmp_path / "clinic-20261101T021500Z.dump").touch()
    delete_old(tmp_path)
    left = sorted(path.name.partition(".")[0] for path in tmp_path.iterdir())
    assert left == ["clinic-20261101T021500Z", "clinic-20261122T021500Z", "clinic-20261123T021500Z", "clinic-other"]


@pytest.mark.once
def test_what_a_killed_backup_left_goes_with_the_next_one_and_what_is_being_written_stays(tmp_path):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for name, hours in ((".clinic-20261121T021500Z.backup.41", 48), (".clinic-20261122T235900Z.backup.42", 1)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (written := (now - timedelta(hours=hours)).timestamp(), written))
    (tmp_path / "clinic-20261121T021500Z.backup").touch()
    os.utime(tmp_path / "clinic-20261121T021500Z.backup", (0, 0))
    delete_parts(tmp_path, now=now)
    left = [".clinic-20261122T235900Z.backup.42", "clinic-20261121T021500Z.backup"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


@pytest.mark.once
def test_on_sqlite_a_second_backup_at_a_time_is_refused_and_what_a_killed_one_left_is_used_up(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "database", lambda: tmp_path / "clinic.sqlite3")
    (tmp_path / "clinic.sqlite3.copy").write_text("of one that was killed")
    with sqlite.copy() as path:
        assert path.read_bytes() == b""
        with pytest.raises(CannotBackUp, match="Another backup"), sqlite.copy():
            pass
        assert path.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.once
def test_the_label_comes_back_as_it_was_written():
    label = Label(datetime(2026, 11, 23, tzinfo=UTC), "sqlite", 3, [("booking", "0001_initial")], {"a": (2, "f0")})
    for parts in ([b"rows"], [], [b"x" * 3000]):
        again, chunks = split(iter([b"".join(with_label(label, parts))]))
        assert (again, b"".join(chunks)) == (label, b"".join(parts))
    assert again.rows == 2
    with pytest.raises(CannotBackUp):
        split(iter([b"\0" * 7]))
