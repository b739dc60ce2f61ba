"""Texts that an encoder reads whole, with the class of each, in padded micro-batches.

An encoder looks both ways, so what two texts begin with means something else in each: there is nothing
to run once. Light: no torch; `engine.families.encoder_classifier` runs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.formatting import Example
from engine.windows import windows

Ids = list[int]


class Texts(NamedTuple):
    """Texts that go through the encoder together, with the class of each."""

    rows: list[Ids]
    classes: list[int]
    order: list[int]

    @property
    def label_tokens(self) -> int:
        return len(self.classes)

    @property
    def tokens(self) -> int:
        return sum(len(row) + 1 for row in self.rows)  # the class is one of an example's ids


class TextWindow:
    """Texts padded to the longest."""

    def __init__(self) -> None:
        self.rows = self.longest = 0

    def add(self, item: tuple[int, Ids]) -> int:
        self.rows += 1
        self.longest = max(self.longest, len(item[1]))
        return self.rows * self.longest


def split(examples: Sequence[Example], tokens_per_batch: int) -> list[Texts]:
    texts = [one.ids[: one.prompt_length] for one in examples]
    return [
        Texts(
            rows=[ids for _, ids in window],
            classes=[examples[which].ids[-1] for which, _ in window],
            order=[which for which, _ in window],
        )
        for window in by_length(texts, tokens_per_batch)
    ]


def by_length(texts: Sequence[Ids], budget: int) -> list[Sequence[tuple[int, Ids]]]:
    """Which text it is, and the text, in windows of at most so many tokens."""
    order = sorted(enumerate(texts), key=lambda item: (len(item[1]), item[1]))
    return windows(order, TextWindow, budget)
