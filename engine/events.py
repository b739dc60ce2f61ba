"""What an engine process says, one JSON object a line in events.jsonl. Light: no torch.

    {"at": 1732.5, "kind": "state", "state": "running", "total_steps": 39}
    {"kind": "progress", "step": 12, "total_steps": 39, "seconds_left": 80.2}
    {"kind": "point", "step": 12, "values": {"train/loss": 1.93, "train/learning_rate": 0.0009}}
    {"kind": "sample", "step": 12, "record": 881, "prompt": "…", "output": "…", "reference": "…", "score": 1.0}
    {"kind": "checkpoint", "step": 13, "path": "checkpoints/step-000013", "sha256": "…", "bytes": 1,
     "layout": "adapter", "values": {"validation/loss": 0.42}, "final": false}
    {"kind": "machine", "threads": 2, "device": "cpu", "base_weights": "…", "versions": {…}, "engine": {…}, "cpu": {…} …}
    {"kind": "log", "level": "warning", "message": "…"}
    {"kind": "failure", "type": "out_of_memory", "message": "…", "remedy": "…", "traceback": "…",
     "said": {"message": {"words": "…", "values": {…}}, "remedy": …}}
    {"kind": "state", "state": "finished" | "stopped" | "paused" | "failed"}

The names of points: train/{loss,learning_rate,grad_norm,tokens_per_second,tokens,epoch,loss_scale},
validation/{loss,<metric>}, grpo/{reward,kl,entropy,length,no_spread,clipped}, system/{memory_bytes}; and, by the studio's runner,
system/{resident_bytes,cpu_cores} and system/gpu<i>/{utilisation,memory_bytes,temperature,power}.
A file ends in a partial line only when the process died while writing it; `read` leaves it be.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

EXIT_FINISHED, EXIT_FAILED, EXIT_STOPPED, EXIT_PAUSED, EXIT_ORPHANED, EXIT_FULL = 0, 1, 3, 4, 5, 6
"""Exit codes of `python -m engine`; orphaned means that the runner's pipe closed, full that the disk took
no word of the failure."""


class EventLog:
    """Appends events, a whole line at a time or nothing of it."""

    def __init__(self, path: Path, *, quiet: bool = False) -> None:
        """`quiet` says nothing: of several processes only one speaks."""
        self._quiet = quiet
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 (open for the process's life)

    def say(self, kind: str, **values: Any) -> None:
        if self._quiet:
            return
        event = {"at": round(time.time(), 3), "kind": kind, **values}
        self._append((json.dumps(event, ensure_ascii=False) + "\n").encode())

    def close(self) -> None:
        self._file.close()

    def _append(self, line: bytes) -> None:
        """A disk that fills up takes half a line before it refuses the rest; what is said next, such as
        that the disk is full, would go on in the middle of it."""
        before = os.fstat(self._file.fileno()).st_size
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError:
            self._file.truncate(before)
            raise


class Batch(NamedTuple):
    """Events read since an offset, and the offset (in bytes) to read from next."""

    events: list[dict[str, Any]]
    offset: int


def read(path: Path, offset: int = 0, limit: int = 1_000_000) -> Batch:
    """Whole lines after `offset` bytes, at most `limit` bytes of them or one that is longer; none when
    there is no file."""
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            chunk = file.read(limit)
            if b"\n" not in chunk:
                chunk += file.readline()
    except FileNotFoundError:
        return Batch([], offset)
    end = chunk.rfind(b"\n") + 1
    return Batch([json.loads(line) for line in chunk[:end].splitlines() if line], offset + end)
