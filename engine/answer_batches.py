"""Which prompts are answered together. Light: no torch; generation and its estimate both ask here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol

OPENING = 32
"""Prompts that agree in this many first tokens are batched together, so that they share them."""

POOL = 8
"""Fewer prompts than this that open alike are not worth batches of their own."""


class Held(Protocol):
    """What decides how many prompts go together; `engine.decoding.Decoding` is one."""

    @property
    def max_new_tokens(self) -> int: ...
    @property
    def samples(self) -> int: ...
    @property
    def tokens_per_batch(self) -> int: ...


def plan_batches(
    prompts: Sequence[Sequence[int]], how: Held, *, of_one_length: bool = False
) -> list[list[int]]:
    """Indices of the prompts, batch by batch: prompts that open alike together, longest first; or, for
    a model whose rows can't be padded, those `of_one_length`."""
    if of_one_length:
        alike: dict[int, list[int]] = defaultdict(list)
        for i, prompt in enumerate(prompts):
            alike[len(prompt)].append(i)
        longest_first = sorted(alike.items(), reverse=True)
        return [batch for _, pool in longest_first for batch in _fill(pool, prompts, how)]
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for i, prompt in enumerate(prompts):
        groups[tuple(prompt[:OPENING])].append(i)
    alone = [i for group in groups.values() if len(group) < POOL for i in group]
    pools = [group for group in groups.values() if len(group) >= POOL]
    return [batch for pool in (*pools, alone) for batch in _fill(pool, prompts, how)]


def _fill(pool: list[int], prompts: Sequence[Sequence[int]], how: Held) -> Iterator[list[int]]:
    batch: list[int] = []
    for i in sorted(pool, key=lambda i: -len(prompts[i])):
        longest = len(prompts[batch[0]] if batch else prompts[i]) + how.max_new_tokens
        if batch and (len(batch) + 1) * how.samples * longest > how.tokens_per_batch:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
