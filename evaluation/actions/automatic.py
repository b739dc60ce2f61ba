"""What the studio asks for by itself: the starting weights and every checkpoint of a run."""

import logging

from authoring.errors import StudioError
from authoring.models import Split
from evaluation.actions.request import BEFORE_THE_NEXT_RUN, ensure
from training.models import BaseModel, Checkpoint, Run

log = logging.getLogger(__name__)


def request(*, run: Run, checkpoint: Checkpoint | None = None) -> None:
    """Queue the evaluation of a run's new checkpoint or, without one, of where the run starts.

    Named in `settings.AUTOMATIC_EVALUATION`; training calls it inside its own transaction. The
    random weights of a scratch model can't be measured, nor an encoder without a head: those exist
    only inside the run.
    """
    if checkpoint is not None:
        _ensure(run, checkpoint=checkpoint, priority=BEFORE_THE_NEXT_RUN)
        return
    if run.base_model.can_answer:
        _ensure(run, base_model=run.base_model)
    if run.parent is not None:
        _ensure(run, checkpoint=run.parent)


def _ensure(
    run: Run,
    *,
    checkpoint: Checkpoint | None = None,
    base_model: BaseModel | None = None,
    priority: int = 0,
) -> None:
    """A run whose split is empty trains all the same; the dashboard says why there is no number."""
    try:
        ensure(
            by=run.created_by,
            snapshot=run.snapshot,
            split=Split.TEST,
            checkpoint=checkpoint,
            base_model=base_model,
            priority=priority,
        )
    except StudioError as error:
        log.info("run %s is not evaluated: %s", run.pk, error.message)
