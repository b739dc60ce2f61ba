"""Score stored predictions: whenever they arrived, and again whenever the scorers change."""

from django.db import transaction
from django.utils import timezone

from authoring.faults import failure
from authoring.words import kept
from engine.errors import DataError
from engine.metrics import Score as Scored
from engine.metrics import judge
from engine.metrics.scorers import true_label
from evaluation.answers import answers_by_task
from evaluation.comparing import compare_with_base, forget_comparisons
from evaluation.generation import settings_hash
from evaluation.models import Evaluation, Prediction, Score
from evaluation.slices import TaskAnswers, every_score
from training.watchers import tell

JUDGED = ["label", "reference_label", "correct", "values"]


def score(*, evaluation: Evaluation) -> list[Score]:
    """Judge each prediction and store every score, replacing earlier ones.

    Where the scorer refuses the data (a reference that is no label), `scoring_failure` says why
    and earlier scores stay. Then the comparisons with the untrained model are brought up to date.
    """
    answered = answers_by_task(evaluation)
    try:
        scores = every_score(answered)
        judged = {id: row for task in answered for id, row in _judged(task)}
    except DataError as error:
        Evaluation.objects.filter(pk=evaluation.pk).update(
            scoring_failure={"message": kept(error.message), "remedy": kept(error.remedy)}
        )
        _tell(evaluation)
        return []
    with transaction.atomic():
        held = Evaluation.objects.select_for_update().get(pk=evaluation.pk)
        _store_judgements(held, judged)
        stored = _replace_scores(held, scores)
        forget_comparisons(held)
        held.scored_at = timezone.now()
        held.scoring_failure = None
        held.settings_hash = settings_hash(held.generation())
        held.save(update_fields=["scored_at", "scoring_failure", "settings_hash"])
    compare_with_base(evaluation=held)
    _tell(held)
    return stored


def note_fault(*, evaluation: Evaluation, error: Exception) -> None:
    """The scorer broke (authoring.faults): earlier scores stay, and somebody asks for another scoring."""
    why = failure(error)
    Evaluation.objects.filter(pk=evaluation.pk).update(scoring_failure=why)
    _tell(evaluation)


def forget_scores(evaluation: Evaluation) -> None:
    """Its answers are about to be others: it counts as unscored from now."""
    evaluation.scores.all().delete()
    forget_comparisons(evaluation)
    Evaluation.objects.filter(pk=evaluation.pk).update(scored_at=None, scoring_failure=None)


def _tell(evaluation: Evaluation) -> None:
    if evaluation.checkpoint is not None:
        tell(evaluation.checkpoint.run)


def _judged(task: TaskAnswers) -> list[tuple[int, dict]]:
    """What each prediction gets, by revision id."""
    rows = []
    for answer in task.answers:
        values = judge(task.info, answer.record, answer.output)
        labelled = task.info.kind == "classification"
        row = {
            "label": values.pop("label") or "",
            "correct": values.pop("correct"),
            "reference_label": true_label(answer.record.response, task.info) if labelled else "",
            "values": values,
        }
        rows.append((answer.record.id, row))
    return rows


def _store_judgements(evaluation: Evaluation, judged: dict[int, dict]) -> None:
    predictions = list(evaluation.predictions.only("id", "revision_id"))
    for prediction in predictions:
        for name, value in judged[prediction.revision_id].items():
            setattr(prediction, name, value)
    Prediction.objects.bulk_update(predictions, JUDGED, batch_size=200)


def _replace_scores(evaluation: Evaluation, scores: list[Scored]) -> list[Score]:
    evaluation.scores.all().delete()
    return Score.objects.bulk_create(
        [
            Score(
                evaluation=evaluation,
                metric=one.name,
                slice=one.slice,
                value=one.value,
                low=one.low,
                high=one.high,
                n=one.n,
                settings=one.settings,
            )
            for one in scores
        ]
    )
