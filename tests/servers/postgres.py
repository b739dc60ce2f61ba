"""A real PostgreSQL server for one test session, in a folder of its own.

    python -m tests.servers.postgres        run the tests marked `database` against it

PostgreSQL refuses to run as root; then it runs as the `postgres` user that its package made.
"""

import contextlib
import getpass
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

WAIT = ("-w", "-t", "600")
"""Until it has done what it was told; after so many seconds it hangs."""


class NoPostgres(Exception):
    """The server's programs are not on this machine."""


def programs() -> Path:
    """The folder with initdb and pg_ctl; the newest version's. Raises NoPostgres."""
    found = shutil.which("pg_ctl")
    if found and shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3])
    )
    if not versions:
        raise NoPostgres(
            "PostgreSQL's server is not installed (Debian: apt-get install postgresql)."
        )
    return versions[-1].parent


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start a server that listens on a unix socket only; yields its DATABASE_URL."""
    bin_folder = programs()
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    as_user = {"user": user, "group": user} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(
        prefix="pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        if as_user:
            shutil.chown(folder, user, user)
        data = f"{folder}/data"
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **as_user}
        subprocess.run(
            [
                bin_folder / "initdb",
                "-D",
                data,
                "-U",
                "studio",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
            ],
            **quiet,
        )
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60"
        subprocess.run(
            [
                bin_folder / "pg_ctl",
                "-D",
                data,
                "-o",
                options,
                "-l",
                f"{folder}/log",
                *WAIT,
                "start",
            ],
            **quiet,
        )
        try:
            yield f"postgres://studio@{folder.replace('/', '%2F')}/postgres"
        finally:
            subprocess.run(
                [bin_folder / "pg_ctl", "-D", data, "-m", "immediate", *WAIT, "stop"], **quiet
            )


def restart(socket_folder: str) -> None:
    """Kill the server that listens in this folder, as a power cut would, and start it again."""
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    as_user = {"user": user, "group": user} if os.geteuid() == 0 else {}
    subprocess.run(
        [
            *(programs() / "pg_ctl", "-D", f"{socket_folder}/data", "-m", "immediate"),
            *("-l", f"{socket_folder}/log", *WAIT, "restart"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=socket_folder,
        **as_user,
    )


def main() -> int:
    try:
        with server() as url:
            print(f"PostgreSQL: {programs()}", flush=True)
            command = [sys.executable, "-m", "pytest", "-m", "database and not slow", *sys.argv[1:]]
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode
    except NoPostgres as error:
        print(f"SKIPPED, LOUDLY: the tests on PostgreSQL did not run. {error}", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
