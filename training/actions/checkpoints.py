"""Delete a checkpoint's files; what was measured of it stays."""

import shutil
from functools import partial

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from authoring.errors import Conflict
from authoring.models import User
from authoring.permissions import require
from training.models import Checkpoint, Run
from training.states import OVER


def delete(*, by: User, checkpoint: Checkpoint) -> None:
    """Remove its folder and keep its row, so that scores still say what they measured.

    Deleting twice changes nothing. Raises PermissionDenied; Conflict where something still needs
    the weights.
    """
    require(by, "train", checkpoint.run.project)
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",)).get(pk=checkpoint.run_id)
        if checkpoint.deleted_at is not None:
            return
        _refuse_needed(checkpoint, run)
        Checkpoint.objects.filter(pk=checkpoint.pk).update(deleted_at=Now())
        run.choose_best()
        transaction.on_commit(partial(shutil.rmtree, checkpoint.folder, ignore_errors=True))
    checkpoint.refresh_from_db()


def _refuse_needed(checkpoint: Checkpoint, run: Run) -> None:
    newest = run.checkpoints.kept().newest_first().first()
    if run.state not in OVER and checkpoint == newest:
        raise Conflict(
            _("The run would go on from this checkpoint."), _("Stop the run first, or wait.")
        )
    waiting = checkpoint.children.exclude(state__in=OVER).first()
    if waiting is not None:
        raise Conflict(
            _("Run %(number)d starts from this checkpoint.") % {"number": waiting.number},
            _("Stop that run first, or wait until it is over."),
        )
    if checkpoint.layout == "full" and _carries_adapters(checkpoint):
        raise Conflict(
            _("Adapters of later runs lie on these weights and are nothing without them."),
            _("Delete the checkpoints of those runs first."),
        )


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
