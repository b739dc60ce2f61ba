"""A real Redis server for a test, on a unix socket in its own folder."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator

from instructstudio import broker


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yields the broker URL of a fresh Redis; stops it afterwards."""
    with tempfile.TemporaryDirectory(prefix="redis-", dir="/tmp") as folder:
        url = f"redis+socket://{folder}/redis.sock"
        process = subprocess.Popen(
            [
                broker.server_executable(),
                "--port",
                "0",
                "--unixsocket",
                f"{folder}/redis.sock",
                "--dir",
                folder,
                "--save",
                "",
                "--appendonly",
                "no",
                "--loglevel",
                "warning",
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + 20
            while not broker.answers(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("redis-server did not start")
                time.sleep(0.02)
            yield url
        finally:
            process.terminate()
            process.wait(10)
