"""Which of two measurements is the better one. Light: the studio chooses the best checkpoint by it too."""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.metrics.direction import smaller_is_better

LOSS = "validation/loss"
PREFIX = "validation/"
NOTHING = float("-inf")


def rank(values: Mapping[str, float | None], metric: str = "auto") -> tuple[float, ...]:
    """A measurement as something to compare: the greater, the better.

    `values` are points' (`validation/…`), `metric` is the setting `best_metric`: that metric first
    (`engine.metrics.direction` says which way), then the mean of all that rise, then the lower loss.
    What was not measured is worse than anything that was, and so is what is no number.
    """
    values = {name: one for name, one in values.items() if one is not None and not math.isnan(one)}
    loss = values.get(LOSS)
    lower = -loss if loss is not None else NOTHING
    metrics = rising(values)
    mean = sum(metrics) / len(metrics) if metrics else NOTHING
    if metric == "auto":
        return (mean, lower)
    chosen = values.get(PREFIX + metric)
    first = NOTHING if chosen is None else -chosen if smaller_is_better(metric) else chosen
    return (first, mean, lower)


def rising(values: Mapping[str, float | None]) -> list[float]:
    """What a run measured of itself that is better when larger."""
    return [
        value
        for name, value in values.items()
        if name.startswith(PREFIX)
        and not smaller_is_better(name.removeprefix(PREFIX))
        and value is not None
    ]
