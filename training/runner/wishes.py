"""What people, the end of the worker or of the project ask of a live job: from the database to the control file."""

import time
from collections.abc import Callable

from django.conf import settings

from engine.run_dir import Control, RunDir
from training.lease import Fenced, Lease
from training.states import Want


class Wishes:
    """Copies `wants` and `checkpoint_requests` into the run directory whenever they change."""

    def __init__(self, lease: Lease, run_dir: RunDir, leaving: Callable[[], bool]) -> None:
        self._lease = lease
        self._run_dir = run_dir
        self._leaving = leaving
        self._deadline: float | None = None
        self._said = Control()
        run_dir.ask(self._said)  # an earlier attempt may have been asked to stop

    def pass_on(self) -> None:
        """Look once. Raises Fenced when the lease is lost."""
        asked = ("wants", "checkpoint_requests", "project__deleted_at")
        wanted = self._lease.row().values_list(*asked).first()
        if wanted is None:
            raise Fenced(f"{self._lease} was overtaken")
        want, checkpoints, deleted_at = wanted
        leaving = self._leaving() or deleted_at is not None  # docs/adr/0036
        if leaving and want == Want.RUN:
            want = Want.PAUSE
        if not (leaving or want == Want.STOP):
            self._deadline = None
        elif self._deadline is None:
            self._deadline = time.monotonic() + settings.SHUTDOWN_SECONDS
        asked = Control(str(want), checkpoints)
        if asked != self._said:
            self._run_dir.ask(asked)
            self._said = asked

    @property
    def overdue(self) -> bool:
        """It was asked to end and had its time: end it."""
        return self._deadline is not None and time.monotonic() > self._deadline
