"""Prompts that an encoder reads and answers that a decoder says, in padded micro-batches.

Light: no torch; `engine.families.encoder_decoder` runs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.formatting import Example
from engine.windows import windows

Ids = list[int]
Item = tuple[int, Example]
"""Which example it is, and the example."""


class Pairs(NamedTuple):
    """Rows that go through the model together."""

    sources: list[Ids]
    """Prompts, each once."""
    source: list[int]
    """Which prompt each row answers."""
    answers: list[Ids]
    """One a row, its stop token included: these are the labels."""
    order: list[int]
    """Which of the examples given to `split` each row is."""

    @property
    def labels(self) -> list[int]:
        return [len(answer) for answer in self.answers]

    @property
    def label_tokens(self) -> int:
        return sum(self.labels)

    @property
    def tokens(self) -> int:
        return self.label_tokens + sum(len(self.sources[at]) for at in self.source)


class PairWindow:
    """Prompts padded to the longest, each different one once; answers padded to the longest."""

    def __init__(self) -> None:
        self.sources: set[tuple[int, ...]] = set()
        self.rows = self.longest_source = self.longest_answer = 0

    def add(self, item: Item) -> int:
        example = item[1]
        self.sources.add(tuple(example.ids[: example.prompt_length]))
        self.rows += 1
        self.longest_source = max(self.longest_source, example.prompt_length)
        self.longest_answer = max(self.longest_answer, len(example.ids) - example.prompt_length)
        return len(self.sources) * self.longest_source + self.rows * self.longest_answer


def split(examples: Sequence[Example], tokens_per_batch: int) -> list[Pairs]:
    """By the prompt's length, equal prompts together; encoders share nothing else."""
    order = sorted(
        enumerate(examples),
        key=lambda item: (
            item[1].prompt_length,
            item[1].ids[: item[1].prompt_length],
            len(item[1].ids),
        ),
    )
    return [_pairs(one) for one in windows(order, PairWindow, tokens_per_batch)]


def _pairs(items: Sequence[Item]) -> Pairs:
    known: dict[tuple[int, ...], int] = {}
    source = []
    for _, one in items:
        source.append(known.setdefault(tuple(one.ids[: one.prompt_length]), len(known)))
    return Pairs(
        sources=[list(one) for one in known],
        source=source,
        answers=[list(one.ids[one.prompt_length :]) for _, one in items],
        order=[which for which, _ in items],
    )
