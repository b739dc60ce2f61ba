"""What `engine.loop` asks of an objective. Imports torch for types only.

One optimiser step is one `batch`, split into micro-batches whose losses are summed:

    objective.measure()                      before the first step, and at every checkpoint
    for step in range(total_steps):
        for micro in objective.batch(step):  GRPO samples its rollouts here
            objective.loss(micro).backward()
        clip, optimiser step
        objective.values()                   goes into the step's point
    objective.state() / restore(state)       inside a checkpoint's resume/, as JSON

SFT's batch is a pure function of the step, so its state is empty. GRPO with several inner
steps keeps the rollouts it holds in its state. Random numbers must come from torch's global
generators, which the loop saves, or from a seed and the step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from engine.errors import SpecError
from engine.words import _

if TYPE_CHECKING:
    import torch

Micro = TypeVar("Micro")


class Objective(Protocol[Micro]):
    """A thing to train for."""

    total_steps: int
    """Optimiser steps of the whole run."""
    default_checkpoint_every: int
    """Steps between checkpoints where the settings leave it open."""

    def batch(self, step: int) -> Sequence[Micro]:
        """This process's micro-batches of optimiser step `step` (from 0); may be none where several
        processes share it. Called in order; again only where memory ran out before the step."""

    def spare(self) -> Micro:
        """A micro-batch of this step, of which nothing is learnt: where the model is sharded, all
        processes run it equally often. Raises SpecError where an objective knows no such thing."""
        raise SpecError(
            {
                "shard": _(
                    "%(method)s needs the weights whole; switch it off", method=type(self).__name__
                )
            }
        )

    def loss(self, micro: Micro) -> torch.Tensor:
        """The micro-batch's share of the step's loss, 0-d, so that the shares, of all
        processes, sum to the loss.

        Called under autocast in train mode; the loop calls backward.
        """

    def tokens(self) -> int:
        """Tokens, without padding, of the batch last handed out to this process."""

    def values(self) -> dict[str, float]:
        """Curve values of the step just taken, beside those that the loop itself knows.
        The same in every process, and called in every process."""

    def measure(self, step: int) -> dict[str, float]:
        """Validation values now. Leaves weights, mode and random generators as they were.
        Called in every process; what counts is what the main one gives."""

    def state(self) -> dict[str, Any]:
        """What `batch` needs to go on after a checkpoint, as plain JSON. Called in every
        process."""

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what `state` gave."""
