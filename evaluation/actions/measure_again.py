"""Put an evaluation's questions to its model once more: what was measured before something was kept of
it has it then, as classifiers' probabilities."""

from django.db import transaction

from authoring.models import User
from authoring.permissions import require
from engine.architectures import ARCHITECTURES
from evaluation.actions.answerable import require_answerable
from evaluation.models import Evaluation
from training.actions.queue import enqueue_again
from training.handlers.files import weights_of
from training.models import Job, JobDeed
from training.states import JobState


def measure_again(*, by: User, evaluation: Evaluation) -> None:
    """Queue it anew, under the settings it had. Predictions and scores stay until new answers come.

    One that failed or was stopped goes on where it was; one under way stays as it is. Raises
    PermissionDenied; NothingToDo (the checkpoint's files were deleted); Unavailable (its folder is gone).
    """
    require(by, "evaluate", evaluation.project)
    model, checkpoint = evaluation.base_model, evaluation.checkpoint
    require_answerable(evaluation.snapshot, evaluation.split, model, checkpoint)
    weights_of(model, checkpoint)
    with transaction.atomic():
        state = Job.objects.select_for_update().get(pk=evaluation.pk).state
        if state == JobState.FINISHED:
            _forget_answers(evaluation)
            enqueue_again(evaluation, "again")
            JobDeed.objects.create(job_id=evaluation.pk, deed="again", by=by)
        elif state in {JobState.FAILED, JobState.STOPPED}:
            enqueue_again(evaluation)


def lacks_probabilities(evaluation: Evaluation) -> bool:
    """Of a classifier that was measured before its probabilities were kept."""
    if not (evaluation.is_scored and ARCHITECTURES[evaluation.base_model.architecture].forecasts):
        return False
    asked = evaluation.predictions.exclude(reference_label="")
    return asked.exists() and not asked.exclude(label_logprobs=None).exists()


def _forget_answers(evaluation: Evaluation) -> None:
    """The files alone, or the next attempt would take these for its own (`engine.predict.take_over`);
    the rows stay. Nobody works on a finished job, and its row is locked."""
    for fence in range(1, evaluation.fence + 1):
        evaluation.run_dir.attempt(fence).predictions.unlink(missing_ok=True)
