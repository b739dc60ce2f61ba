"""Cuts a sorted row of examples into padded micro-batches, as cheaply as can be. Light: no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

CALL = 48
"""What one more pass through a model costs beside its tokens, counted in tokens: small matrices
use a processor less well."""

Item = TypeVar("Item")
Item_contra = TypeVar("Item_contra", contravariant=True)


class Window(Protocol[Item_contra]):
    """A micro-batch that grows."""

    def add(self, item: Item_contra) -> int:
        """One more; the tokens that all of them are then, padding included."""


def windows(
    order: Sequence[Item], empty: Callable[[], Window[Item]], budget: int
) -> list[Sequence[Item]]:
    """The cheapest cut of `order` into runs of at most `budget` tokens (one item always goes).

    A pass through the model counts as `CALL` tokens. Dynamic programming, O(n · rows that fit).
    """
    best = [0] + [-1] * len(order)
    begin = [0] * (len(order) + 1)
    for end in range(1, len(order) + 1):
        window = empty()
        for start in range(end - 1, -1, -1):
            size = window.add(order[start])
            if end - start > 1 and size > budget:
                break
            cost = best[start] + size + CALL
            if best[end] < 0 or cost < best[end]:
                best[end], begin[end] = cost, start
    cut: list[Sequence[Item]] = []
    end = len(order)
    while end:
        cut.append(order[begin[end] : end])
        end = begin[end]
    return cut[::-1]
