"""A studio of real processes for one test: a home, a database file, Redis, workers, a scheduler."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.conf import settings

Value = TypeVar("Value")

IMPATIENT = {
    "LEASE_HEARTBEAT_SECONDS": "1",
    "LEASE_DEAD_AFTER_SECONDS": "600",
    "REANNOUNCE_SECONDS": "1",
    "SHUTDOWN_SECONDS": "600",
    "DISK_RESERVE_MB": "0",
    "OMP_NUM_THREADS": "1",
    "LOG_LEVEL": "INFO",
    "CELERY_SKIP_CHECKS": "1",
}
"""Nobody is believed dead, or killed for being late, while a slow machine holds them up."""

PATIENCE = 600
"""Seconds after which something hangs. Nothing that a test is about takes so long anywhere."""


class Studio:
    """Starts processes on one home; all of them are gone when the test is over."""

    def __init__(self, home: Path, broker_url: str, database_url: str) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            **IMPATIENT,
            "STUDIO_HOME": str(home),
            "REDIS_URL": broker_url,
            "DATABASE_URL": database_url,
        }
        self._started: list[subprocess.Popen] = []
        (home / "processes.log").touch()

    def worker(self, name: str = "device", pool: str = "threads") -> subprocess.Popen:
        """A Celery worker of both queues. What it does is seen in the database, so its start is
        not waited for."""
        return self._celery(
            "worker", "-Q", "device,light", "-c", "1", "-P", pool, "-n", f"{name}@%h",
            "--without-gossip", "--without-mingle", "--loglevel", "INFO",
        )  # fmt: skip

    def scheduler(self) -> subprocess.Popen:
        return self._celery("beat", "--pidfile=", "--loglevel", "INFO")

    def kill(self, process: subprocess.Popen) -> None:
        """-9, to this process alone: nothing it holds is given back. Who is started afterwards soon
        takes its silence for death."""
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        self.environment["LEASE_DEAD_AFTER_SECONDS"] = "4"

    def logs(self) -> str:
        return (self.home / "processes.log").read_text(errors="replace")

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait(PATIENCE)

    def _celery(self, *arguments: str) -> subprocess.Popen:
        with open(self.home / "processes.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "instructstudio", *arguments],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._started.append(process)
        return process


def until(look: Callable[[], Value]) -> Value:
    """Look until what is seen is true. Fails when it seems that it never will be."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return seen
