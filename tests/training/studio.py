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
    "LEASE_DEAD_AFTER_SECONDS": "4",
    "REANNOUNCE_SECONDS": "1",
    "SHUTDOWN_SECONDS": "30",
    "DISK_RESERVE_MB": "0",
    "OMP_NUM_THREADS": "1",
    "LOG_LEVEL": "INFO",
    "CELERY_SKIP_CHECKS": "1",
}


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
        """-9, to this process alone: nothing it holds is given back."""
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def logs(self) -> str:
        return (self.home / "processes.log").read_text(errors="replace")

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait(10)

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


def until(look: Callable[[], Value], *, seconds: float = 120) -> Value:
    """Look until what is seen is true. Fails when the time is up."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return seen
