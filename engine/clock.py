"""How far a run is and how long it will take. Light: no torch."""

from __future__ import annotations

import time


class Clock:
    """Time left, from the steps of this process; says so at most twice a second."""

    def __init__(self, step: int, total: int) -> None:
        self._first, self._total = step, total
        self._started = self._said = time.perf_counter()
        self._step = step

    def due(self, step: int) -> bool:
        """Whether to say it after `step` steps: half a second has passed, or it was the last."""
        self._step = step
        if step < self._total and time.perf_counter() - self._said < 0.5:
            return False
        self._said = time.perf_counter()
        return True

    def progress(self) -> dict[str, float]:
        each = (self._said - self._started) / (self._step - self._first)
        left = round(each * (self._total - self._step), 1)
        return {"step": self._step, "total_steps": self._total, "seconds_left": left}
