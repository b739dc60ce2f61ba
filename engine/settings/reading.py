"""How examples become batches."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.option import option

AUTOMATIC = 4096
"""What `tokens_per_batch` 0 counts as where nothing can be tried: before the run, and for GRPO."""


@dataclass(frozen=True)
class Reading:
    """Lengths and batches, in tokens."""

    max_length: int = option(
        0,
        "Longest example in tokens; a longer one loses its oldest turns, never half an answer. "
        "0 takes it from the data: 99 in 100 whole, none left out.",
        ge=0,
        le=131072,
        more=True,
    )
    truncate_input: str = option(
        "never",
        "What becomes of a pair that is too long without its oldest turns: left out, or shortened "
        "by whole sentences from the middle of its input.",
        choices=("never", "sentences"),
        more=True,
    )
    tokens_per_batch: int = option(
        4096,
        "Tokens (padding included) that go through the model at once; a batch is split to fit. "
        "0 finds, by a dry step of the longest batch, what the memory holds.",
        ge=0,
        le=1_000_000,
        more=True,
    )

    @property
    def tokens_at_once(self) -> int:
        """`tokens_per_batch`, or `AUTOMATIC` where it is to be found."""
        return self.tokens_per_batch or AUTOMATIC
