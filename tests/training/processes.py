"""What tests see of the processes that work on a home."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.events import read
from training.models import Job

LONG = {"steps": 1000, "batch_size": 1}
"""Of a run that is over before its test is on no machine: 4000 steps."""


def has_said(job: Job, kind: str, step: int) -> bool:
    """Whether the engine of the first attempt came so far. It is the first to say so: the database hears
    of it within a second, in which a small run may end."""
    events = read(job.run_dir.attempt(1).events).events
    return any(one["kind"] == kind and one["step"] >= step for one in events)


@contextmanager
def standing_still(home: Path) -> Iterator[None]:
    """The engine trains no step meanwhile, however long it takes the test, or its machine, to go on."""
    stopped = engines(home)
    assert stopped, "the engine is over already"
    for engine in stopped:
        os.kill(engine, signal.SIGSTOP)
    try:
        yield
    finally:
        for engine in stopped:
            with suppress(ProcessLookupError):
                os.kill(engine, signal.SIGCONT)


def engines(home: Path) -> list[int]:
    """Process ids of the engines that work on this home."""
    return [int(one) for one in filter(str.isdigit, os.listdir("/proc")) if _is_engine(one, home)]


def kill_engines(home: Path) -> None:
    for engine in engines(home):
        os.kill(engine, signal.SIGKILL)


def log_of(job: Job) -> str:
    return "".join(job.log_chunks.values_list("text", flat=True))


def _is_engine(process: str, home: Path) -> bool:
    try:
        words = Path(f"/proc/{process}/cmdline").read_text().split("\0")
    except OSError:
        return False
    return "engine" in words and any(word.startswith(str(home)) for word in words)
