"""Score stored predictions again, without running the model."""

from authoring.errors import Conflict, Unavailable
from authoring.models import User
from authoring.permissions import require
from authoring.words import words as _
from evaluation import tasks
from evaluation.models import Evaluation
from training.states import JobState


def rescore(*, by: User, evaluation: Evaluation) -> None:
    """Queue another scoring, after a scorer or a task's labels changed.

    Raises PermissionDenied; Conflict while predictions are still coming; Unavailable where the broker
    does not take the message: what is scored already is not looked for by `score_waiting`.
    """
    require(by, "evaluate", evaluation.project)
    if evaluation.state != JobState.FINISHED:
        raise Conflict(
            _("There is nothing to score yet: the predictions are not complete."),
            _("Wait until the evaluation has finished."),
        )
    if not tasks.send_score(evaluation.pk):
        raise Unavailable(
            _("The message broker (Redis) does not answer, so nobody was told."),
            _("Start it, then ask again. The scores stay as they are."),
        )
