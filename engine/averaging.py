"""Averages of the weights along the way, which often generalise better than the last of them.

    ema      ā ← d·ā + (1 − d)·w after each step, d growing to `ema_decay` so that the first steps
             don't weigh for ever: d = min(ema_decay, (1 + step) / (10 + step))
    last_k   the mean of the weights at the last `average_last` checkpoints of the plan

Kept in float32, of what is trained alone. Source: Polyak and Juditsky (1992); Izmailov et al. (2018).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from engine.settings import TrainSettings
from engine.sharding import like, part


class Average:
    """The running average of some weights; nothing at all where the settings ask for none."""

    def __init__(
        self,
        weights: Mapping[str, torch.nn.Parameter],
        settings: TrainSettings,
        *,
        total: int,
        every: int,
    ) -> None:
        """`total` steps in the run, `every` so many of them a checkpoint."""
        self._weights = weights
        self._kind = settings.averaging
        self._decay = settings.ema_decay
        planned = [*range(every, total, every), total]
        self._steps = planned[-settings.average_last :]
        self.tensors: dict[str, torch.Tensor] = {}

    @torch.no_grad()
    def after(self, step: int) -> None:
        """Take in the weights after `step` steps."""
        if self._kind == "ema":
            keep = min(self._decay, (1 + step) / (10 + step))
            self._towards_weights(1 - keep)
        elif self._kind == "last_k" and step in self._steps:
            self._towards_weights(1 / (1 + self._steps.index(step)))

    @torch.no_grad()
    def put(self) -> None:
        """Make the average the weights."""
        for name, mean in self.tensors.items():
            self._weights[name].copy_(mean)

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        self.tensors = {name: like(self._weights[name], one) for name, one in tensors.items()}

    def _towards_weights(self, share: float) -> None:
        if not self.tensors:
            self.tensors = {
                name: one.detach().float().clone() for name, one in self._weights.items()
            }
            return
        means = [part(one) for one in self.tensors.values()]
        now = [part(self._weights[name].detach()).float() for name in self.tensors]
        torch._foreach_lerp_(means, now, share)
