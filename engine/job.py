"""One engine process at work: its run directory, attempt, spec, events and requests. Light."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from engine.errors import SpecError
from engine.events import EventLog
from engine.run_dir import Attempt, RunDir
from engine.settings import TrainSettings
from engine.spec import JobSpec
from engine.words import _
from engine.world import World

S = TypeVar("S")


class Requests:
    """What the studio asks of the process: the control file, and SIGTERM as a wish to stop."""

    def __init__(self, run: RunDir) -> None:
        self._run = run
        self._checkpoints = run.control().checkpoint
        self._terminated = False

    def stop_on_sigterm(self) -> None:
        """Take SIGTERM as `stop` from now on. Only from the main thread."""
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "_terminated", True))

    def want(self) -> str:
        """`run`, `pause` or `stop`, as asked now."""
        return "stop" if self._terminated else self._run.control().want

    def signalled(self) -> str:
        """`stop` once SIGTERM came, else `run`; whatever the control file says."""
        return "stop" if self._terminated else "run"

    def asked(self) -> tuple[str, bool]:
        """`want`, and whether a checkpoint was asked for since the last call: one look at the file."""
        control = self._run.control()
        before, self._checkpoints = self._checkpoints, control.checkpoint
        return "stop" if self._terminated else control.want, control.checkpoint > before


@dataclass(frozen=True)
class Job:
    """What an objective or `predict` is handed."""

    run: RunDir
    attempt: Attempt
    spec: JobSpec
    events: EventLog
    requests: Requests
    resume: Path | None = None
    """A checkpoint folder to go on from, with its `resume/` inside."""
    world: World = field(default_factory=World)
    """The processes that share the job; only the main one says anything."""

    @classmethod
    def open(cls, root: Path, fence: int, resume: Path | None = None) -> Job:
        """Read the spec and open the attempt's events. Raises SpecError."""
        run = RunDir(root)
        attempt = run.attempt(fence)
        world = World.of_environment()
        events = EventLog(attempt.events, quiet=not world.main)
        return cls(run, attempt, run.spec(), events, Requests(run), resume, world)

    def settings(self, kind: type[S]) -> S:
        """The spec's settings as those of a method. Raises SpecError when it holds another's."""
        if not isinstance(self.spec.settings, kind):
            method = self.spec.method
            raise SpecError(
                {
                    "method": _(
                        "%(method)s has no %(settings)s; was the command another?",
                        method=method,
                        settings=kind.__name__,
                    )
                }
            )
        return self.spec.settings

    @property
    def shards(self) -> bool:
        """Whether its processes keep only their parts of the weights."""
        settings = self.spec.settings
        return isinstance(settings, TrainSettings) and settings.sharded and self.world.size > 1

    def point(self, step: int, values: dict[str, float]) -> None:
        """Say one or more curve values of a step."""
        if values:
            self.events.say("point", step=step, values=values)

    def log(self, message: str, level: str = "info", **values: object) -> None:
        self.events.say("log", level=level, message=message, **values)
