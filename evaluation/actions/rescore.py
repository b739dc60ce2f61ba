"""Score stored predictions again, without running the model."""

from django.db import transaction

from authoring.errors import Conflict
from authoring.models import User
from authoring.permissions import require
from authoring.words import words as _
from evaluation import tasks
from evaluation.models import Evaluation
from training.states import JobState


def rescore(*, by: User, evaluation: Evaluation) -> None:
    """Queue another scoring, after a scorer or a task's labels changed.

    Raises PermissionDenied, Conflict while predictions are still coming.
    """
    require(by, "evaluate", evaluation.project)
    if evaluation.state != JobState.FINISHED:
        raise Conflict(
            _("There is nothing to score yet: the predictions are not complete."),
            _("Wait until the evaluation has finished."),
        )
    transaction.on_commit(lambda: tasks.send_score(evaluation.pk))
