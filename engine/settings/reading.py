"""How examples become batches."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.option import option


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
        "Tokens (padding included) that go through the model at once; a batch is split to fit.",
        ge=64,
        le=1_000_000,
        more=True,
    )
