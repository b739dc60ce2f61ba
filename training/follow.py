"""Copies what an attempt says and prints into the database: one batch, one transaction.

Offsets are stored in the batch's own transaction, under the lease. So nothing is stored twice,
and an attempt that was taken over stores nothing more.
"""

from authoring.words import kept
from engine import events
from engine.words import Words
from training.handlers import Event, Handler
from training.handlers.clean import clean, number
from training.lease import Lease
from training.log_tail import LogTail, Tail
from training.models import Job, LogChunk
from training.runner.outcome import Failure
from training.states import JOB, JobState, after

MOST_LOG = 1024 * 1024
"""Bytes of an attempt's log kept in the database; the file has all of it."""


class Follower:
    """Follows one attempt's events.jsonl and log.txt."""

    def __init__(self, lease: Lease, handler: Handler) -> None:
        self.failure: Failure | None = None
        """What the engine said went wrong."""
        self.said = ""
        """The last state that the engine said."""
        self._lease = lease
        self._handler = handler
        self._events = handler.attempt.events
        self._offset = 0
        self._gauged: dict[str, float] = {}
        self._log = LogTail(handler.attempt.log)

    def note(self, message: str) -> None:
        """Add a line of the runner's to the log; it reaches the database with the next batch."""
        self._log.write(message)

    def gauge(self, values: dict[str, float]) -> None:
        """Add points of the runner's own; they are stored with the next batch, at the step that the
        job is at then."""
        self._gauged |= values

    def follow(self) -> bool:
        """Store one batch; False when there was nothing new. When it fails, nothing was stored, and
        the next call begins at the same place."""
        batch = events.read(self._events, self._offset)
        tail = self._log.read()
        if not (batch.events or tail.chunks or self._gauged):
            return False
        with self._lease.writing() as job:
            self._store(job, batch.events)
            gauged: list[Event] = []
            if self._gauged:
                gauged.append({"kind": "point", "step": job.step, "values": self._gauged})
            self._handler.ingest([*batch.events, *gauged])
            self._store_log(tail)
            job.events_offset, job.log_offset = batch.offset, tail.offset
            job.save(
                update_fields=[
                    "state",
                    "step",
                    "total_steps",
                    "seconds_left",
                    "events_offset",
                    "log_offset",
                ]
            )
        self._offset, self._log.offset = batch.offset, tail.offset
        self._gauged = {}
        for event in batch.events:
            if event["kind"] == "log":
                self._log.write(f"{event['level']}: {event['message']}")
        return True

    def follow_to_the_end(self) -> None:
        """After the process is over: everything that it left."""
        while self.follow():
            pass

    def _store(self, job: Job, batch: list[Event]) -> None:
        for event in batch:
            if event["kind"] == "state":
                self.said = event["state"]
            match event["kind"]:
                case "state" if event["state"] == "running":
                    if job.state == JobState.STARTING:
                        job.state = after(JOB, "start", job.state)
                    job.total_steps = event["total_steps"]
                    job.step = min(job.step, job.total_steps)
                case "progress":
                    job.total_steps = event["total_steps"]
                    job.step = min(event["step"], job.total_steps)
                    job.seconds_left = number(event["seconds_left"])
                case "failure":
                    self.failure = _failure(event)

    def _store_log(self, tail: Tail) -> None:
        here = {"job_id": self._lease.job_id, "fence": self._lease.fence}
        LogChunk.objects.bulk_create(
            LogChunk(offset=offset, text=text, **here) for offset, text in tail.chunks
        )
        if tail.chunks and tail.offset > MOST_LOG:
            LogChunk.objects.filter(offset__lt=tail.offset - MOST_LOG, **here).delete()


def _failure(event: Event) -> Failure:
    """What the engine said, by its parts where it said them."""
    names = ("type", "message", "remedy", "traceback")
    said = {name: Words.of(parts) for name, parts in event.get("said", {}).items()}
    return {name: clean(kept(said.get(name, str(event.get(name, ""))))) for name in names}
