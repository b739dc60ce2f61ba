"""Which examples make a step, and how a step goes through a model that pads. Light: no torch.

A step's examples are a pure function of the seed and the step, so the sampler's position is the
step itself and resuming needs nothing else. Splitting a step changes nothing but the speed: the
loss is normalised over the labels of the whole step. So micro-batches are chosen for cost alone:
rows of like length stand together (little padding), and none holds more than `tokens_per_batch`
tokens. Models that can run what rows begin with alike once are fed otherwise (`engine.tree`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from engine.formatting import Example
from engine.settings import SFTSettings
from engine.windows import windows


class Micro(NamedTuple):
    """Rows that go through the model together, padded to the longest."""

    rows: list[list[int]]
    """Whole examples, the stop token included."""
    labels: list[int]
    """How many ids at the end of each row are labels."""
    order: list[int]
    """Which of the examples given to `split` each row is."""

    @property
    def label_tokens(self) -> int:
        return sum(self.labels)

    @property
    def tokens(self) -> int:
        """Tokens of the examples; no padding."""
        return sum(map(len, self.rows))


class Sampler:
    """Endless seeded epochs over `count` examples, in steps of `batch_size`.

    Over `rows` of them, where that is fewer and not 0: drawn by the seed, and a larger draw holds
    the smaller ones. The last step of the run is smaller when `epochs` times their number is no
    multiple of the batch size.
    """

    def __init__(
        self, count: int, batch_size: int, epochs: float, seed: int, rows: int = 0
    ) -> None:
        self._among = list(range(count))
        if 0 < rows < count:
            random.Random(f"{seed}:rows").shuffle(self._among)
            count = rows
        self.count = count
        self.batch_size = batch_size
        self.seed = seed
        self.total = max(1, round(count * epochs))
        self.steps = -(-self.total // batch_size)
        self.steps_per_epoch = -(-count // batch_size)
        self._epoch: tuple[int, list[int]] = (-1, [])

    def step(self, step: int) -> list[int]:
        """Indices of the examples of a step, counted from 0."""
        start = step * self.batch_size
        return [self._at(one) for one in range(start, min(start + self.batch_size, self.total))]

    def epoch_after(self, step: int) -> float:
        """Passes over the data when `step` steps are done."""
        return min(step * self.batch_size, self.total) / self.count

    def _at(self, position: int) -> int:
        epoch, place = divmod(position, self.count)
        if self._epoch[0] != epoch:
            order = self._among[: self.count]
            random.Random(f"{self.seed}:{epoch}").shuffle(order)
            self._epoch = (epoch, order)
        return self._epoch[1][place]


def sampler_of(count: int, settings: SFTSettings) -> Sampler:
    """The order in which SFT learns from `count` examples; what is told of a run before it starts is
    counted in the same."""
    return Sampler(count, settings.batch_size, settings.epochs, settings.seed, settings.train_rows)


class RowWindow:
    """Rows padded to the longest."""

    def __init__(self) -> None:
        self.rows = self.longest = 0

    def add(self, item: tuple[int, Example]) -> int:
        self.rows += 1
        self.longest = max(self.longest, len(item[1].ids))
        return self.rows * self.longest


def split(examples: Sequence[Example], tokens_per_batch: int) -> list[Micro]:
    """Micro-batches of a step with the fewest tokens to compute, padding counted."""
    order = sorted(enumerate(examples), key=lambda item: (len(item[1].ids), item[1].ids))
    return [
        Micro(
            rows=[list(one.ids) for _, one in window],
            labels=[len(one.ids) - one.prompt_length for _, one in window],
            order=[which for which, _ in window],
        )
        for window in windows(order, RowWindow, tokens_per_batch)
    ]
