"""Bootstrap intervals and paired tests for any metric that is a function of sums over rows.

Accuracy, means, precision, recall and F1 all are: a row contributes a vector (for F1: is it a
true positive, a prediction, a member, of each label), the metric reads only the vectors' sum.
So a thousand resamples are one product, weights [resamples, units] @ contributions [units, k],
instead of a thousand passes over the rows. Rows with equal contributions are one unit drawn
with its count, which has the same distribution and makes the cost independent of n for counts.

Source: Efron & Tibshirani (1993), chapters 13 (percentile), 14 (BCa), 16 (tests).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from engine.metrics.intervals import UNDEFINED, Interval

Array = np.ndarray
Statistic = Callable[[Array], Array]
"""Sums [..., k] to values [..., m]; must broadcast over the leading axes."""

CELLS_AT_ONCE = 4_000_000
"""Weights held at once: 32 MB."""


@dataclass(frozen=True)
class Resampling:
    """How to resample; stored with each score. `method` is bca, percentile or centred.

    Centred: the quantiles of the draws moved so that their mean is the value. For a statistic that
    grows with the noise itself (ECE): its draws lie beside it, and a correction for that (bca)
    answers for another value than the one shown.
    """

    resamples: int = 10_000
    seed: int = 17
    level: float = 0.95
    method: str = "bca"

    def described(self) -> dict[str, Any]:
        """As a score's settings have it."""
        said = asdict(self)
        return {"interval": f"bootstrap, {said.pop('method')}", **said}


class Estimate(NamedTuple):
    """A metric's value and its interval."""

    value: float
    interval: Interval


class Difference(NamedTuple):
    """Second minus first, its interval, and the two-sided p of no difference."""

    delta: float
    interval: Interval
    p: float


def mean(sums: Array) -> Array:
    """Mean from sums [..., k+1] whose last column counts rows: [..., k]. No rows give NaN."""
    with np.errstate(invalid="ignore"):
        return sums[..., :-1] / sums[..., -1:]


def bootstrap(
    contributions: Array,
    statistic: Statistic = mean,
    clusters: Sequence[int] | None = None,
    how: Resampling = Resampling(),
) -> list[Estimate]:
    """Value and interval of each of the m values that `statistic` gives.

    contributions: [n, k], one row each. clusters: [n], rows that were written together (turns
    of one pair, translations) are drawn together. Undefined (None) ends: when no resample
    differs from another, as with one row or all rows alike. Raises ValueError for n = 0.
    """
    units = _units(contributions, clusters)
    point = statistic(units.sums)
    draws = _placed(
        np.concatenate([statistic(sums) for sums in _resampled(units, how)]), point, how
    )
    held_out = statistic(units.sums - units.values)
    return [
        Estimate(float(point[i]), _interval(point[i], draws[:, i], held_out[:, i], units, how))
        for i in range(point.shape[-1])
    ]


def paired_bootstrap(
    first: Array,
    second: Array,
    statistic: Statistic = mean,
    clusters: Sequence[int] | None = None,
    how: Resampling = Resampling(),
) -> list[Difference]:
    """statistic(second) − statistic(first) on the same rows, with interval and p.

    first, second: [n, k], row i of both is the same question. Rows are drawn in pairs.
    Formula: p = (1 + #{|δ* − δ| ≥ |δ|}) / (1 + resamples), the distribution of δ* moved to no
    difference; 1.0 where δ = 0. Raises ValueError for n = 0 or different shapes.
    """
    if first.shape != second.shape:
        raise ValueError(f"paired rows need equal shapes, not {first.shape} and {second.shape}")
    k = first.shape[1]

    def gap(sums: Array) -> Array:
        return statistic(sums[..., k:]) - statistic(sums[..., :k])

    units = _units(np.hstack([first, second]), clusters)
    delta = gap(units.sums)
    draws = _placed(np.concatenate([gap(sums) for sums in _resampled(units, how)]), delta, how)
    held_out = gap(units.sums - units.values)
    # Rounding must not decide whether a tie counts as extreme: ties are frequent with counts.
    extreme = np.abs(draws - delta) >= np.abs(delta) - 1e-12
    p = (1 + extreme.sum(axis=0)) / (1 + how.resamples)
    return [
        Difference(
            float(delta[i]),
            _interval(delta[i], draws[:, i], held_out[:, i], units, how),
            float(p[i]),
        )
        for i in range(delta.shape[-1])
    ]


class _Units(NamedTuple):
    """What is drawn: distinct contribution vectors [u, k] and how many units have each [u]."""

    values: Array
    counts: Array

    @property
    def sums(self) -> Array:
        return self.counts @ self.values


def _units(contributions: Array, clusters: Sequence[int] | None) -> _Units:
    if len(contributions) == 0:
        raise ValueError("nothing to resample: no rows")
    values = np.asarray(contributions, dtype=float)
    if clusters is not None:
        _, member = np.unique(np.asarray(clusters), return_inverse=True)
        together = np.zeros((member.max() + 1, values.shape[1]))
        np.add.at(together, member, values)
        values = together
    return _Units(*np.unique(values, axis=0, return_counts=True))


def _resampled(units: _Units, how: Resampling) -> Iterator[Array]:
    """Sums [b, k] of resamples, a chunk at a time, so that memory stays bounded."""
    random = np.random.default_rng(how.seed)
    n = int(units.counts.sum())
    chunk = max(1, CELLS_AT_ONCE // len(units.counts))
    for start in range(0, how.resamples, chunk):
        size = min(chunk, how.resamples - start)
        yield random.multinomial(n, units.counts / n, size=size) @ units.values


def _placed(draws: Array, point: Array, how: Resampling) -> Array:
    """Draws [resamples, m] as the method has them beside the values [m]."""
    return draws - draws.mean(axis=0) + point if how.method == "centred" else draws


def _interval(
    point: float, draws: Array, held_out: Array, units: _Units, how: Resampling
) -> Interval:
    if not np.isfinite(draws).all() or np.ptp(draws) == 0:
        return UNDEFINED
    tail = (1 - how.level) / 2
    ends = [tail, 1 - tail]
    if how.method == "bca":
        ends = _bca(point, draws, held_out, units.counts, ends)
    low, high = np.quantile(draws, ends)
    return Interval(float(low), float(high))


def _bca(
    point: float, draws: Array, held_out: Array, counts: Array, ends: list[float]
) -> list[float]:
    """The quantiles moved for bias and skew; the plain ones where the jackknife has no spread."""
    below = (np.mean(draws < point) + np.mean(draws <= point)) / 2
    if not 0 < below < 1 or not np.isfinite(held_out).all():
        return ends
    normal = NormalDist()
    bias = normal.inv_cdf(float(below))
    away = np.average(held_out, weights=counts) - held_out
    spread = float(counts @ away**2)
    acceleration = float(counts @ away**3) / (6 * spread**1.5) if spread > 0 else 0.0
    moved = [bias + normal.inv_cdf(end) for end in ends]
    return [normal.cdf(bias + z / (1 - acceleration * z)) for z in moved]
