"""Whether there is anything to measure, and a model that can answer."""

from authoring.errors import Invalid, NothingToDo
from authoring.models import Snapshot, Split
from authoring.words import words as _
from training import fits
from training.handlers.files import tasks_of
from training.models import BaseModel, Checkpoint


def require_answerable(
    snapshot: Snapshot, split: str, model: BaseModel, checkpoint: Checkpoint | None
) -> None:
    """Raises Invalid (no such split, a model that can't answer), NothingToDo (an empty split, a deleted
    checkpoint)."""
    _has_something_to_measure(snapshot, split, checkpoint)
    _can_answer(model, checkpoint)
    fits.require(model, kinds=[one.kind for one in tasks_of(snapshot, split).values()])


def _has_something_to_measure(
    snapshot: Snapshot, split: str, checkpoint: Checkpoint | None
) -> None:
    if split not in Split.values:
        raise Invalid(
            _("There is no split called %(split)s.", split=split),
            _("Choose train, validation or test."),
            {"split": [str(_("Choose train, validation or test."))]},
        )
    if not snapshot.rows(split):
        raise NothingToDo(
            _("The %(split)s split of this snapshot is empty.", split=split),
            _("Freeze a snapshot that puts some pairs into it."),
        )
    if checkpoint is not None and checkpoint.deleted_at is not None:
        raise NothingToDo(
            _("The files of this checkpoint were deleted."),
            _("Choose another checkpoint, or train it again: its run can be cloned."),
        )


def _can_answer(model: BaseModel, checkpoint: Checkpoint | None) -> None:
    if checkpoint is None and not model.can_answer:
        why = _("%(model)s has nothing yet that could answer.", model=model.name)
        raise Invalid(why, _("Train it first, then measure a checkpoint."), {"base_model": [why]})
