"""Are two checkpoints different, on the records that both answered?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from engine.metrics.bootstrap import Difference, Resampling, mean, paired_bootstrap
from engine.metrics.classification import AVERAGES, averages, contribute
from engine.metrics.forecast_scores import forecast_differences
from engine.metrics.labels import parse_label
from engine.metrics.mcnemar import mcnemar
from engine.metrics.results import Answer, Comparison, clusters
from engine.metrics.scorers import SCORERS, scorers_for, true_label
from engine.records import TaskInfo


def compare(
    task: TaskInfo,
    first: Sequence[Answer],
    second: Sequence[Answer],
    how: Resampling = Resampling(),  # noqa: B008 (frozen)
) -> list[Comparison]:
    """Second minus first, headline metric first, over the records that both have.

    Classification: accuracy (p by exact McNemar, or by the bootstrap where answers cluster by
    pair), macro F1, the other averages, and what both models' probabilities are compared by; other kinds: the mean of each scorer; exact match by McNemar too.
    Intervals are BCa from the paired bootstrap. [] when no record has two answers.
    """
    by_id = {one.record.id: one for one in second}
    before = [one for one in first if one.record.id in by_id]
    after = [by_id[one.record.id] for one in before]
    if not before:
        return []
    found = [_of_means(task, name, before, after, how) for name in scorers_for(task)]
    if task.kind == "classification":
        found += _of_averages(task, before, after, how)
        found += [
            _comparison(one.name, one.first, one.difference, "paired bootstrap", one.n, one.how)
            for one in forecast_differences(task, before, after, how)
        ]
    return found


def _of_means(
    task: TaskInfo, name: str, before: list[Answer], after: list[Answer], how: Resampling
) -> Comparison:
    pair_of = clusters(before)
    values = [
        np.array(
            [SCORERS[name]("", one.output, one.record.all_references, task) for one in answers]
        )
        for answers in (before, after)
    ]
    rows = [np.column_stack([one, np.ones(len(one))]) for one in values]
    [difference] = paired_bootstrap(rows[0], rows[1], mean, pair_of, how)
    if name in ("label_match", "exact_match") and pair_of is None:
        exact = mcnemar(list(values[0] == 1), list(values[1] == 1))
        difference, test = difference._replace(p=exact.p), "exact McNemar"
    else:
        test = "paired bootstrap"
    shown = "accuracy" if name == "label_match" else name
    return _comparison(shown, float(values[0].mean()), difference, test, len(before), how)


def _of_averages(
    task: TaskInfo, before: list[Answer], after: list[Answer], how: Resampling
) -> list[Comparison]:
    """Macro F1 first, then every other average, from one set of resamples."""
    truths = [true_label(one.record.response, task) for one in before]
    rows = [
        contribute(truths, [parse_label(one.output, task.labels) for one in answers], task.labels)
        for answers in (before, after)
    ]
    differences = paired_bootstrap(rows[0], rows[1], averages, clusters(before), how)
    values = averages(rows[0].sum(axis=0))
    names = [
        f"{metric}_{average}" for average in AVERAGES for metric in ("precision", "recall", "f1")
    ]
    found = [
        _comparison(name, float(value), difference, "paired bootstrap", len(before), how)
        for name, value, difference in zip(names, values, differences, strict=True)
    ]
    return sorted(found, key=lambda one: one.name != "f1_macro")


def _comparison(
    name: str, first: float, difference: Difference, test: str, n: int, how: Resampling
) -> Comparison:
    return Comparison(
        name=name,
        first=first,
        second=first + difference.delta,
        delta=difference.delta,
        low=difference.interval.low,
        high=difference.interval.high,
        p=difference.p,
        test=test,
        n=n,
        settings=asdict(how),
    )
