"""Right and wrong of two models on the same records, side by side."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.metrics import Answer, judge
from evaluation.slices import TaskAnswers


class Paired(NamedTuple):
    """Row i of all three is one record."""

    answers: list[Answer]
    before: list[bool]
    after: list[bool]

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Contributions [n, 2] of each side for the bootstrap of a mean."""
        ones = np.ones(len(self.answers))
        return (
            np.column_stack([np.array(self.before, dtype=float), ones]),
            np.column_stack([np.array(self.after, dtype=float), ones]),
        )


def right_and_wrong(both: Sequence[tuple[TaskAnswers, TaskAnswers]]) -> Paired:
    """Judge the records that both answered."""
    answers: list[Answer] = []
    sides: tuple[list[bool], list[bool]] = ([], [])
    for before, after in both:
        second = {one.record.id: one for one in after.answers}
        for one in before.answers:
            if one.record.id not in second:
                continue
            answers.append(one)
            for side, answer in zip(sides, (one, second[one.record.id]), strict=True):
                judged = judge(before.info, answer.record, answer.output)
                side.append(bool(judged["correct"]))
    return Paired(answers, *sides)
