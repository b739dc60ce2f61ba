"""The run directory: the one contract between the studio and the engine.

    <id>/spec.json                      what to do (`engine.spec.JobSpec`)
    <id>/train.jsonl, test.jsonl …      the snapshot's splits, one record a line (`engine.records`)
    <id>/tasks.json                     {slug: {kind, labels, metric, reward}} of the records' tasks
    <id>/control                        what the studio asks of the process (`Control`)
    <id>/attempts/<fence>/events.jsonl  append-only, written by the engine
    <id>/attempts/<fence>/log.txt       everything the process printed
    <id>/attempts/<fence>/checkpoints/step-000120/   Hugging Face layout, renamed into place
    <id>/attempts/<fence>/predictions.jsonl          what `predict` wrote

Each attempt writes under its own fencing number; a file system can't fence, so only what the
current fence has registered in the studio's database exists.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.spec import JobSpec


@dataclass(frozen=True)
class Control:
    """What the studio asks. `want` is run, pause or stop; `checkpoint` counts requests to save now."""

    want: str = "run"
    checkpoint: int = 0


@dataclass(frozen=True)
class Attempt:
    """One try at a job: the folder that one engine process writes."""

    folder: Path

    @property
    def fence(self) -> int:
        return int(self.folder.name)

    @property
    def events(self) -> Path:
        return self.folder / "events.jsonl"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def predictions(self) -> Path:
        return self.folder / "predictions.jsonl"

    def checkpoint(self, step: int) -> Path:
        return self.checkpoints / f"step-{step:06d}"


@dataclass(frozen=True)
class RunDir:
    """Names inside one run directory."""

    root: Path

    @property
    def spec_path(self) -> Path:
        return self.root / "spec.json"

    @property
    def tasks_path(self) -> Path:
        return self.root / "tasks.json"

    @property
    def control_path(self) -> Path:
        return self.root / "control"

    def split(self, name: str) -> Path:
        return self.root / f"{name}.jsonl"

    def attempt(self, fence: int) -> Attempt:
        return Attempt(self.root / "attempts" / str(fence))

    def newest_fence(self) -> int:
        """The highest attempt number on disk, 0 when there is none."""
        folder = self.root / "attempts"
        numbers = (
            [int(one.name) for one in folder.iterdir() if one.name.isdigit()]
            if folder.is_dir()
            else []
        )
        return max(numbers, default=0)

    def spec(self) -> JobSpec:
        return JobSpec.read(self.spec_path)

    def control(self) -> Control:
        """What the studio asks now; the default when nothing was asked or the file is torn."""
        try:
            return Control(**json.loads(self.control_path.read_text()))
        except (FileNotFoundError, json.JSONDecodeError, TypeError):
            return Control()

    def ask(self, control: Control) -> None:
        write_atomically(self.control_path, json.dumps(asdict(control)))


def write_atomically(path: Path, text: str) -> None:
    """Write a file under a temporary name, sync it, rename it into place: never half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
