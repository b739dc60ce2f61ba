"""Which way a metric gets better. Whatever picks a best, colours a change, sorts, prunes or optimises
asks here, and nowhere else."""

from __future__ import annotations

SMALLER_IS_BETTER = frozenset(
    {"loss", "log_loss", "brier", "ece", "truncated", "empty", "error", "unparsed"}
)
"""By the names of scores; `loss` is what a run measures of itself. Everything else grows as it gets
better."""


def smaller_is_better(metric: str) -> bool:
    return metric in SMALLER_IS_BETTER


def improvement(metric: str, delta: float) -> float:
    """A difference of a metric's values as a step towards the better (positive) or the worse.

    >>> improvement("accuracy", 0.1), improvement("log_loss", -0.1)
    (0.1, 0.1)
    """
    return -delta if smaller_is_better(metric) else delta
