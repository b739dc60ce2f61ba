"""Celery's side of the queue: messages say "look", the Job table decides (docs/adr/0002)."""

import logging

from celery import shared_task

from training import token_counts, upkeep
from training.actions import calibrations
from training.models import Queue
from training.runner import attempt

UPKEEP = (
    upkeep.end_abandoned,
    upkeep.tidy_up,
    upkeep.announce_waiting,
    upkeep.announce_calibrations,
)

log = logging.getLogger(__name__)


@shared_task
def work(job_id: int) -> None:
    """Carry out the next job of the queue, if there is one. `job_id` is what was announced; it may
    be over, held by another worker, or not the next."""
    if attempt.work():
        upkeep.tidy_up()
        upkeep.announce_next()


@shared_task
def work_lightly(job_id: int) -> None:
    """Carry out the next job that needs no device, if there is one and none is at work."""
    if attempt.work(Queue.LIGHT):
        upkeep.announce_next(Queue.LIGHT)


@shared_task
def calibrate(calibration_id: int) -> None:
    """Measure what a base model costs on this worker; harmless when it comes twice."""
    calibrations.measure(calibration_id)


@shared_task
def count_tokens(count_id: int) -> None:
    """Count the tokens of a snapshot that is too large to be counted while a page waits."""
    token_counts.carry_out(count_id)


@shared_task
def reannounce() -> None:
    """By the scheduler: announce what waits, end what was asked to end but has no worker, and do
    what a worker that died could not. One that breaks keeps no other from being done."""
    for deed in UPKEEP:
        try:
            deed()
        except Exception:
            log.exception("upkeep broke: %s", deed.__name__)
