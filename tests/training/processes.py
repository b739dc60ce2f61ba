"""What tests see of the processes that work on a home."""

import os
import signal
from pathlib import Path

from training.models import Job


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
