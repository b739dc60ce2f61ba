"""Chains: a run that waits for another's checkpoint goes into the queue, or is cancelled, once that
one is over.

Nothing here is remembered but in the two rows, so it may be called at any time, by anybody, twice:
after each job, after each stop, and by the scheduler.
"""

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from authoring.words import kept
from authoring.words import words as _
from engine.words import Words
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
    run.state = after(JOB, "cancel", run.state)
    run.finished_at = Now()
    remedy = _(
        "Try run %(number)s again, then this one: it waits for it once more. Or launch one like it "
        "from another checkpoint.",
        number=forerunner.number,
    )
    run.failure = {
        "type": "chain",
        "message": kept(_how_it_ended(forerunner)),
        "remedy": kept(remedy),
        "traceback": "",
    }
    run.save(update_fields=["state", "finished_at", "failure"])


def _how_it_ended(forerunner: Run) -> Words:
    said, number = (forerunner.failure or {}).get("message"), forerunner.number
    if forerunner.state == JobState.FAILED:
        return _(
            "It waited for run %(number)s, which failed: %(said)s",
            number=number,
            said=Words.of(said),
        )
    if forerunner.state == JobState.STOPPED and said:
        return _(
            "It waited for run %(number)s, which was cancelled: %(said)s",
            number=number,
            said=Words.of(said),
        )
    if forerunner.state == JobState.STOPPED:
        return _("It waited for run %(number)s, which was stopped.", number=number)
    return _("It waited for run %(number)s, which left no checkpoint.", number=number)
