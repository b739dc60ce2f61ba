"""A studio of its own for the demo: a free port, a temporary home, everything stopped at the end."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from time import monotonic, sleep

from django.conf import settings

from instructstudio.client import Client

START_SECONDS = 600
"""After which it hangs: a slow machine that converts the models first takes a few minutes."""
FIRST_PORT, LAST_PORT = 20_000, 30_000
"""Below those that Linux gives to whoever doesn't name one: there a passing connection of anybody's may
take a port between the look at it and the studio's start."""


class Studio:
    """A running studio: its address, and people who come in from the command line."""

    def __init__(self, site: str, environment: dict[str, str], log: Path) -> None:
        self.site = site
        self.environment = environment
        self.log = log

    def sign_in_link(self) -> str:
        """The owner's one-time link, as it was printed. Raises RuntimeError when it never is."""
        deadline = monotonic() + START_SECONDS
        while monotonic() < deadline:
            if found := re.search(r"sign in once +(\S+)", self.log.read_text(encoding="utf-8")):
                return found[1]
            sleep(0.1)
        raise RuntimeError("the studio printed no sign-in link")

    def person(self, email: str) -> Client:
        """A client with a fresh token of this person, made where they are new."""
        return Client(self.site, self.manage("person", email, "--token", "demo"))

    def link_for(self, email: str) -> str:
        """A fresh one-time sign-in link of this person."""
        return self.manage("person", email)

    def manage(self, *arguments: str) -> str:
        """What a management command of this studio printed. Raises CalledProcessError."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()


@contextlib.contextmanager
def running(
    log: Path | None = None, *, models: Path | None = None, **variables: str
) -> Iterator[Studio]:
    """Start a studio and yield it once it is ready; stop it and remove its home afterwards.

    Converted models are borrowed from `models` (else this home's); other names become variables
    of its environment.
    """
    with tempfile.TemporaryDirectory(prefix="studio-demo-", ignore_cleanup_errors=True) as home:
        _borrow_models(models or Path(settings.MODELS_ROOT), Path(home) / "models")
        port = free_port()
        environment = {
            **os.environ,
            "STUDIO_HOME": home,
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "SITE_URL": "",
            "API_RATE": "100000/min",
            **variables,
        }
        with open(log or Path(home) / "studio.log", "w+", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "studio", "--no-sample"],
                cwd=settings.BASE_DIR,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                _await_ready(process, f"http://127.0.0.1:{port}/readyz", Path(output.name))
                yield Studio(f"http://127.0.0.1:{port}", environment, Path(output.name))
            finally:
                process.terminate()
                process.wait(START_SECONDS)


def _borrow_models(ours: Path, theirs: Path) -> None:
    """Link what `make run` converted already, so that it is not converted again."""
    if ours.is_dir():
        with contextlib.suppress(OSError):
            shutil.copytree(
                ours, theirs, copy_function=os.link, ignore=shutil.ignore_patterns(".*")
            )


def free_port() -> int:
    """One that nobody listens on. Processes that look at the same moment begin at different ones.

    Raises RuntimeError when there is none.
    """
    begin = FIRST_PORT + 7 * os.getpid() % (LAST_PORT - FIRST_PORT)
    for port in chain(range(begin, LAST_PORT), range(FIRST_PORT, begin)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"every port from {FIRST_PORT} to {LAST_PORT} is taken")


def _await_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 (our own address)
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            sleep(0.2)
    raise RuntimeError(f"the studio did not start:\n{log.read_text()[-2000:]}")
