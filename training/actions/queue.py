"""Put a job of any kind into the queue, and say so to the workers."""

from functools import partial

from django.db import transaction
from django.db.models.functions import Now

from training.announce import announce_now
from training.models import Job
from training.states import JOB, Want, after


def announce(job: Job) -> None:
    """Tell the workers once the current transaction is committed. A dead broker costs nothing but
    time: the scheduler tells them again."""
    transaction.on_commit(partial(announce_now, job.pk), robust=True)


def enqueue_again(job: Job) -> None:
    """Back into the queue, at its end: after a stop or a failure (`retry`) or a pause (`resume`).

    Raises NotAllowed in any other state. No permission is asked: callers do.
    """
    deed = "resume" if job.state == "paused" else "retry"
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        changes = {
            "state": after(JOB, deed, locked.state),
            "wants": Want.RUN,
            "queued_at": Now(),
            "finished_at": None,
            "failure": None,
            "takeovers": 0,
            "seconds_left": None,
        }
        Job.objects.filter(pk=job.pk).update(**changes)
        announce(job)
    job.refresh_from_db()
