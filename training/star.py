"""How sure it is that the best checkpoint is the best: it was chosen on few rows, and may have been lucky."""

from collections.abc import Iterable
from typing import NamedTuple

from engine.best import PREFIX, rising
from engine.metrics.intervals import UNDEFINED, Interval, wilson
from training.models import Checkpoint, Run

SHARES = ("accuracy", "label_match", "exact_match")
"""Metrics of which each row says right or wrong, so that their interval has a formula."""


class Star(NamedTuple):
    """What the best checkpoint of a run was chosen by."""

    rows: int
    """Of the validation split; a row too long for the model is among them."""
    name: str
    """The point that decided; empty where it was several, or the loss."""
    value: float | None
    interval: Interval
    rivals: int
    """Other checkpoints of the run whose value lies within the interval."""


def star_of(run: Run, checkpoints: Iterable[Checkpoint]) -> Star | None:
    """None where nothing was measured on the validation split, so that something else decided.

    There is an interval where one share decided, over whole rows of the split: a share that no number
    of right answers among them gives was taken over fewer.
    """
    best = run.best_checkpoint
    if best is None or not any(name.startswith(PREFIX) for name in best.values):
        return None
    rows = run.validation_rows
    name = _decided(run, best)
    if not name:
        return Star(rows, "", None, UNDEFINED, 0)
    value = best.values[name]
    right = value * rows
    if abs(right - round(right)) > 1e-6:
        return Star(rows, name, value, UNDEFINED, 0)
    interval = wilson(round(right), rows)
    others = (one.values.get(name) for one in checkpoints if one.pk != best.pk)
    rivals = sum(one is not None and interval.low <= one <= interval.high for one in others)
    return Star(rows, name, value, interval, rivals)


def _decided(run: Run, best: Checkpoint) -> str:
    """The one share that `engine.best.rank` compares first."""
    metric = run.settings.get("best_metric", "auto")
    names = [f"{PREFIX}{one}" for one in SHARES if best.values.get(f"{PREFIX}{one}") is not None]
    if metric == "auto":
        return names[0] if len(names) == 1 == len(rising(best.values)) else ""
    return f"{PREFIX}{metric}" if f"{PREFIX}{metric}" in names else ""
