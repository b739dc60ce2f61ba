"""Put a job of any kind into the queue, and say so to the workers."""

from functools import partial

from django.db import transaction
from django.db.models.functions import Now

from training.announce import announce_now
from training.models import Job, Run
from training.states import JOB, JobState, Want, after


def announce(job: Job) -> None:
    """Tell the workers once the current transaction is committed. A dead broker costs nothing but
    time: the scheduler tells them again."""
    transaction.on_commit(partial(announce_now, job.pk, job.queue), robust=True)


def enqueue_again(job: Job, deed: str = "") -> None:
    """Back into the queue, at its end: after a stop or a failure (`retry`) or a pause (`resume`), and
    from its beginning after its end where `deed` is `again`.

    A run that never got the checkpoint it waited for waits for it again. Raises NotAllowed in any other
    state. No permission is asked: callers do.
    """
    deed = deed or ("resume" if job.state == JobState.PAUSED else _retry(job))
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        changes = {
            "state": after(JOB, deed, locked.state),
            "wants": Want.RUN,
            "queued_at": Now(),
            "place": Now(),
            "finished_at": None,
            "failure": None,
            "takeovers": 0,
            "seconds_left": None,
        }
        if deed == "again":
            changes |= {"started_at": None, "step": 0}
        Job.objects.filter(pk=job.pk).update(**changes)
        announce(job)
    job.refresh_from_db()


def _retry(job: Job) -> str:
    chained = Run.objects.filter(pk=job.pk, parent=None, after__isnull=False)
    return "wait" if chained.exists() else "retry"
