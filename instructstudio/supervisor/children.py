"""The processes of a studio on one machine, in the order they start."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from instructstudio import broker


class Child(NamedTuple):
    """One process: its name in messages and how it is started. `stop_seconds` is its time to end."""

    name: str
    command: list[str]
    stop_seconds: float = 10.0
    environment: dict[str, str] = {}
    """What it has beyond the supervisor's own."""


def children() -> list[Child]:
    """Redis (unless REDIS_URL names one), web, the workers (one `device` a device set), scheduler."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "instructstudio", "--quiet"]
    worker = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    home = Path(settings.STUDIO_HOME)
    listed = [
        Child(
            "web",
            [
                python,
                "-m",
                "gunicorn",
                "instructstudio.wsgi",
                "--bind",
                f"{settings.HOST}:{settings.PORT}",
                "--workers",
                "2",
                "--threads",
                "8",
                "--timeout",
                "120",
                "--graceful-timeout",
                "8",
                "--log-level",
                "warning",
                "--worker-tmp-dir",
                _memory_folder(home),
            ],
        ),
        Child(
            "light",
            # two at once: a push takes as long as the network does, and imports must not wait for it
            [*celery, "worker", "-Q", "light", "-c", "2", "-n", f"light-{os.getpid()}@%h", *worker],
            stop_seconds=45.0,
        ),
        *(
            _device_worker([*celery, "worker", *worker], number, devices)
            for number, devices in enumerate(settings.DEVICE_SETS, start=1)
        ),
        Child("scheduler", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="]),
    ]
    return [_redis(), *listed] if settings.EMBEDDED_REDIS else listed


def _device_worker(worker: list[str], number: int, devices: str) -> Child:
    """`device`, or `device-1`, `device-2` … where the machine's devices are split."""
    name = "device" if len(settings.DEVICE_SETS) == 1 else f"device-{number}"
    threads = [
        "-P",
        "threads",
    ]  # one process: killed, it takes its engine along; prefork's child would go on
    return Child(
        name,
        [*worker, "-Q", "device", "-c", "1", *threads, "-n", f"{name}-{os.getpid()}@%h"],
        stop_seconds=45.0,
        environment={"WORKER_DEVICES": devices},
    )


def _redis() -> Child:
    socket = broker.socket_path(Path(settings.STUDIO_HOME))
    return Child(
        "redis",
        [
            broker.server_executable(),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--unixsocketperm",
            "700",
            "--dir",
            str(settings.STUDIO_HOME),
            "--save",
            "",
            "--appendonly",
            "no",
            "--loglevel",
            "warning",
            "--maxmemory-policy",
            "noeviction",
        ],
    )


def _memory_folder(home: Path) -> str:
    """Gunicorn's heartbeat file belongs in memory: on a slow disk it stalls the worker."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(home)  # noqa: S108
