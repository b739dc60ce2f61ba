"""The processes that share a job: one, or those that `accelerate launch` started side by side.

Every process reads the same data and holds the same weights. A step's examples are dealt out, each
process sums the gradients of its own micro-batches, however many those are, and the sums are added up
once a step: the same step as one process would take. Only the main process (rank 0) writes events and
checkpoints and hears what is asked; what it hears it tells the others (`engine.together`). Light: no torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """This process's place among those that share the job."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @classmethod
    def of_environment(cls) -> World:
        """As `accelerate launch` (torchrun's variables) says; alone where nothing is said."""
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        defaults = ("0", "1", "0", "1")
        return cls(*(int(os.environ.get(*pair)) for pair in zip(names, defaults, strict=True)))  # type: ignore[arg-type]

    @property
    def main(self) -> bool:
        return self.rank == 0

    def dealt(self, items: Sequence[T], cost: Callable[[T], float]) -> list[T]:
        """This process's share: the costliest first, there and back, so that all cost alike."""
        if self.size == 1:
            return list(items)
        order = sorted(range(len(items)), key=lambda at: -cost(items[at]))
        turn = 2 * self.size
        mine = [
            at
            for place, at in enumerate(order)
            if place % turn in (self.rank, turn - 1 - self.rank)
        ]
        return [items[at] for at in sorted(mine)]

    def every(self, items: Sequence[T]) -> list[T]:
        """This process's share, one after the other in turn; `together.collected` undoes it."""
        return list(items[self.rank :: self.size])
