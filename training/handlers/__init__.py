"""What differs between kinds of job, behind one small face.

The runner knows leases, processes and events; a handler knows what to write into the run
directory and what to make of what came out. `settings.JOB_HANDLERS` names one class a kind, so
that an app above this one can bring its own (docs/adr/0003).
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from engine.run_dir import Attempt, RunDir
from training.lease import Lease
from training.models import Job
from training.runner.outcome import Outcome

Event = dict[str, Any]


class About(NamedTuple):
    """What a job works on, in words; and whose it is, where many are of one."""

    what: str
    group: str = ""
    """For scripts: jobs of one group have the same."""
    of: str = ""
    """The group in words: the run whose checkpoints are measured."""
    within: str = ""
    """What is to be said of it beside those words: the step."""


class Handler:
    """One object lives for one attempt at one job. Methods are listed in the order of the calls."""

    def __init__(self, job: Job, lease: Lease) -> None:
        """`job` is the base row as it was claimed; load the subclass row here."""
        self.lease = lease
        self.run_dir: RunDir = job.run_dir
        self.attempt: Attempt = job.run_dir.attempt(lease.fence)

    def prepare(self) -> None:
        """Write spec.json, tasks.json and the splits (`training.handlers.files` helps).

        Called before the process starts, outside any transaction. A StudioError or EngineError
        fails the job with its message and remedy.
        """
        raise NotImplementedError

    def method(self) -> str:
        """The engine's subcommand: sft, grpo, predict, export, push."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What the engine's process is given beyond `settings.ENGINE_ENVIRONMENT`."""
        return {}

    def processes(self) -> int:
        """How many processes of the engine share the job; 0: one for each GPU of the worker."""
        return 1

    def resume_from(self) -> Path | None:
        """The checkpoint folder to go on from."""
        return None

    def ingest(self, events: list[Event]) -> None:
        """Store what one batch of events says, beyond state, progress and failure.

        Called inside the batch's transaction, with the lease checked: be short, read no files of
        size, and be ready to see the steps of an earlier attempt again (upsert).
        """

    def gather(self, outcome: Outcome) -> None:
        """The process is over: read what it left behind, outside any transaction.

        Rows by the thousand go in here, a batch each `self.lease.writing()`, so that no transaction
        is long. A StudioError or EngineError turns the outcome into a failure.
        """

    def over(self, outcome: Outcome) -> None:
        """Store it, inside the transaction that ends the job: both happen, or neither.

        Effects beyond the database go through `transaction.on_commit`.
        """

    @staticmethod
    def about(ids: Collection[int]) -> dict[int, About]:
        """Job id → what it works on, for readers of the queue; none where its own name says it."""
        return {}


def handler_for(job: Job, lease: Lease) -> Handler:
    """The handler of this job's kind, for the attempt that holds `lease`."""
    cls: type[Handler] = import_string(settings.JOB_HANDLERS[job.kind])
    return cls(job, lease)


def about(jobs: Mapping[int, str]) -> dict[int, About]:
    """Job id → what it works on, in words. `jobs`: id → kind."""
    found: dict[int, About] = {}
    for kind in sorted(set(jobs.values())):
        cls: type[Handler] = import_string(settings.JOB_HANDLERS[kind])
        found |= cls.about([pk for pk, its in jobs.items() if its == kind])
    return found
