"""Intervals that have a formula. Those that need resampling are in `bootstrap`."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """A confidence interval; both ends None when the data can't give one."""

    low: float | None
    high: float | None


UNDEFINED = Interval(None, None)


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson score interval of a share, within [0, 1].

    Formula: with p = successes/n and z the normal quantile of (1+level)/2,
    (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n).
    Empty input: n = 0 gives an undefined interval.
    Source: Wilson (1927); equal to statsmodels' `proportion_confint(method="wilson")`, which
    stays out of the web process (it brings 145 MB of pandas and scipy).

    >>> wilson(95, 100)
    Interval(low=0.8882..., high=0.9784...)
    """
    if n == 0:
        return UNDEFINED
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / n
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale))
