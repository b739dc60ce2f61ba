"""The lease on a job: who may work on it, and the fencing number that proves it (docs/adr/0002).

Every write of a runner goes through `Lease.writing`, which holds the job's row for one short
transaction and fails when somebody else has taken over. Times are the database's.
"""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, Now

from training.models import Job, Queue
from training.models.job import JobQuerySet
from training.states import JOB, LIVE, OVER, JobState, after


class Fenced(Exception):
    """The lease was lost: another worker, or a person, has the job now. Leave everything as it is."""


class Lease(NamedTuple):
    """The right to work on one job, until `fence` is overtaken."""

    job_id: int
    owner: str
    fence: int

    def __str__(self) -> str:
        return f"attempt {self.fence} of job {self.job_id}"

    def row(self) -> JobQuerySet:
        """The job, while it is held; empty once it is not."""
        return Job.objects.held_by(self.owner, self.fence).filter(pk=self.job_id)

    def renew(self) -> bool:
        """One heartbeat. False when the lease is lost."""
        return bool(self.row().update(heartbeat_at=Now()))

    @contextmanager
    def writing(self) -> Iterator[Job]:
        """One transaction in which the lease is certainly held. Raises Fenced."""
        with transaction.atomic():
            job = self.row().select_for_update().first()
            if job is None:
                raise Fenced(f"{self} was overtaken")
            yield job


def new_owner() -> str:
    """A name that no other worker has or had: host, process, random."""
    return f"{socket.gethostname()[:50]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def claim(owner: str, devices: str = "", queue: str = Queue.DEVICE) -> Lease | None:
    """Take the first claimable job, or None when there is none. `devices`: what it will work on.

    Two workers never get one job: the UPDATE repeats the condition, and takes effect once. Light jobs
    go one after another: a light worker's other hands are for what people wait for.
    """
    with transaction.atomic():
        if queue == Queue.LIGHT and _is_busy(queue):
            return None
        first = _unlocked(Job.objects.claimable(queue)).values_list("pk", flat=True).first()
        if first is None:
            return None
        taken = (
            Job.objects.claimable(queue)
            .filter(pk=first)
            .update(
                takeovers=Case(When(state__in=LIVE, then=F("takeovers") + 1), default=Value(0)),
                state=JobState.STARTING,
                owner=owner,
                devices=devices,
                fence=F("fence") + 1,
                heartbeat_at=Now(),
                started_at=Coalesce("started_at", Now()),
                events_offset=0,
                log_offset=0,
                checkpoint_requests=0,
            )
        )
        if not taken:
            return None
        return Lease(first, owner, Job.objects.values_list("fence", flat=True).get(pk=first))


def take_back(job_id: int, deed: str) -> bool:
    """Stop or pause a job that nobody holds: queued, paused, or with a dead lease.

    False when a worker holds it. The fence is overtaken, so that a worker that was only believed
    dead finds itself locked out. Raises NotAllowed when the state doesn't allow the deed.
    """
    with transaction.atomic():
        job = Job.objects.unheld().filter(pk=job_id).select_for_update().first()
        if job is None:
            return False
        job.state = after(JOB, deed, job.state)
        job.owner, job.heartbeat_at, job.seconds_left = "", None, None
        job.fence = F("fence") + 1
        if job.state in OVER:
            job.finished_at = Now()
        job.save(
            update_fields=["state", "owner", "heartbeat_at", "seconds_left", "fence", "finished_at"]
        )
    return True


def _is_busy(queue: str) -> bool:
    """Whether somebody works on a job of this queue. Who claims at the same moment waits for the rows,
    and looks once the other's claim is to be seen."""
    list(Job.objects.claimable(queue).order_by("pk").select_for_update().values_list("pk"))
    jobs = Job.objects.of(queue)
    return jobs.live().exclude(pk__in=jobs.abandoned()).exists()


def _unlocked(jobs: JobQuerySet) -> JobQuerySet:
    """Rows that nobody is just claiming, where the database can tell (PostgreSQL)."""
    if connection.features.has_select_for_update_skip_locked:
        return jobs.select_for_update(skip_locked=True)
    return jobs
