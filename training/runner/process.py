"""The engine as a subprocess: its own session, our pipe as its lifeline, its output in one file."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

from engine.run_dir import Attempt
from training import devices
from training.runner.launcher import command, own_gpus

NOTHING: Mapping[str, str] = {}


class EngineProcess:
    """`python -m engine …` from start to exit; leaving the `with` block kills what still runs.

    The engine exits when its standard input closes. So it ends with this process, however this
    process ends, and no second engine ever works beside a forgotten first one.
    """

    def __init__(
        self,
        method: str,
        run_dir: Path,
        attempt: Attempt,
        resume: Path | None,
        *,
        processes: int = 1,
        environment: Mapping[str, str] = NOTHING,
    ) -> None:
        """`processes` that share the job; 0 for one on each GPU that the worker owns. `environment`:
        what this method's process needs beyond the others'."""
        arguments = [str(run_dir), "--attempt", attempt.folder.name, "--lifeline"]
        arguments += ["--resume", str(resume)] if resume else []
        shown = settings.ENGINE_ENVIRONMENT | devices.visible(settings.WORKER_DEVICES)
        processes = processes or own_gpus(shown)
        attempt.folder.mkdir(parents=True, exist_ok=True)
        with open(attempt.log, "ab") as log:
            self._process = subprocess.Popen(
                command(method, arguments, processes=processes),
                cwd=settings.BASE_DIR,
                env={**shown, **environment},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        """The exit code, negative for a signal; None when it still runs after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """At once, with everything that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
