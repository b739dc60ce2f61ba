"""Loss scaling for float16, whose smallest gradients are zero. Imports no torch.

The loss is multiplied by the scale and the gradients are divided by it, in float32. A gradient
that is no number means that the scale is too large: the step is left out and the scale halved; after
`PATIENT` good steps it is doubled. One scale for all optimisers and processes, so that they leave out
the same steps. Source: Micikevicius et al. (2018), "Mixed precision training"; torch's GradScaler.
"""

from __future__ import annotations

from typing import Any

PATIENT = 2000
FIRST = 2.0**16


class Scaler:
    """The scale of the loss; 1 and nothing to do unless `on`."""

    def __init__(self, on: bool) -> None:
        self.on = on
        self.scale = FIRST if on else 1.0
        self._good = 0

    def saw(self, finite: bool) -> None:
        """Take in whether a step's gradient was a number."""
        if not self.on:
            return
        self._good = self._good + 1 if finite else 0
        if not finite:
            self.scale /= 2
        elif self._good == PATIENT:
            self.scale, self._good = self.scale * 2, 0

    @property
    def exhausted(self) -> bool:
        """Whether no scale helps: the gradient itself is no number."""
        return not self.on or self.scale < 1

    def state(self) -> dict[str, Any]:
        return {"scale": self.scale, "good": self._good} if self.on else {}

    def restore(self, state: dict[str, Any]) -> None:
        self.scale, self._good = state.get("scale", self.scale), state.get("good", 0)
