"""Ask for a checkpoint in another form, and delete what was made."""

import shutil
from functools import partial

from django.db import transaction

from authoring.errors import Conflict, Invalid, NothingToDo
from authoring.models import User
from authoring.permissions import require
from authoring.words import words as _
from training import export_forms
from training.actions.queue import announce, enqueue_again
from training.handlers.files import weights_of
from training.models import Checkpoint, Export, Form, Kind, Numbers, Push
from training.states import OVER, JobState

BEFORE_THE_NEXT_RUN = 1
"""Priority: some seconds of work, and somebody waits for the file."""


def ask(*, by: User, checkpoint: Checkpoint, form: str, numbers: str = Numbers.FLOAT32) -> Export:
    """Queue an export. Asking twice gives the same; one that failed or was stopped is queued again, and
    one whose files are gone, as after a restore, is made anew.

    Raises PermissionDenied; Invalid (a form that there is none of, an adapter of whole weights);
    NothingToDo (deleted weights); Unavailable (their folder is gone).
    """
    run = checkpoint.run
    require(by, "train", run.project)
    _require_form(checkpoint, form, numbers)
    if checkpoint.deleted_at is not None:
        raise NothingToDo(
            _("The files of this checkpoint were deleted."), _("Choose another checkpoint.")
        )
    weights_of(run.base_model, checkpoint)
    # An adapter stays in the numbers it was trained in: one export, whatever was asked.
    numbers = Numbers.FLOAT32 if form == Form.ADAPTER else numbers
    with transaction.atomic():
        export, created = Export.objects.get_or_create(
            checkpoint=checkpoint,
            form=form,
            numbers=numbers,
            defaults={
                "kind": Kind.EXPORT,
                "project": run.project,
                "created_by": by,
                "priority": BEFORE_THE_NEXT_RUN,
            },
        )
        if created:
            announce(export)
        elif export.state in {JobState.FAILED, JobState.STOPPED}:
            enqueue_again(export)
        elif export.state == JobState.FINISHED and not export.folder.is_dir():
            enqueue_again(export, "again")
    return export


def delete(*, by: User, export: Export) -> None:
    """Remove its files and its row. Raises PermissionDenied; Conflict while a worker is at it."""
    require(by, "train", export.project)
    with transaction.atomic():
        locked = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
        if locked.state not in OVER:
            raise Conflict(_("This export is not over yet."), _("Stop it first, or wait."))
        if Push.objects.filter(exported=export).exclude(state__in=OVER).exists():
            raise Conflict(_("This export is being pushed."), _("Stop that first, or wait."))
        folders = (export.folder, export.run_dir.root)
        locked.delete()
        for folder in folders:
            transaction.on_commit(partial(shutil.rmtree, folder, ignore_errors=True))


def _require_form(checkpoint: Checkpoint, form: str, numbers: str) -> None:
    for name, value, known in (("form", form, Form), ("numbers", numbers, Numbers)):
        if value not in known.values:
            why = _("Choose one of: %s.") % ", ".join(known.values)
            raise Invalid(_("There is no such form."), why, {name: [why]})
    if refused := export_forms.refusal(checkpoint, form):
        raise Invalid(refused.why, refused.remedy, {"form": [refused.why]})
