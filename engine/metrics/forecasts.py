"""What a classifier gave each label before it picked one, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from engine.metrics.labels import parse_label
from engine.metrics.results import Answer
from engine.metrics.scorers import true_label
from engine.records import TaskInfo

Array = np.ndarray


class Forecasts(NamedTuple):
    """The probabilities of n answers, and which label was true."""

    columns: list[str]
    """The task's labels, then the classes of the model that are none of them: unparsed answers."""
    labels: int
    """How many of the columns are the task's labels."""
    logprobs: Array
    """[n, columns], nats; −inf where the model has no class that is read as this label."""
    truths: Array
    """[n], the column of the true label."""

    @property
    def probabilities(self) -> Array:
        """[n, columns]; each row sums to 1."""
        return np.exp(self.logprobs)

    @property
    def is_true(self) -> Array:
        """[n, columns], bool: one True a row."""
        return np.arange(len(self.columns)) == self.truths[:, None]


def has_forecast(answer: Answer) -> bool:
    """Not those of a model that writes, nor where a prompt could not be read."""
    return bool(answer.label_logprobs)


def forecasts_of(task: TaskInfo, answers: Sequence[Answer]) -> Forecasts:
    """Of answers that all have one. Raises DataError as `true_label` does."""
    truths = [true_label(one.record.response, task) for one in answers]
    return forecasts(truths, [one.label_logprobs or {} for one in answers], task.labels)


def forecasts(
    truths: Sequence[str], logprobs: Sequence[Mapping[str, float]], labels: Sequence[str]
) -> Forecasts:
    """truths, logprobs: [n]. The classes of a head are read as its outputs are (`parse_label`), so a
    label gets the probability that the answer is taken for it; classes read alike are summed.

    >>> forecasts(["no"], [{"No": -0.1, "maybe": -2.4}], ["yes", "no"]).columns
    ['yes', 'no', 'maybe']
    """
    classes = dict.fromkeys(name for row in logprobs for name in row)
    read = {name: parse_label(name, labels) or name for name in classes}
    columns = list(dict.fromkeys([*labels, *read.values()]))
    place = {name: at for at, name in enumerate(columns)}
    table = np.full((len(truths), len(columns)), -np.inf)
    for row, given in zip(table, logprobs, strict=True):
        for name, value in given.items():
            row[place[read[name]]] = np.logaddexp(row[place[read[name]]], value)
    found = np.array([place[one] for one in truths], dtype=int)
    return Forecasts(columns, len(labels), table, found)
