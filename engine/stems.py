"""Rows that begin alike and go on alone, for a model whose memory of a beginning can be copied.

    ⟨instruction⟩──state─┬─ question 1, answer 1        the beginning goes through the model once;
                         └─ question 2, answer 2        its rest row by row, padded to the longest

An LSTM's state is all that it knows of what it read, so this is exact, and a tree (`engine.tree`)
would save no more: its tokens follow one another in time. Light: no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.formatting import Example
from engine.windows import CALL, windows

Item = tuple[int, Example]
"""Which example it is, and the example."""


class Stem(NamedTuple):
    """Rows that go through the model together: what they all begin with, and how each goes on."""

    prefix: list[int]
    """Ids that every row begins with; may be empty. Run once."""
    rows: list[list[int]]
    """The rest of each row, its stop token included; at least one prompt token is here."""
    labels: list[int]
    """How many ids at the end of each row are labels."""
    order: list[int]
    """Which of the examples given to `split` each row is."""

    @property
    def label_tokens(self) -> int:
        return sum(self.labels)

    @property
    def tokens(self) -> int:
        """Tokens of the examples, as if each were run whole; no padding."""
        return sum(len(self.prefix) + len(row) for row in self.rows)


class StemWindow:
    """What all rows begin with once, the rest of them padded to the longest."""

    def __init__(self) -> None:
        self.rows = self.longest = self.shared = 0
        self.first: Example | None = None

    def add(self, item: Item) -> int:
        example = item[1]
        self.rows += 1
        self.longest = max(self.longest, len(example.ids))
        if self.first is None:
            self.first, self.shared = example, example.prompt_length - 1
        else:
            self.shared = alike(self.first, example, self.shared)
        shared = self.shared if self.rows > 1 else 0
        return shared + self.rows * (self.longest - shared)


def split(examples: Sequence[Example], tokens_per_batch: int) -> list[Stem]:
    """Micro-batches of a step: of two orders, by length and by beginning, the one that can be cut
    more cheaply."""
    by_length = sorted(enumerate(examples), key=lambda item: (len(item[1].ids), item[1].ids))
    by_beginning = sorted(by_length, key=lambda item: item[1].ids)
    cuts = (
        [_stem(window) for window in windows(order, StemWindow, tokens_per_batch)]
        for order in (by_length, by_beginning)
    )
    return min(cuts, key=lambda stems: sum(map(cost, stems)))


def cost(stem: Stem) -> int:
    """Tokens to compute, padding and calls counted."""
    calls = 2 if stem.prefix else 1
    return len(stem.prefix) + len(stem.rows) * max(map(len, stem.rows)) + CALL * calls


def alike(one: Example, other: Example, at_most: int) -> int:
    """Length of the beginning that two examples share, leaving each the last prompt token:
    what predicts the first label has to be each row's own."""
    limit = min(at_most, one.prompt_length - 1, other.prompt_length - 1)
    pairs = enumerate(zip(one.ids[:limit], other.ids[:limit], strict=True))
    return next((at for at, (left, right) in pairs if left != right), limit)


def _stem(window: Sequence[Item]) -> Stem:
    shared = 0
    if len(window) > 1:
        first = window[0][1]
        shared = min(alike(first, one, first.prompt_length) for _, one in window)
    return Stem(
        prefix=list(window[0][1].ids[:shared]),
        rows=[list(one.ids[shared:]) for _, one in window],
        labels=[len(one.ids) - one.prompt_length for _, one in window],
        order=[which for which, _ in window],
    )
