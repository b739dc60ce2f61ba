"""Chains: a run that waits for another's checkpoint goes into the queue, or is cancelled, once that
one is over.

Nothing here is remembered but in the two rows, so it may be called at any time, by anybody, twice:
after each job, after each stop, and by the scheduler.
"""

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from training.actions.queue import announce
from training.models import Checkpoint, IfFailed, Job, Run, Takes
from training.models.run import RunQuerySet
from training.states import JOB, OVER, JobState, after


def settle() -> None:
    """Release or cancel every waiting run whose forerunner is over; a cancelled one's own followers
    too."""
    while due := list(_due().values_list("pk", flat=True)):
        for pk in due:
            _settle(pk)


def checkpoint_for(*, forerunner: Run, takes: str, if_failed: str) -> Checkpoint | None:
    """Where a follower of a run that is over starts; None when it can't.

    After a failure or a stop that is the newest checkpoint whose files are there.
    """
    there = [one for one in forerunner.checkpoints.kept().newest_first() if one.folder.is_dir()]
    if forerunner.state != JobState.FINISHED:
        return there[0] if there and if_failed == IfFailed.CONTINUE else None
    if takes == Takes.BEST and forerunner.best_checkpoint in there:
        return forerunner.best_checkpoint
    return there[0] if there else None


def _due() -> RunQuerySet:
    return Run.objects.filter(state=JobState.WAITING, after__state__in=OVER)


@transaction.atomic
def _settle(pk: int) -> None:
    held = Job.objects.select_for_update().filter(pk=pk, state=JobState.WAITING)
    if held.first() is None:
        return  # settled by now; the lock is taken before the run is joined (docs/adr/0010)
    run = _due().get(pk=pk)
    forerunner = run.after
    assert forerunner is not None
    found = checkpoint_for(forerunner=forerunner, takes=run.takes, if_failed=run.if_failed)
    if found is None:
        _cancel(run, forerunner)
        return
    run.parent, run.state = found, after(JOB, "release", run.state)
    run.queued_at = Now()  # its place stays the one it was launched at
    run.save(update_fields=["parent", "state", "queued_at"])
    run.refresh_from_db()
    announce(run)
    if run.evaluate and settings.AUTOMATIC_EVALUATION:
        import_string(settings.AUTOMATIC_EVALUATION)(run=run, checkpoint=None)


def _cancel(run: Run, forerunner: Run) -> None:
    said = (forerunner.failure or {}).get("message", "")
    ended = {
        JobState.FAILED: f"failed: {said}",
        JobState.STOPPED: "was stopped." if not said else f"was cancelled: {said}",
    }.get(JobState(forerunner.state), "left no checkpoint.")
    run.state = after(JOB, "cancel", run.state)
    run.finished_at = Now()
    run.failure = {
        "type": "chain",
        "message": f"It waited for run {forerunner.number}, which {ended}",
        "remedy": f"Try run {forerunner.number} again, then this one: it waits for it once more. Or "
        "launch one like it from another checkpoint.",
        "traceback": "",
    }
    run.save(update_fields=["state", "finished_at", "failure"])
