"""Precision, recall and F1 over a fixed label set, from one confusion matrix.

Scikit-learn's semantics with `labels` fixed to the task's labels and `zero_division=0`: an
unparsed output is a prediction outside the label set, so it costs recall and accuracy; a label
that nobody wrote and nobody predicted scores 0 and pulls the macro mean, with n = 0 to show why.
Scikit-learn itself is the oracle in the tests; sums are used here so that `bootstrap` can resample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Array = np.ndarray

ZERO_DIVISION = 0.0
"""Value of a precision, recall or F1 whose denominator is 0."""

AVERAGES = ("macro", "micro", "weighted")


class LabelScore(NamedTuple):
    """One label's scores; `support` rows have it, `predicted` outputs named it."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


class Averages(NamedTuple):
    """Precision, recall and F1 under one averaging."""

    precision: float
    recall: float
    f1: float


class Report(NamedTuple):
    """Everything that a confusion matrix says."""

    labels: list[str]
    confusion: list[list[int]]
    """[label, label + 1]: rows are the truth, columns the prediction, the last column unparsed."""
    accuracy: float
    averages: dict[str, Averages]
    per_label: list[LabelScore]
    n: int


def classification_report(
    truths: Sequence[str], predictions: Sequence[str | None], labels: Sequence[str]
) -> Report:
    """Scores of predictions against truths, both [n]; None among the predictions is unparsed.

    Formula: per label 2TP/(2TP+FP+FN); macro is the mean of the labels' scores, micro the score
    of the summed counts, weighted the mean by support.
    Empty input: n = 0 gives accuracy NaN and scores of `ZERO_DIVISION`.
    Source: scikit-learn's precision_recall_fscore_support(labels=labels, zero_division=0).
    Raises ValueError when a truth is not in `labels`.

    >>> classification_report(["a", "b"], ["a", None], ["a", "b"]).averages["macro"].f1
    0.5
    """
    contributions = contribute(truths, predictions, labels)
    sums = contributions.sum(axis=0)
    hits, predicted, support = np.split(sums[:-1], 3)
    precision, recall, f1 = per_label(sums)
    averaged = averages(sums).reshape(len(AVERAGES), 3)
    return Report(
        labels=list(labels),
        confusion=_confusion(truths, predictions, labels),
        accuracy=float(hits.sum() / sums[-1]) if len(truths) else float("nan"),
        averages={
            name: Averages(*map(float, row)) for name, row in zip(AVERAGES, averaged, strict=True)
        },
        per_label=[
            LabelScore(name, float(p), float(r), float(f), int(s), int(q))
            for name, p, r, f, s, q in zip(
                labels, precision, recall, f1, support, predicted, strict=True
            )
        ],
        n=len(truths),
    )


def contribute(
    truths: Sequence[str], predictions: Sequence[str | None], labels: Sequence[str]
) -> Array:
    """Each row's part of the counts: [n, 3L + 1] = hits [L], predicted [L], support [L], 1.

    Raises ValueError when a truth is not in `labels`.
    """
    column = {label: i for i, label in enumerate(labels)}
    if unknown := sorted(set(truths) - column.keys()):
        raise ValueError(f"not in the label set: {', '.join(unknown)}")
    width = len(labels)
    rows = np.zeros((len(truths), 3 * width + 1))
    rows[:, -1] = 1
    for row, truth, prediction in zip(rows, truths, predictions, strict=True):
        row[2 * width + column[truth]] = 1
        if prediction in column:
            row[width + column[prediction]] = 1
        if prediction == truth:
            row[column[truth]] = 1
    return rows


def per_label(sums: Array) -> tuple[Array, Array, Array]:
    """Precision, recall and F1, each [..., L], from sums [..., 3L + 1]."""
    hits, predicted, support = np.split(sums[..., :-1], 3, axis=-1)
    return _scores(hits, predicted, support)


def every_label(sums: Array) -> Array:
    """Precision, recall and F1 of every label side by side, [..., 3L]: what `bootstrap` resamples."""
    return np.concatenate(per_label(sums), axis=-1)


def averages(sums: Array) -> Array:
    """Macro, micro and weighted (precision, recall, F1) from sums [..., 3L + 1]: [..., 9]."""
    hits, predicted, support = np.split(sums[..., :-1], 3, axis=-1)
    by_label = _scores(hits, predicted, support)
    total = support.sum(axis=-1)
    macro = [score.mean(axis=-1) for score in by_label]
    micro = _scores(hits.sum(axis=-1), predicted.sum(axis=-1), total)
    weighted = [_ratio((score * support).sum(axis=-1), total) for score in by_label]
    return np.stack([*macro, *micro, *weighted], axis=-1)


def _scores(hits: Array, predicted: Array, support: Array) -> tuple[Array, Array, Array]:
    return _ratio(hits, predicted), _ratio(hits, support), _ratio(2 * hits, predicted + support)


def _ratio(above: Array, below: Array) -> Array:
    out = np.full(np.shape(below), ZERO_DIVISION)
    return np.divide(above, below, out=out, where=np.asarray(below) > 0)


def _confusion(
    truths: Sequence[str], predictions: Sequence[str | None], labels: Sequence[str]
) -> list[list[int]]:
    column = {label: i for i, label in enumerate(labels)}
    matrix = np.zeros((len(labels), len(labels) + 1), dtype=int)
    for truth, prediction in zip(truths, predictions, strict=True):
        matrix[column[truth], column.get(prediction or "", len(labels))] += 1
    counts: list[list[int]] = matrix.tolist()
    return counts
