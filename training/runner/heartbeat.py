"""Keeps a lease alive from a thread of its own, so that nothing slow in the runner can lose it.

That a lease is lost is noticed where it matters: by every write (`Lease.writing`) and, once a
second, by `Wishes`.
"""

import logging
import threading
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connections

from training.lease import Lease

log = logging.getLogger(__name__)


class Heartbeat:
    """Renews the lease while inside the `with` block."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._over = threading.Event()
        self._thread = threading.Thread(
            target=self._beat, name=f"heartbeat of job {lease.job_id}", daemon=True
        )

    def _beat(self) -> None:
        try:
            while not self._over.wait(settings.LEASE_HEARTBEAT_SECONDS) and self._renewed():
                pass
        finally:
            connections.close_all()

    def _renewed(self) -> bool:
        """One beat. A database that is away for a moment is asked again at the next."""
        try:
            return self._lease.renew()
        except DatabaseError as error:
            log.warning(
                "a heartbeat did not get through: %s",
                type(error).__name__,
                extra={"job_id": self._lease.job_id},
            )
            connections.close_all()
            return True

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
