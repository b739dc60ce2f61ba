"""Scores of one evaluation over the whole split and over its slices.

A split of one task is scored as that task. Over several tasks no F1 is shared, so the whole
split has `correct` (label match or exact match, by task) and each task its own scores.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.metrics import Answer, Score, judge, outcome_shares, score
from engine.metrics.bootstrap import bootstrap
from engine.metrics.intervals import wilson
from engine.metrics.results import clusters
from engine.metrics.scoring import DISPLAYED
from engine.records import TaskInfo

MOST_VALUES = 200
"""Of one dimension (tags, authors) the most frequent values are scored, no more."""


@dataclass(frozen=True)
class Facts:
    """What a record can be sliced by."""

    language: str
    tags: tuple[str, ...]
    author: int


@dataclass(frozen=True)
class TaskAnswers:
    """The answers of one task, with the facts of each by record id."""

    slug: str
    info: TaskInfo
    answers: list[Answer]
    facts: dict[int, Facts]


DIMENSIONS: dict[str, Callable[[Facts], Iterable[object]]] = {
    "language": lambda facts: [facts.language],
    "tag": lambda facts: facts.tags,
    "author": lambda facts: [facts.author],
}


def every_score(tasks: Sequence[TaskAnswers]) -> list[Score]:
    """All scores of one evaluation; [] where nothing was predicted. Raises engine DataError."""
    tasks = [one for one in tasks if one.answers]
    if not tasks:
        return []
    if len(tasks) == 1:
        scores = [*score(tasks[0].info, tasks[0].answers), *_sliced(tasks)]
    else:
        scores = [_correct(tasks), *_shares(tasks), *_by_task(tasks), *_sliced(tasks)]
    return list({(one.name, one.slice): one for one in scores}.values())


def _by_task(tasks: Sequence[TaskAnswers]) -> Iterator[Score]:
    for task in tasks:
        for one in score(task.info, task.answers):
            inside = f"/{one.slice}" if one.slice else ""
            yield replace(one, slice=f"task:{task.slug}{inside}")


def _sliced(tasks: Sequence[TaskAnswers]) -> Iterator[Score]:
    for dimension, values_of in DIMENSIONS.items():
        for value in _most_frequent(tasks, values_of):
            chosen = [_only(task, value, values_of) for task in tasks]
            chosen = [one for one in chosen if one.answers]
            if len(tasks) == 1:
                found = score(chosen[0].info, chosen[0].answers)[0]
            else:
                found = _correct(chosen)
            yield replace(found, slice=f"{dimension}:{value}")


def _most_frequent(
    tasks: Sequence[TaskAnswers], values_of: Callable[[Facts], Iterable[object]]
) -> list[object]:
    """Values by how many records have them; none where all records have the same single one."""
    counts: dict[object, int] = {}
    rows = 0
    for task in tasks:
        rows += len(task.answers)
        for answer in task.answers:
            for value in values_of(task.facts[answer.record.id]):
                counts[value] = counts.get(value, 0) + 1
    if len(counts) == 1 and rows in counts.values():
        return []
    return sorted(counts, key=lambda value: (-counts[value], str(value)))[:MOST_VALUES]


def _only(
    task: TaskAnswers, value: object, values_of: Callable[[Facts], Iterable[object]]
) -> TaskAnswers:
    chosen = [one for one in task.answers if value in values_of(task.facts[one.record.id])]
    return replace(task, answers=chosen)


def _correct(tasks: Sequence[TaskAnswers]) -> Score:
    """Share of right answers over tasks of several kinds."""
    answers = [one for task in tasks for one in task.answers]
    right = np.array(
        [
            judge(task.info, one.record, one.output)["correct"]
            for task in tasks
            for one in task.answers
        ],
        dtype=float,
    )
    together = clusters(answers)
    settings = {"right": "label match for classification, exact match for the rest"}
    if together is None:
        low, high = wilson(int(right.sum()), len(right))
        settings["interval"] = "wilson"
    else:
        rows = np.column_stack([right, np.ones(len(right))])
        [estimate] = bootstrap(rows, clusters=together, how=DISPLAYED)
        low, high = estimate.interval
        settings["interval"] = f"bootstrap, {DISPLAYED.method}"
    return Score("correct", float(right.mean()), low, high, len(right), settings)


def _shares(tasks: Sequence[TaskAnswers]) -> Iterator[Score]:
    """Truncated, empty and failed over all rows; unparsed over those of classification."""
    counts: dict[str, tuple[int, int]] = {}
    for task in tasks:
        n = len(task.answers)
        for name, share in outcome_shares(task.info, task.answers).items():
            found, rows = counts.get(name, (0, 0))
            counts[name] = (found + round(share * n), rows + n)
    for name, (found, n) in counts.items():
        yield Score(name, found / n, *wilson(found, n), n, {"interval": "wilson"})
