"""Which of two measurements is the better one. Light: the studio chooses the best checkpoint by it too."""

from __future__ import annotations

from collections.abc import Mapping

LOSS = "validation/loss"
PREFIX = "validation/"
NOTHING = float("-inf")


def rank(values: Mapping[str, float | None], metric: str = "auto") -> tuple[float, ...]:
    """A measurement as something to compare: the greater, the better.

    `values` are points' (`validation/…`), `metric` is the setting `best_metric`: that metric first
    (the loss falls, everything else rises), then the mean of all of them, then the lower loss.
    What was not measured is worse than anything that was.
    """
    loss = values.get(LOSS)
    lower = -loss if loss is not None else NOTHING
    metrics = [
        value
        for name, value in values.items()
        if name.startswith(PREFIX) and name != LOSS and value is not None
    ]
    mean = sum(metrics) / len(metrics) if metrics else NOTHING
    if metric == "auto":
        return (mean, lower)
    chosen = values.get(PREFIX + metric)
    first = lower if metric == "loss" else NOTHING if chosen is None else chosen
    return (first, mean, lower)
