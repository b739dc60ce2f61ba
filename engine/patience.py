"""Early stopping: how many measurements in a row were no better than the best. Light: no torch."""

from __future__ import annotations

from typing import Any

from engine.best import rank
from engine.settings import TrainSettings


class Patience:
    """Remembers the best measurement and how long it has been the best."""

    def __init__(self, settings: TrainSettings, state: dict[str, Any]) -> None:
        """`state` is what `state()` gave, or empty."""
        self._metric = settings.best_metric
        self._patience = settings.patience
        self._best: dict[str, float] = state.get("best", {})
        self._waited: int = state.get("waited", 0)

    def saw(self, values: dict[str, float]) -> bool:
        """Take in a measurement; whether it is the best so far. Nothing measured changes nothing."""
        if not values:
            return False
        better = not self._best or rank(values, self._metric) > rank(self._best, self._metric)
        self._best = dict(values) if better else self._best
        self._waited = 0 if better else self._waited + 1
        return better

    @property
    def saves_best(self) -> bool:
        """Whether the best measurement gets a checkpoint of its own: a run that may end after its
        best must not have lost it."""
        return bool(self._patience)

    @property
    def over(self) -> bool:
        return bool(self._patience) and self._waited >= self._patience

    def state(self) -> dict[str, Any]:
        return {"best": self._best, "waited": self._waited}
