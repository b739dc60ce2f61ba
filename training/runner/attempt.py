"""One attempt at one job, from the claim to the outcome. No transaction is open while it works."""

import logging
import traceback

from django.conf import settings
from django.db import close_old_connections
from django.db.models.functions import Now
from django.utils import timezone

from authoring.errors import StudioError
from authoring.faults import DATABASE_AWAY
from authoring.words import words as _
from engine.errors import EngineError
from engine.process import typed
from training.follow import Follower
from training.handlers import Handler, handler_for
from training.lease import Fenced, Lease, claim, new_owner
from training.models import Job, Queue
from training.runner.gauges import Gauges
from training.runner.heartbeat import Heartbeat
from training.runner.outcome import Outcome, failed, left, of_error, of_process
from training.runner.process import EngineProcess
from training.runner.shutdown import leaving
from training.runner.wishes import Wishes
from training.states import JOB, OVER, Want, after

TICK = 1.0
"""Seconds between two looks at events and wishes: one batch, one transaction each."""
MOST_TAKEOVERS = 3
"""A job that loses its worker this often without getting anywhere is what kills them."""

log = logging.getLogger(__name__)


def work(queue: str = Queue.DEVICE) -> bool:
    """Claim the next job of a queue and carry it out; False when there is nothing to do."""
    lease = claim(new_owner(), settings.WORKER_DEVICES, queue)
    if lease is None:
        return False
    try:
        with Heartbeat(lease):
            _carry_out(lease)
    except Fenced as error:
        log.warning("left alone: %s", error, extra={"job_id": lease.job_id})
    except DATABASE_AWAY:
        log.exception("the database is away; a worker takes over", extra={"job_id": lease.job_id})
    return True


def _carry_out(lease: Lease) -> None:
    with lease.writing() as job:
        pass  # only read: nobody has overtaken us yet
    try:
        handler = handler_for(job, lease)
        outcome = _before_start(job) or _prepare(handler) or _drive(lease, handler)
        outcome = _gather(handler, outcome)
        _settle(lease, handler, outcome)
    except (Fenced, *DATABASE_AWAY):
        raise
    except Exception as error:
        log.exception("the runner failed", extra={"job_id": lease.job_id})
        _settle(lease, None, _fault(error))


def _before_start(job: Job) -> Outcome | None:
    """What needs no process: it was asked to end meanwhile, or it is what kills the workers."""
    if job.wants != Want.RUN:
        return left(job.wants)
    if job.takeovers >= MOST_TAKEOVERS:
        return failed(
            "lost_process",
            _(
                "Its worker was lost %(times)s times in a row before the job got anywhere.",
                times=job.takeovers,
            ),
            _(
                "Most often memory runs out: lower the tokens per batch or choose a smaller model, "
                "look into the worker's log, then retry."
            ),
        )
    return None


def _prepare(handler: Handler) -> Outcome | None:
    """Write the run directory; an outcome only when that fails."""
    try:
        handler.prepare()
    except (StudioError, EngineError, OSError) as error:
        return _fault(error)
    return None


def _drive(lease: Lease, handler: Handler) -> Outcome:
    """Run the engine to its end, following what it says and passing on what people want."""
    wishes = Wishes(lease, handler.run_dir, leaving)
    follower = Follower(lease, handler)
    resume = handler.resume_from()
    follower.note(_opening(lease, resume.name if resume else ""))
    with EngineProcess(
        handler.method(),
        handler.run_dir.root,
        handler.attempt,
        resume,
        processes=handler.processes(),
        environment=handler.environment(),
    ) as process:
        gauges = Gauges(process.pid, settings.WORKER_DEVICES)
        while (code := process.wait(TICK)) is None:
            follower.gauge(gauges.look())
            _look(lease, follower, wishes)
            if wishes.overdue:
                follower.note("It did not end in time and was killed.")
                process.kill()
    follower.follow_to_the_end()
    with lease.writing() as job:
        want = job.wants
    return left(want) if wishes.overdue else of_process(code, want, follower.failure, follower.said)


def _look(lease: Lease, follower: Follower, wishes: Wishes) -> None:
    """Follow and pass on, once. A database that is away is no reason to give up hours of training:
    nobody else can take over without it, and what was missed is read at the next look."""
    try:
        follower.follow()
        wishes.pass_on()
    except DATABASE_AWAY:
        log.warning("the database is away", exc_info=True, extra={"job_id": lease.job_id})
        close_old_connections()


def _opening(lease: Lease, checkpoint: str) -> str:
    beginning = f"going on from {checkpoint}" if checkpoint else "from the beginning"
    return f"Attempt {lease.fence} by {lease.owner}, {timezone.now():%Y-%m-%d %H:%M:%S} UTC, {beginning}."


def _gather(handler: Handler, outcome: Outcome) -> Outcome:
    try:
        handler.gather(outcome)
    except (StudioError, EngineError, OSError) as error:
        return _fault(error)
    return outcome


def _settle(lease: Lease, handler: Handler | None, outcome: Outcome) -> None:
    """End the attempt: state, failure and what the handler stores, in one transaction."""
    with lease.writing() as job:
        job.state = after(JOB, outcome.deed, job.state)
        job.failure = outcome.failure
        job.owner, job.heartbeat_at, job.seconds_left = "", None, None
        if job.state in OVER:
            job.finished_at = Now()
        job.save(
            update_fields=[
                "state",
                "failure",
                "owner",
                "heartbeat_at",
                "seconds_left",
                "finished_at",
            ]
        )
        if handler:
            handler.over(outcome)
    log.info("%s is over: %s", lease, outcome.deed, extra={"job_id": lease.job_id})


def _fault(error: Exception) -> Outcome:
    """Any error as a failure with kind, remedy and traceback."""
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, StudioError):
        return failed("studio", error.message, error.remedy, trace)
    return of_error(typed(error), trace)
