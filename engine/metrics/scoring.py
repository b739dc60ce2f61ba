"""From a task's answers to its scores: what the dashboard shows for one evaluation.

Classification gives accuracy (Wilson interval), precision, recall and F1 as macro, micro and
weighted averages and by label and, where the model gave labels probabilities, log loss, Brier score, ECE
and AUROC. Everything else gives means of its scorers. Beside them stand
the shares of truncated, empty, failed and unparsed outputs, and each language's headline score
where a split holds several. An unparsed output is a wrong answer, never dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.metrics.bootstrap import Estimate, Resampling, bootstrap
from engine.metrics.classification import (
    AVERAGES,
    ZERO_DIVISION,
    averages,
    contribute,
    every_label,
)
from engine.metrics.forecast_scores import forecast_scores
from engine.metrics.intervals import wilson
from engine.metrics.labels import parse_label
from engine.metrics.results import Answer, Score, clusters
from engine.metrics.scorers import SCORERS, scorers_for, true_label
from engine.records import TaskInfo

DISPLAYED = Resampling(resamples=2_000)
"""Enough for an interval that is looked at; `compare` takes more, since p is tested against."""


def score(task: TaskInfo, answers: Sequence[Answer], how: Resampling = DISPLAYED) -> list[Score]:
    """Every score of one evaluation, headline first; [] for no answers.

    Answers whose records come from one pair are resampled together. Raises DataError when a
    classification record's response is not one of the task's labels.
    """
    if not answers:
        return []
    measure = _classification if task.kind == "classification" else _means
    scores = [*measure(task, answers, how), *_by_language(task, answers, how)]
    shares = outcome_shares(task, answers)
    settings = {"task_kind": task.kind, "shares": shares}
    scores += [_share(name, share, len(answers)) for name, share in shares.items()]
    return [replace(one, settings={**settings, **one.settings}) for one in scores]


def outcome_shares(task: TaskInfo, answers: Sequence[Answer]) -> dict[str, float]:
    """Shares in [0, 1] of outputs cut at the limit, empty, failed, and without a label."""
    n = len(answers)
    shares = {
        "truncated": sum(one.ended == "length" for one in answers) / n,
        "empty": sum(not one.output.strip() for one in answers) / n,
        "error": sum(one.ended == "error" for one in answers) / n,
    }
    if task.kind == "classification":
        unparsed = sum(parse_label(one.output, task.labels) is None for one in answers)
        shares["unparsed"] = unparsed / n
    return shares


def _classification(task: TaskInfo, answers: Sequence[Answer], how: Resampling) -> list[Score]:
    truths = [true_label(one.record.response, task) for one in answers]
    named = [parse_label(one.output, task.labels) for one in answers]
    rows = contribute(truths, named, task.labels)

    def everything(sums: np.ndarray) -> np.ndarray:
        return np.concatenate([averages(sums), every_label(sums)], axis=-1)

    estimates = iter(bootstrap(rows, everything, clusters(answers), how))
    settings = {"zero_division": ZERO_DIVISION, "labels": list(task.labels)}
    scores = [_mean("accuracy", rows[:, : len(task.labels)].sum(axis=1), answers, how)]
    for average in AVERAGES:
        for metric in ("precision", "recall", "f1"):
            described = {**settings, **how.described(), "average": average}
            scores.append(_score(f"{metric}_{average}", next(estimates), len(answers), described))
    support = rows[:, 2 * len(task.labels) : -1].sum(axis=0)
    predicted = rows[:, len(task.labels) : 2 * len(task.labels)].sum(axis=0)
    for metric in ("precision", "recall", "f1"):
        for i, label in enumerate(task.labels):
            counts = {"support": int(support[i]), "predicted": int(predicted[i])}
            described = {**settings, **how.described(), **counts}
            found = _score(metric, next(estimates), int(support[i]), described)
            scores.append(replace(found, slice=f"label:{label}"))
    return [*scores, *forecast_scores(task, answers, how)]


def _means(task: TaskInfo, answers: Sequence[Answer], how: Resampling) -> list[Score]:
    return [_mean(name, _values(name, task, answers), answers, how) for name in scorers_for(task)]


def _values(name: str, task: TaskInfo, answers: Sequence[Answer]) -> np.ndarray:
    scorer = SCORERS[name]
    return np.array([scorer("", one.output, one.record.all_references, task) for one in answers])


def _mean(name: str, values: np.ndarray, answers: Sequence[Answer], how: Resampling) -> Score:
    """Wilson where every value is 0 or 1 and every pair is its own; else the bootstrap."""
    together = clusters(answers)
    settings = _TEXT_SETTINGS.get(name, {})
    if name in ("accuracy", "exact_match") and together is None:
        ends = wilson(int(values.sum()), len(values), how.level)
        settings = {**settings, "interval": "wilson", "level": how.level}
        return Score(name, float(values.mean()), *ends, len(values), settings)
    ones = np.column_stack([values, np.ones(len(values))])
    [estimate] = bootstrap(ones, clusters=together, how=how)
    return _score(name, estimate, len(values), {**settings, **how.described()})


_TEXT_SETTINGS: dict[str, dict[str, Any]] = {
    "exact_match": {"tokenizer": "auto (squad_v1.1; mixed where a reference has CJK)"},
    "token_f1": {
        "tokenizer": "auto (squad_v1.1; mixed where a reference has CJK)",
        "empty": "squad_v1.1 (empty against empty is 0)",
    },
    "rouge_l": {"tokenizer": "auto (squad_v1.1; mixed where a reference has CJK)", "beta": 1},
}


def _by_language(task: TaskInfo, answers: Sequence[Answer], how: Resampling) -> list[Score]:
    languages = sorted({one.record.language for one in answers})
    if len(languages) < 2:
        return []
    headline = scorers_for(task)[0]
    name = "accuracy" if headline == "label_match" else headline
    scores = []
    for language in languages:
        chosen = [one for one in answers if one.record.language == language]
        found = _mean(name, _values(headline, task, chosen), chosen, how)
        scores.append(replace(found, slice=f"language:{language}"))
    return scores


def _score(name: str, estimate: Estimate, n: int, settings: dict[str, Any]) -> Score:
    return Score(name, estimate.value, *estimate.interval, n, settings)


def _share(name: str, share: float, n: int) -> Score:
    return Score(name, share, *wilson(round(share * n), n), n, {"interval": "wilson"})
