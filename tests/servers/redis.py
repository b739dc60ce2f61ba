"""A real Redis server for a test, on a unix socket in its own folder."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from instructstudio import broker

PATIENCE = 600
"""Seconds after which it hangs; a slow machine alone takes far less."""

_running: dict[str, "subprocess.Popen[bytes]"] = {}
"""Broker URL → its server."""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yields the broker URL of a fresh Redis; stops it afterwards."""
    with tempfile.TemporaryDirectory(prefix="redis-", dir="/tmp") as folder:
        url = f"redis+socket://{folder}/redis.sock"
        try:
            _start(url)
            yield url
        finally:
            process = _running.pop(url)
            process.terminate()
            process.wait(PATIENCE)


def restart(url: str) -> None:
    """Kill the server with -9 and start another at its address: it remembers nothing."""
    _running[url].kill()
    _running[url].wait(PATIENCE)
    _start(url)


def _start(url: str) -> None:
    socket = Path(url.removeprefix("redis+socket://"))
    command = [
        broker.server_executable(),
        *("--port", "0"),
        *("--unixsocket", str(socket)),
        *("--dir", str(socket.parent)),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--loglevel", "warning"),
    ]
    process = _running[url] = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while not broker.answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("redis-server did not start")
        time.sleep(0.02)
