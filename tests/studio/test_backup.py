"""A backup holds the database, files and keys, is taken while the studio writes, and restores whole."""

import errno
import json
import sqlite3
import tarfile
import threading

import psycopg
import pytest

from authoring.errors import Unavailable
from instructstudio import backup
from tests.servers import postgres


@pytest.fixture
def studio_home(manage, tmp_path):
    """A home with a person, an imported file, a run directory and a bundled model's folder."""
    home = tmp_path / "home"
    manage("migrate", "-v0")
    manage("person", "ada@example.org", "--name", "Ada")
    for name, text in {
        "files/imports/pairs.jsonl": "a file that came in",
        "runs/7/attempts/1/events.jsonl": '{"kind": "state"}\n',
        "runs/7/attempts/1/checkpoints/step-000001/adapter_model.safetensors": "weights",
        "runs/7/attempts/1/checkpoints/.step-000002.tmp/adapter_model.safetensors": "half",
        "models/SmolLM2-135M-Instruct-dequantised-Q4_1/model.safetensors": "made again at the next start",
        "models/our-own/model.safetensors": "brought by hand",
    }.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return home


def people(home):
    with sqlite3.connect(home / "studio.sqlite3") as database:
        return {email for (email,) in database.execute("SELECT email FROM authoring_user")}


def test_a_restored_home_has_the_people_files_keys_and_weights_of_the_old_one(
    manage, studio_home, tmp_path
):
    archive, other = tmp_path / "backup.tar.gz", tmp_path / "other"
    manage("backup", "--to", archive)
    manage("restore", archive, home=other)
    assert people(other) == people(studio_home)
    assert "ada@example.org" in people(other)
    for name in (
        "files/imports/pairs.jsonl",
        "keys/secret_key",
        "models/our-own/model.safetensors",
        "runs/7/attempts/1/checkpoints/step-000001/adapter_model.safetensors",
    ):
        assert (other / name).read_text() == (studio_home / name).read_text()


def test_bundled_models_and_unfinished_checkpoints_are_left_out(manage, studio_home, tmp_path):
    manage("backup", "--to", tmp_path / "backup.tar.gz")
    with tarfile.open(tmp_path / "backup.tar.gz") as archive:
        names = archive.getnames()
    assert "models/our-own/model.safetensors" in names
    assert not [name for name in names if "SmolLM2" in name or ".tmp" in name]


def test_weights_can_be_left_out(manage, studio_home, tmp_path):
    manage("backup", "--to", tmp_path / "backup.tar.gz", "--without-checkpoints")
    with tarfile.open(tmp_path / "backup.tar.gz") as archive:
        assert not [name for name in archive.getnames() if "checkpoints" in name]
        assert json.load(archive.extractfile("manifest.json"))["checkpoints"] is False
    assert (tmp_path / "backup.tar.gz").stat().st_mode & 0o777 == 0o600, "it holds keys"


def test_a_backup_taken_while_the_database_is_written_is_consistent(manage, studio_home, tmp_path):
    stop = threading.Event()

    def write():
        database = sqlite3.connect(studio_home / "studio.sqlite3", timeout=20)
        number = 0
        while not stop.is_set():
            number += 1
            with database:
                database.execute(
                    "INSERT INTO authoring_user (password, is_superuser, email, name, is_active, time_zone,"
                    " language, theme, created_at) VALUES ('', 0, ?, '', 1, '', '', 'system', '2026-01-01')",
                    (f"{number}@example.org",),
                )
        database.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        manage("backup", "--to", tmp_path / "backup.tar.gz")
    finally:
        stop.set()
        writer.join()
    manage("restore", tmp_path / "backup.tar.gz", home=tmp_path / "other")
    with sqlite3.connect(tmp_path / "other" / "studio.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    numbers = sorted(
        int(one.split("@")[0]) for one in people(tmp_path / "other") if one[0].isdigit()
    )
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_home_in_use_is_not_overwritten(manage, studio_home, tmp_path):
    manage("backup", "--to", tmp_path / "backup.tar.gz")
    done = manage("restore", tmp_path / "backup.tar.gz", check=False)
    assert done.returncode != 0
    assert "already holds a studio" in done.stderr
    assert "ada@example.org" in people(studio_home)


