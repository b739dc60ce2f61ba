"""An SQLite database in a file, for tests whose threads or processes must see one another's rows.

Django's own test database is in memory: other processes can't open it, and threads that share it
don't wait for one another as they do on a file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections


@contextmanager
def database_in(path: Path) -> Iterator[None]:
    """Inside, the default connection, of this and of new threads, is to this SQLite file."""
    memory, name = connections["default"], connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = str(path)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"]["NAME"] = name
        connections["default"] = memory
