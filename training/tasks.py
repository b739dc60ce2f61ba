"""Celery's side of the queue: messages say "look", the Job table decides (docs/adr/0002)."""

from celery import shared_task

from training import upkeep
from training.runner import attempt


@shared_task
def work(job_id: int) -> None:
    """Carry out the next job of the queue, if there is one. `job_id` is what was announced; it may
    be over, held by another worker, or not the next."""
    if attempt.work():
        upkeep.announce_next()


@shared_task
def reannounce() -> None:
    """By the scheduler: announce what waits, and end what was asked to end but has no worker."""
    upkeep.end_abandoned()
    upkeep.announce_waiting()
