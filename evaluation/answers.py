"""From stored predictions to what the metrics read: records, outputs, tasks."""

from collections.abc import Iterable

from authoring.actions.export import record_of
from authoring.models import Revision, Task
from engine.metrics import Answer
from evaluation.models import Evaluation, Prediction
from evaluation.slices import Facts, TaskAnswers


def answers_by_task(evaluation: Evaluation) -> list[TaskAnswers]:
    """Every prediction of an evaluation, grouped by task in the project's order."""
    found: dict[Task, TaskAnswers] = {}
    infos = evaluation.snapshot.task_infos()
    predictions = evaluation.predictions.with_lineage().order_by("id")
    for prediction in predictions.iterator(chunk_size=500):
        task = prediction.revision.pair.task
        group = found.setdefault(task, TaskAnswers(task.slug, infos[task.slug], [], {}))
        group.answers.append(answer(prediction))
        group.facts[prediction.revision_id] = facts(prediction.revision)
    return [found[task] for task in sorted(found, key=lambda task: (task.position, task.pk))]


def answer(prediction: Prediction) -> Answer:
    return Answer(
        record_of(prediction.revision),
        prediction.output,
        prediction.ended,
        prediction.label_logprobs,
    )


def facts(revision: Revision) -> Facts:
    return Facts(revision.language, tuple(_unique(revision.tags)), revision.author_id)


def _unique(tags: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(str(tag) for tag in tags))
