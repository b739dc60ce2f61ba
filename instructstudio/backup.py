"""One archive that holds a studio: database, files, keys, run directories, own models.

    manifest.json     {"format": 1, "created_at", "reason", "engine", "version", "checkpoints"}
    database.sqlite3  SQLite's own online copy, or database.dump from pg_dump
    files/ keys/ runs/ models/

The database is copied first: a checkpoint is registered only once its folder is complete, so every
file that this copy of the database names was already there when the files are read.
The bundled models are left out; the next start makes them again.
"""

import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from authoring.errors import Invalid, Unavailable
from engine.bundles import BUNDLES

FORMAT = 1
FOLDERS = ("files", "keys", "runs", "models")


def write(target: Path, *, reason: str = "by hand", checkpoints: bool = True) -> Path:
    """Write a backup to `target` (under a temporary name first). Safe while jobs run.

    Raises Unavailable when the database's own tool is missing or fails, or the disk is full; then nothing
    of it is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        unfinished.touch(mode=0o600)  # it holds keys: nobody else's from its first byte
        _write(unfinished, reason, checkpoints)
        unfinished.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(
            f"The backup could not be written: {error}.",
            f"Make room in {target.parent}, or name another place with --to.",
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)  # there only when something went wrong
    return target


def _write(unfinished: Path, reason: str, checkpoints: bool) -> None:
    with tempfile.TemporaryDirectory(dir=settings.STUDIO_HOME) as scratch:
        database = _copy_database(Path(scratch))
        manifest = {
            "format": FORMAT,
            "created_at": timezone.now().isoformat(),
            "reason": reason,
            "engine": connection.vendor,
            "checkpoints": checkpoints,
        }
        (Path(scratch) / "manifest.json").write_text(json.dumps(manifest, indent=2))
        with tarfile.open(unfinished, "w:gz", compresslevel=1) as archive:
            archive.add(Path(scratch) / "manifest.json", "manifest.json")
            archive.add(database, database.name)
            for path in _files(checkpoints):
                _add(archive, path)


def read(source: Path, *, home: Path) -> dict[str, Any]:
    """Unpack a backup into an empty `home` and load its database, which must be empty too; the manifest.

    The database goes first, whole or not at all: where it can't be loaded the home is as it was. Raises
    Invalid when the archive is no backup, is for another database engine, or home or database are in use.
    """
    if any((home / name).exists() for name in ("studio.sqlite3", *FOLDERS[:1], *FOLDERS[2:])):
        raise Invalid(f"{home} already holds a studio.", "Restore into an empty STUDIO_HOME.")
    _require_empty_database()
    with tempfile.TemporaryDirectory(dir=home) as scratch:
        try:
            with tarfile.open(source) as archive:
                archive.extractall(scratch, filter="data")
            manifest = json.loads((Path(scratch) / "manifest.json").read_text())
        except (tarfile.TarError, OSError, KeyError, json.JSONDecodeError) as error:
            raise Invalid(
                f"{source.name} is not a studio backup: {error}",
                "Choose a file written by manage.py backup.",
            )
        if manifest["format"] != FORMAT or manifest["engine"] != connection.vendor:
            raise Invalid(
                f"This backup is format {manifest['format']} for {manifest['engine']}.",
                "Set DATABASE_URL to a database of that kind.",
            )
        _load_database(Path(scratch))
        for folder in FOLDERS:
            if (Path(scratch) / folder).exists():
                shutil.rmtree(home / folder, ignore_errors=True)
                shutil.move(Path(scratch) / folder, home / folder)
    return manifest


def _require_empty_database() -> None:
    """DATABASE_URL may name the one that people work in: it is never written over. Raises Invalid."""
    one = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        taken = Path(one["NAME"]).exists()
    else:
        taken = bool(connection.introspection.table_names())
    if taken:
        raise Invalid(
            f"The database {one['NAME']} already holds tables.",
            "Make an empty one and name it in DATABASE_URL, or drop this one first.",
        )


def _copy_database(scratch: Path) -> Path:
    if connection.vendor == "sqlite":
        target = scratch / "database.sqlite3"
        connection.ensure_connection()
        copy = sqlite3.connect(target)
        with copy:
            connection.connection.backup(copy)
        copy.close()
        return target
    target = scratch / "database.dump"
    _run(["pg_dump", "--format=custom", "--no-owner", f"--file={target}", *_postgres()])
    return target


def _load_database(scratch: Path) -> None:
    connections.close_all()
    if connection.vendor == "sqlite":
        shutil.move(scratch / "database.sqlite3", settings.DATABASES["default"]["NAME"])
    else:
        _run(
            [
                "pg_restore",
                "--single-transaction",
                "--no-owner",
                "--exit-on-error",
                *_postgres(),
                str(scratch / "database.dump"),
            ]
        )


def _postgres() -> list[str]:
    one = settings.DATABASES["default"]
    return [
        f"--host={one['HOST'] or ''}",
        f"--port={one['PORT'] or 5432}",
        f"--username={one['USER']}",
        f"--dbname={one['NAME']}",
    ]


def _run(command: list[str]) -> None:
    environment = {
        "PGPASSWORD": settings.DATABASES["default"].get("PASSWORD", ""),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    except FileNotFoundError:
        raise Unavailable(
            f"{command[0]} is not installed.", "Install PostgreSQL's client programs."
        )
    except subprocess.CalledProcessError as error:
        raise Unavailable(
            f"{command[0]} failed: {error.stderr.strip()[-500:]}",
            "Check DATABASE_URL and the server.",
        )


def _files(checkpoints: bool) -> Iterator[Path]:
    home = Path(settings.STUDIO_HOME)
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            parts = path.relative_to(home).parts
            bundled = parts[0] == "models" and parts[1] in {one.folder for one in BUNDLES}
            unfinished = any(part.startswith(".") for part in parts)
            if (
                path.is_file()
                and not bundled
                and not unfinished
                and (checkpoints or "checkpoints" not in parts)
            ):
                yield path


def _add(archive: tarfile.TarFile, path: Path) -> None:
    """Add a file as long as it is now; one that vanished meanwhile (a pruned checkpoint) is no error."""
    try:
        archive.add(path, str(path.relative_to(settings.STUDIO_HOME)), recursive=False)
    except FileNotFoundError:
        return
