"""Makes a home ready: one studio at a time, migrated (after a backup), with models and the sample."""

import fcntl
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from authoring.models import Project, User

Say = Callable[[str], None]


class HomeInUse(Exception):
    """Another studio runs on this STUDIO_HOME."""


class PortInUse(Exception):
    """Something else listens where the web server should."""


def require_free_port(host: str, port: int) -> None:
    """Raise PortInUse when `host:port` can't be bound."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUse(
                f"{host}:{port} can't be used ({error.strerror}). Choose another with PORT=, such as "
                f"PORT={port + 1} make run."
            )


def lock(home: Path) -> IO[str]:
    """Hold the home for this process; kept as long as the returned file is open. Raises HomeInUse."""
    file = open(home / "studio.lock", "w")  # noqa: SIM115 (held for the process's life)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HomeInUse(
            f"A studio already runs on {home}. Stop it, or choose another STUDIO_HOME=."
        )
    return file


def migrate(say: Say) -> None:
    """Apply pending migrations, after a backup where there is something to lose."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return
    if executor.loader.applied_migrations:
        say("backing up before the migration")
        call_command("backup", reason="before-migration")
    say("preparing the database")
    call_command("migrate", interactive=False, verbosity=0)


def bundle_models(say: Say) -> None:
    """Unpack the bundled models once, in a process of its own: the web stays small."""
    from training.actions import base_models

    if base_models.bundles_missing():
        say("preparing the bundled models, once (some seconds)")
        subprocess.run(
            [sys.executable, "-m", "engine", "bundle", str(settings.STUDIO_HOME)],
            cwd=settings.BASE_DIR,
            check=True,
        )
    base_models.ensure_bundled()


def owner() -> User:
    """The studio's owner; made on the first start."""
    from authoring.actions import people

    found = User.objects.filter(is_superuser=True, is_active=True).order_by("id").first()
    return found or people.create_owner(email="owner@studio.local", name="Owner")


def load_sample(say: Say, *, by: User) -> None:
    """The sample project, once, into a studio that has no project yet."""
    if not Project.objects.exists():
        say("loading the sample project")
        call_command("load_sample", owner=by.email, verbosity=0)
