"""What a search improves: a metric over the validation split, and what a run shows of it on its way."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from authoring.models import Snapshot, Split
from engine.best import LOSS, PREFIX, rising
from engine.metrics import scorers_for
from engine.metrics.direction import smaller_is_better
from evaluation.metrics import NAMES
from training.handlers.files import tasks_of

OF_LABELS = (
    *("f1_macro", "accuracy", "f1_micro", "f1_weighted"),
    *("precision_macro", "recall_macro"),
)
PROPER = ("log_loss", "brier", "auroc_macro")
"""Of a classifier's probabilities. Not its ECE: answering always alike makes that vanish."""
CHOSEN_BY = {"log_loss": "loss", "brier": "brier"}
"""The setting `best_metric` that chooses a run's best checkpoint by what the search improves."""
VALIDATION_LOSS = "loss"
"""Measured by the run itself; every other objective is a score of an evaluation."""


class Objective(NamedTuple):
    metric: str
    slice: str = ""

    @property
    def maximise(self) -> bool:
        return not smaller_is_better(self.metric)

    @property
    def needs_probabilities(self) -> bool:
        """Only models that give every label one can be measured by it."""
        return self.metric in PROPER

    @property
    def needs_evaluation(self) -> bool:
        return self.metric != VALIDATION_LOSS

    @property
    def name(self) -> str:
        """In words: F1, macro; or, of one task among several, intent: F1, macro."""
        words = NAMES.get(self.metric, _("Validation loss"))
        task = self.slice.removeprefix("task:")
        return _("%(task)s: %(metric)s") % {"task": task, "metric": words} if task else str(words)

    def shown_by(self, values: Mapping[str, Any]) -> float | None:
        """What a run measured of itself at a checkpoint, on the objective's scale of good and bad.

        Where the objective falls, itself or else the loss; where it rises, the mean of the metrics
        that do, by which a run's best checkpoint is chosen too. None where it measured nothing there.
        """
        if not self.maximise:
            return values.get(PREFIX + self.metric, values.get(LOSS))
        metrics = rising(values)
        return sum(metrics) / len(metrics) if metrics else None


def objectives_of(snapshot: Snapshot) -> list[Objective]:
    """What can be improved on a snapshot's validation split, the most telling first; empty where
    the split is."""
    tasks = tasks_of(snapshot, Split.VALIDATION)
    if not tasks:
        return []
    several = len(tasks) > 1
    found = [Objective("correct")] if several else []
    for slug, task in tasks.items():
        metrics = (*OF_LABELS, *PROPER) if task.kind == "classification" else scorers_for(task)
        found += [Objective(one, f"task:{slug}" if several else "") for one in metrics]
    return [*found, Objective(VALIDATION_LOSS)]
