"""What people do to a job of any kind: stop, pause, go on, retry, save now.

A job that nobody holds changes at once. A live one is asked, by `wants`: the worker that holds it
passes that on and reports what came of it.
"""

from django.db import transaction
from django.db.models import F

from authoring.models import User
from authoring.permissions import require
from training import chains, names
from training.actions.queue import enqueue_again
from training.lease import take_back
from training.models import Job, JobDeed, Kind, Push
from training.states import JOB, LIVE, JobState, NotAllowed, Want, after

DEED = {
    Kind.RUN: "train",
    Kind.EVALUATION: "evaluate",
    Kind.EXPORT: "train",
    Kind.PUSH: "publish",
}
"""What one must be allowed to do in the project, by kind of job."""


def stop(*, by: User, job: Job) -> None:
    """End it: at once where nobody works on it, else as soon as its engine has saved. What waits
    for it is cancelled, or goes on, as its launch said.

    Raises PermissionDenied; NotAllowed when it is over.
    """
    _ask(by=by, job=job, want=Want.STOP)
    chains.settle()


def pause(*, by: User, job: Job) -> None:
    """Save and leave the device to others until `resume`. Raises as `stop` does."""
    _ask(by=by, job=job, want=Want.PAUSE)


def resume(*, by: User, job: Job) -> None:
    """Go on from the newest checkpoint, at the end of the queue; or don't pause after all.

    Raises PermissionDenied; NotAllowed unless it is paused or asked to be.
    """
    require(by, DEED[Kind(job.kind)], job.project)
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.state in LIVE and locked.wants == Want.PAUSE:
            Job.objects.filter(pk=job.pk).update(wants=Want.RUN)
        elif locked.state == JobState.PAUSED:
            enqueue_again(job)
        else:
            raise NotAllowed("resume", locked.state)
        _note(by, job, "resume")
    job.refresh_from_db()


def retry(*, by: User, job: Job) -> None:
    """Queue a stopped or failed job again; it goes on from its newest checkpoint, if it has one.

    Raises PermissionDenied; NotAllowed in any other state; Conflict for a push whose name has become
    another's meanwhile.
    """
    require(by, DEED[Kind(job.kind)], job.project)
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        after(JOB, "retry", locked.state)
        if locked.kind == Kind.PUSH:
            names.require_free(Push.objects.get(pk=job.pk))
        enqueue_again(job)
        _note(by, job, "retry")
    chains.settle()
    job.refresh_from_db()


def ask(*, by: User, job: Job, want: str) -> None:
    """`want` is what somebody wants of it from now on: run, pause or stop.

    To want a paused job to run is to `resume` it; a stopped or failed one, to `retry` it; one that
    runs anyway stays as it is. Raises PermissionDenied and NotAllowed as those do.
    """
    if want == Want.STOP:
        stop(by=by, job=job)
    elif want == Want.PAUSE:
        pause(by=by, job=job)
    elif job.state in JOB["retry"].sources:
        retry(by=by, job=job)
    elif job.state == JobState.PAUSED or job.wants != Want.RUN or job.is_over:
        resume(by=by, job=job)
    else:
        require(by, DEED[Kind(job.kind)], job.project)


def checkpoint_now(*, by: User, job: Job) -> None:
    """Ask a running job to save at its next step. Raises NotAllowed when it doesn't run."""
    require(by, DEED[Kind(job.kind)], job.project)
    asked = Job.objects.live().filter(pk=job.pk)
    if not asked.update(checkpoint_requests=F("checkpoint_requests") + 1):
        job.refresh_from_db()
        raise NotAllowed("checkpoint", job.state)


def _ask(*, by: User, job: Job, want: Want) -> None:
    require(by, DEED[Kind(job.kind)], job.project)
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        after(JOB, want, locked.state)
        if not take_back(job.pk, want):
            Job.objects.filter(pk=job.pk).update(wants=want)
        _note(by, job, want)
    job.refresh_from_db()


def _note(by: User, job: Job, deed: str) -> None:
    JobDeed.objects.create(job_id=job.pk, deed=str(deed), by=by)
