"""Delete a checkpoint's files; what was measured of it stays."""

import shutil
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from authoring.errors import Conflict, Invalid
from authoring.models import User
from authoring.permissions import require
from authoring.words import words as _
from training.models import Checkpoint, Job, Run
from training.states import OVER, JobState

MOST_KEPT = 1000


def delete(*, by: User, checkpoint: Checkpoint) -> None:
    """Remove its folder and keep its row, so that scores still say what they measured.

    Deleting twice changes nothing. Raises PermissionDenied; Conflict where something still needs
    the weights.
    """
    require(by, "train", checkpoint.run.project)
    with transaction.atomic():
        run = _locked(checkpoint)
        if checkpoint.deleted_at is not None:
            return
        if why := _needed_by_a_job(checkpoint, run) or _needed_by_adapters(checkpoint):
            raise why
        _delete(checkpoint, run)
    checkpoint.refresh_from_db()


def release(*, checkpoint: Checkpoint) -> bool:
    """Delete the files that retention has no more use for; False where anything at all may yet need
    them: also a run from here, or a measurement, that failed and could be tried again."""
    with transaction.atomic():
        run = _locked(checkpoint)
        checkpoint.refresh_from_db()
        if checkpoint.deleted_at is not None or _needed_by_a_job(checkpoint, run):
            return False
        unfinished = checkpoint.children.exclude(state=JobState.FINISHED)
        if unfinished.exists() or _readers(checkpoint) or _needed_by_adapters(checkpoint):
            return False
        _delete(checkpoint, run)
    return True


def keep(*, by: User, run: Run, best: int) -> None:
    """How many of the run's best checkpoints keep their files from now on; 0 keeps all. What is
    already deleted does not come back. Raises PermissionDenied and Invalid."""
    require(by, "train", run.project)
    if not 0 <= best <= MOST_KEPT:
        why = _("Choose a number from 0 to %(most)d.", most=MOST_KEPT)
        raise Invalid(why, fields={"keep_best": [why]})
    Run.objects.filter(pk=run.pk).update(keep_best=best)
    run.keep_best = best


def _locked(checkpoint: Checkpoint) -> Run:
    """The run, once nobody else changes it: registering a checkpoint holds the same row."""
    Job.objects.select_for_update().get(pk=checkpoint.run_id)
    return Run.objects.get(pk=checkpoint.run_id)


def _delete(checkpoint: Checkpoint, run: Run) -> None:
    Checkpoint.objects.filter(pk=checkpoint.pk).update(deleted_at=Now())
    run.choose_best()
    transaction.on_commit(partial(shutil.rmtree, checkpoint.folder, ignore_errors=True))


def _needed_by_a_job(checkpoint: Checkpoint, run: Run) -> Conflict | None:
    newest = run.checkpoints.kept().newest_first().first()
    if run.state not in OVER and checkpoint == newest:
        return Conflict(
            _("The run would go on from this checkpoint."), _("Stop the run first, or wait.")
        )
    waiting = checkpoint.children.exclude(state__in=OVER).first()
    if waiting is not None:
        return Conflict(
            _("Run %(number)d starts from this checkpoint.", number=waiting.number),
            _("Stop that run first, or wait until it is over."),
        )
    if _readers(checkpoint) - OVER:
        return Conflict(
            _("It is being measured or exported, or waits to be."),
            _("Stop that job first, or wait until it is over."),
        )
    return None


def _readers(checkpoint: Checkpoint) -> set[str]:
    """States of the unfinished jobs that read its weights: exports, and what apps above have."""
    exports = checkpoint.exports.exclude(state=JobState.FINISHED).values_list("state", flat=True)
    reads = import_string(settings.CHECKPOINT_READERS) if settings.CHECKPOINT_READERS else None
    return {*exports, *(reads(checkpoint=checkpoint) if reads else ())}


def _needed_by_adapters(checkpoint: Checkpoint) -> Conflict | None:
    if checkpoint.layout == "full" and _carries_adapters(checkpoint):
        return Conflict(
            _("Adapters of later runs lie on these weights and are nothing without them."),
            _("Delete the checkpoints of those runs first."),
        )
    return None


def _carries_adapters(checkpoint: Checkpoint) -> bool:
    """Whether kept adapters, of runs that started here or went on from such a run, need it."""
    runs = list(checkpoint.children.all())
    while runs:
        run = runs.pop()
        adapters = run.checkpoints.filter(layout="adapter")
        if adapters.kept().exists():
            return True
        runs += Run.objects.filter(parent__in=adapters)
    return False
