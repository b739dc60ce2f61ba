"""Keeps the queue moving when messages or workers are lost. The scheduler calls it."""

import logging
from datetime import timedelta

from django.db.models.functions import Now

from authoring import announce
from training import chains, retention
from training.announce import BROKER_ERRORS, announce_now, waiting_messages
from training.lease import take_back
from training.models import Calibration, Job, Queue
from training.states import Want

AWHILE = timedelta(minutes=1)
"""How long a message may take before it is sent again."""

log = logging.getLogger(__name__)


def tidy_up() -> None:
    """What the end of a job sets free: runs that waited for it, and files that nobody needs."""
    chains.settle()
    retention.thin()


def announce_next(queue: str = Queue.DEVICE) -> None:
    """Pass the turn on: a worker that is done with a job says that there is another."""
    first = Job.objects.claimable(queue).values_list("pk", flat=True).first()
    if first is not None:
        announce_now(first, queue)


def announce_waiting() -> None:
    """One message for each claimable job that has none in the broker's queue yet.

    Counting keeps messages from piling up there while every worker is busy.
    """
    for queue in Queue:
        _announce_waiting(queue)


def _announce_waiting(queue: Queue) -> None:
    claimable = list(Job.objects.claimable(queue).values_list("pk", flat=True))
    if not claimable:
        return
    try:
        waiting = waiting_messages(queue)
    except BROKER_ERRORS as error:
        log.warning("%s jobs wait and the broker does not answer: %s", len(claimable), error)
        return
    for job_id in claimable[waiting:]:
        if not announce_now(job_id, queue):
            return


def end_abandoned() -> None:
    """Jobs that were asked to stop or pause and whose worker is gone: there is nobody to wait for."""
    for job in Job.objects.abandoned().exclude(wants=Want.RUN):
        take_back(job.pk, job.wants)


def announce_calibrations() -> None:
    """Measurements that were asked for a while ago and that no worker has taken, or has finished.

    Only while no job waits: a measurement must not keep a message of theirs from being sent.
    """
    if Job.objects.claimable().exists():
        return
    overdue = Calibration.objects.waiting().filter(asked_at__lt=Now() - AWHILE)
    for calibration_id in overdue.values_list("pk", flat=True)[:1]:
        announce.announce_now("training.tasks.calibrate", calibration_id)