def test_a_database_in_use_is_not_overwritten_from_an_empty_home(manage, studio_home, tmp_path):
    manage("backup", "--to", tmp_path / "backup.tar.gz")
    live = f"sqlite:///{studio_home / 'studio.sqlite3'}"
    manage("person", "new@example.org")
    done = manage(
        "restore", tmp_path / "backup.tar.gz", home=tmp_path / "other", check=False,
        DATABASE_URL=live,
    )  # fmt: skip
    assert done.returncode != 0
    assert "already holds tables" in done.stderr
    assert "new@example.org" in people(studio_home)
    assert not (tmp_path / "other" / "files").exists()


PERSON = (
    "INSERT INTO authoring_user (password, is_superuser, email, name, is_active, time_zone, language,"
    " theme, created_at) VALUES ('', false, %s, '', true, '', '', 'system', now())"
)
EMAILS = "SELECT email FROM authoring_user ORDER BY email"


def test_a_backup_of_postgresql_is_restored_into_an_empty_database_and_no_other(manage, tmp_path):
    home, other, archive = tmp_path / "home", tmp_path / "other", tmp_path / "backup.tar.gz"
    (home / "files").mkdir(parents=True)
    (home / "files" / "pairs.jsonl").write_text("a file that came in")
    try:
        running = postgres.server()
        live = running.__enter__()
    except postgres.NoPostgres as why:
        pytest.skip(str(why))
    try:
        manage("migrate", "-v0", DATABASE_URL=live)
        with psycopg.connect(live, autocommit=True) as server:
            server.execute(PERSON, ["ada@example.org"])
            manage("backup", "--to", archive, DATABASE_URL=live)
            server.execute(PERSON, ["later@example.org"])
            done = manage("restore", archive, home=other, check=False, DATABASE_URL=live)
            assert "already holds tables" in done.stderr
            assert not (other / "files").exists()
            assert len(server.execute(EMAILS).fetchall()) == 2, "nothing of the live one is gone"
            server.execute("CREATE DATABASE restored")
        empty = live.rpartition("/")[0] + "/restored"
        manage("restore", archive, home=other, DATABASE_URL=empty)
        with psycopg.connect(empty) as restored:
            assert restored.execute(EMAILS).fetchall() == [("ada@example.org",)]
        assert (other / "files" / "pairs.jsonl").read_text() == "a file that came in"
    finally:
        running.__exit__(None, None, None)


def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing_behind(
    db, settings, tmp_path, monkeypatch
):
    settings.STUDIO_HOME = tmp_path
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "pairs.jsonl").write_text("a file that came in")

    def full(archive, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup, "_add", full)
    monkeypatch.setattr(backup, "_copy_database", lambda scratch: _written(scratch / "database"))
    with pytest.raises(Unavailable, match="No space left"):
        backup.write(tmp_path / "backups" / "now.tar.gz")
    assert list((tmp_path / "backups").iterdir()) == []


def _written(path):
    path.write_text("rows")
    return path


def test_a_file_that_is_no_backup_is_refused(manage, tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"not an archive")
    done = manage("restore", tmp_path / "holiday.jpg", check=False)
    assert done.returncode != 0
    assert "is not a studio backup" in done.stderr


def test_an_archive_cannot_write_outside_the_home(manage, tmp_path):
    (tmp_path / "x").write_text("x")
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "x", "../escaped")
    done = manage("restore", tmp_path / "evil.tar.gz", home=tmp_path / "deep" / "home", check=False)
    assert done.returncode != 0
    assert not list(tmp_path.rglob("escaped"))


def test_a_migration_of_an_existing_home_is_preceded_by_a_backup(manage, studio_home):
    with sqlite3.connect(studio_home / "studio.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        database.execute("DROP TABLE django_session")
    done = manage("shell", "-c", "from instructstudio.supervisor import home; home.migrate(print)")
    assert "backing up before the migration" in done.stdout
    (archive,) = (studio_home / "backups").glob("*before-migration.tar.gz")
    with tarfile.open(archive) as opened:
        assert "database.sqlite3" in opened.getnames()
