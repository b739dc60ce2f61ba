"""Which label was taken for which: counts straight from the stored predictions."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count

from authoring.models import Task
from evaluation.models import Evaluation

UNPARSED = ""
"""The column of outputs that name no label."""


class Cell(NamedTuple):
    label: str
    n: int
    right: bool


class MatrixRow(NamedTuple):
    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class Confusion:
    """`rows[i][j]`: outputs of true label i that named column j."""

    task: Task
    labels: list[str]
    columns: list[str]
    """The labels, then `UNPARSED`."""
    rows: list[list[int]]

    @property
    def cells(self) -> list["MatrixRow"]:
        """As a template walks it."""
        return [
            MatrixRow(
                truth,
                [
                    Cell(named, n, truth == named)
                    for named, n in zip(self.columns, row, strict=True)
                ],
            )
            for truth, row in zip(self.labels, self.rows, strict=True)
        ]

    @property
    def most(self) -> int:
        return max((n for row in self.rows for n in row), default=0)

    @property
    def n(self) -> int:
        return sum(map(sum, self.rows))


def confusions(evaluation: Evaluation) -> list[Confusion]:
    """One matrix for each classification task of the split, in the project's order.

    Labels are the task's, and those of earlier days that a reference still has.
    """
    counted = (
        evaluation.predictions.exclude(reference_label="")
        .order_by()
        .values_list("revision__pair__task", "reference_label", "label")
        .annotate(n=Count("pk"))
    )
    by_task: dict[int, dict[tuple[str, str], int]] = {}
    for task, truth, named, n in counted:
        by_task.setdefault(task, {})[truth, named] = n
    tasks = Task.objects.filter(pk__in=by_task).order_by("position", "pk")
    return [_matrix(task, by_task[task.pk]) for task in tasks]


def _matrix(task: Task, counts: dict[tuple[str, str], int]) -> Confusion:
    seen = [label for pair in counts for label in pair if label]
    labels = list(dict.fromkeys([*task.labels, *sorted(seen)]))
    columns = [*labels, UNPARSED]
    rows = [[counts.get((truth, named), 0) for named in columns] for truth in labels]
    return Confusion(task, labels, columns, rows)
