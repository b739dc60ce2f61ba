"""Keeps a lease alive from a thread of its own, so that nothing slow in the runner can lose it."""

import logging
import threading
import time
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connections

from training.lease import Lease

log = logging.getLogger(__name__)


class Heartbeat:
    """Renews the lease while inside the `with` block; `lost` once that is over or may be."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._over = threading.Event()
        self._fenced = threading.Event()
        self._renewed = time.monotonic()
        self._thread = threading.Thread(
            target=self._beat, name=f"heartbeat of job {lease.job_id}", daemon=True
        )

    @property
    def lost(self) -> bool:
        """Somebody else holds the job, or could: no beat got through for as long as a lease lives."""
        silent = time.monotonic() - self._renewed
        return self._fenced.is_set() or silent > settings.LEASE_DEAD_AFTER_SECONDS

    def _beat(self) -> None:
        try:
            while not self._over.wait(settings.LEASE_HEARTBEAT_SECONDS):
                self._renew()
                if self._fenced.is_set():
                    return
        finally:
            connections.close_all()

    def _renew(self) -> None:
        asked = time.monotonic()
        try:
            if self._lease.renew():
                self._renewed = asked
            else:
                self._fenced.set()
        except DatabaseError as error:
            log.warning("heartbeat of job %s did not get through: %s", self._lease.job_id, error)
            connections.close_all()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
