"""Ask for an evaluation: by a person, or by the studio for every checkpoint."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from django.db import transaction

from authoring.errors import Invalid
from authoring.models import Snapshot, Split, User
from authoring.permissions import require
from authoring.words import words as _
from engine.errors import SpecError
from engine.settings import PredictSettings, settings_for
from evaluation.actions.answerable import require_answerable
from evaluation.actions.measure_again import measure_again
from evaluation.generation import default_settings, settings_hash
from evaluation.models import Evaluation
from training.actions.queue import announce, enqueue_again
from training.models import BaseModel, Checkpoint, Kind

BEFORE_THE_NEXT_RUN = 1
"""Priority of a checkpoint's evaluation: seconds of work, and people wait for its number."""


class Asked(NamedTuple):
    """`created` is False where the same was asked for before."""

    evaluation: Evaluation
    created: bool


def request(
    *,
    by: User,
    snapshot: Snapshot,
    split: str = Split.TEST,
    checkpoint: Checkpoint | None = None,
    base_model: BaseModel | None = None,
    settings: Mapping[str, Any] | None = None,
    again: bool = False,
) -> Asked:
    """The evaluation of a checkpoint, or of a base model as it came, over one split.

    Asking twice gives the same evaluation; one that failed or was stopped is queued again, and with
    `again` one that has finished too: see `measure_again`.
    Raises PermissionDenied, Invalid (settings, or not exactly one of checkpoint and base_model),
    NothingToDo (an empty split, a deleted checkpoint).
    """
    require(by, "evaluate", snapshot.project)
    if (checkpoint is None) == (base_model is None):
        raise Invalid(
            _("An evaluation measures either a checkpoint or a base model."),
            _("Name exactly one of the two."),
        )
    if checkpoint is not None and checkpoint.run.project_id != snapshot.project_id:
        raise Invalid(
            _("The checkpoint and the snapshot belong to different projects."),
            _("Choose a snapshot of the checkpoint's project."),
            {"snapshot": [str(_("Not of this project."))]},
        )
    asked = ensure(
        by=by,
        snapshot=snapshot,
        split=split,
        checkpoint=checkpoint,
        base_model=base_model,
        settings=settings,
        priority=BEFORE_THE_NEXT_RUN,
    )
    if again and not asked.created:
        measure_again(by=by, evaluation=asked.evaluation)
    return asked


def ensure(
    *,
    by: User,
    snapshot: Snapshot,
    split: str,
    checkpoint: Checkpoint | None,
    base_model: BaseModel | None,
    settings: Mapping[str, Any] | None = None,
    priority: int = 0,
) -> Asked:
    """`request` without asking for permission: what the studio itself does for a run's owner."""
    model = checkpoint.run.base_model if checkpoint else base_model
    assert model is not None
    require_answerable(snapshot, split, model, checkpoint)
    chosen = _settings(snapshot, split, settings)
    with transaction.atomic():
        evaluation, created = Evaluation.objects.get_or_create(
            snapshot=snapshot,
            split=split,
            checkpoint=checkpoint,
            base_model=model,
            settings_hash=settings_hash(chosen),
            defaults={
                "kind": Kind.EVALUATION,
                "project": snapshot.project,
                "created_by": by,
                "priority": priority,
                "settings": _said(chosen),
                "rows": snapshot.rows(split),
                "total_steps": snapshot.rows(split),
            },
        )
        if created:
            announce(evaluation)
        elif evaluation.state in {"failed", "stopped"}:
            enqueue_again(evaluation)
    return Asked(evaluation, created)


def _settings(
    snapshot: Snapshot, split: str, settings: Mapping[str, Any] | None
) -> PredictSettings:
    try:
        chosen = settings_for("predict", default_settings(snapshot, split) | dict(settings or {}))
    except SpecError as error:
        raise Invalid(
            _("Some generation settings are out of range."),
            _("Change the fields named here."),
            {name: [why] for name, why in error.fields.items()},
        ) from error
    assert isinstance(chosen, PredictSettings)
    return chosen


def _said(chosen: PredictSettings) -> dict[str, Any]:
    """All settings, defaults included: a later default must not change what this one was."""
    return asdict(chosen)
