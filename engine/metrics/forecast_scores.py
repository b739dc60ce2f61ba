"""Scores of a classifier's probabilities, and paired differences of two models'.

Every answer that has probabilities counts: of a prompt too long to be read there are none, and `n`
and `without_probabilities` say so. What is undefined is a score without a value that says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from engine.metrics.bootstrap import (
    Difference,
    Estimate,
    Resampling,
    bootstrap,
    paired_bootstrap,
)
from engine.metrics.calibration import (
    AREA,
    MEASURES,
    Measure,
    area_rows,
    macro_and_each,
    one_sided,
    reliability,
    told_once,
    unknown_labels,
)
from engine.metrics.forecasts import Forecasts, forecasts_of, has_forecast
from engine.metrics.intervals import UNDEFINED, Interval
from engine.metrics.results import Answer, Score, clusters
from engine.records import TaskInfo

WHY = {
    "no_class": "the model has no class for a label that some questions have: {labels}",
    "one_sided": "either no question has this label or every question does: {labels}",
    "told_once": "only one question has this label, or only one has another: {labels}",
}
"""Why there is no value or, of `told_once`, no interval: by the code that stands beside it."""


def forecast_scores(task: TaskInfo, answers: Sequence[Answer], how: Resampling) -> list[Score]:
    """Log loss, Brier score, ECE (with the bins of the reliability diagram), and AUROC as the
    labels' mean and by label; [] where no answer has probabilities."""
    told = [one for one in answers if has_forecast(one)]
    if not told:
        return []
    found, together = forecasts_of(task, told), clusters(told)
    scores = [_of(one, found, together, how) for one in MEASURES]
    scores += _areas(found, together, how)
    missing = len(answers) - len(told)
    common = {**how.described(), **({"without_probabilities": missing} if missing else {})}
    return [replace(one, settings={**common, **one.settings}) for one in scores]


class Paired(NamedTuple):
    """One metric of two models on the same rows; `first` is the first model's value."""

    name: str
    first: float
    difference: Difference
    n: int
    how: Resampling


def forecast_differences(
    task: TaskInfo, before: Sequence[Answer], after: Sequence[Answer], how: Resampling
) -> list[Paired]:
    """before, after: [n], row i of both is one record. Over the rows of which both models gave
    probabilities; [] where there are none. What is undefined for either has no difference."""
    both = [
        pair
        for pair in zip(before, after, strict=True)
        if has_forecast(pair[0]) and has_forecast(pair[1])
    ]
    if not both:
        return []
    sides = [forecasts_of(task, [pair[side] for pair in both]) for side in (0, 1)]
    together = clusters([pair[0] for pair in both])
    paired = []
    for measure in (*MEASURES, AREA):
        if any(_undefined(measure, one) for one in sides):
            continue
        rows = [measure.rows(one) for one in sides]
        by = replace(how, method=measure.method)
        [difference] = paired_bootstrap(rows[0], rows[1], measure.statistic, together, by)
        value = float(measure.statistic(rows[0].sum(axis=0))[0])
        paired.append(Paired(measure.name, value, difference, len(both), by))
    return paired


def _of(measure: Measure, found: Forecasts, together: list[int] | None, how: Resampling) -> Score:
    n, settings = len(found.truths), dict(measure.settings)
    if undefined := _undefined(measure, found):
        return Score(measure.name, None, *UNDEFINED, n, settings | undefined)
    how = replace(how, method=measure.method)
    [estimate] = bootstrap(measure.rows(found), measure.statistic, together, how)
    settings |= how.described()
    if measure.name == "ece":
        settings["bins"] = [one._asdict() for one in reliability(found)]
    return Score(
        measure.name, estimate.value, *_within(estimate.interval, measure.most), n, settings
    )


def _areas(found: Forecasts, together: list[int] | None, how: Resampling) -> list[Score]:
    """The labels' mean, then every label, from one set of resamples."""
    labels, absent, single = found.columns[: found.labels], one_sided(found), told_once(found)
    told = [one for one in labels if one not in absent]
    estimates = bootstrap(area_rows(found), macro_and_each, together, how) if told else []
    by_label = dict(zip(told, estimates[1:], strict=True))
    scores = [_area(AREA.name, next(iter(estimates), None), found, absent, single)]
    for at, label in enumerate(labels):
        gone, once = ([label] if label in some else [] for some in (absent, single))
        score = _area("auroc", by_label.get(label), found, gone, once)
        support = {"support": int((found.truths == at).sum())}
        scores.append(replace(score, slice=f"label:{label}", settings=score.settings | support))
    return scores


def _area(
    name: str, estimate: Estimate | None, found: Forecasts, absent: list[str], single: list[str]
) -> Score:
    """A label with a single row on one side hides how its area scatters: no interval then."""
    n, settings = len(found.truths), dict(AREA.settings)
    if estimate is None:
        return Score(name, None, *UNDEFINED, n, settings | why("one_sided", absent))
    if absent:
        settings["labels_left_out"] = absent
    interval = _within(estimate.interval, AREA.most)
    if single:
        interval, settings["no_interval"] = UNDEFINED, why("told_once", single)
    return Score(name, estimate.value, *interval, n, settings)


def _undefined(measure: Measure, found: Forecasts) -> dict[str, Any]:
    """Why a metric has no value, as its settings say it; empty where it has one."""
    unknown, absent = unknown_labels(found), one_sided(found)
    if measure.name == "log_loss" and unknown:
        return why("no_class", unknown)
    if measure is AREA and len(absent) == found.labels:
        return why("one_sided", absent)
    return {}


def why(code: str, labels: list[str]) -> dict[str, Any]:
    """In English, and for those who say it in another language its code and its labels."""
    return {"why": WHY[code].format(labels=", ".join(labels)), "code": code, "about": labels}


def _within(interval: Interval, most: float) -> Interval:
    """An interval cut at what the metric can be: to first order an area may pass 1."""
    if interval.low is None or interval.high is None:
        return interval
    return Interval(max(0.0, interval.low), min(most, interval.high))
