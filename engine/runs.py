"""Where a row that holds many sequences goes on, and where it branches. Light: no torch.

A tree's tokens stand in one row, parents before children; a run is what goes on without a break.
`engine.attention` puts runs of like length beside each other; how, is decided here, so that
`engine.work` counts what a run will compute by the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

CALL = 4000
"""What one more call costs, in pairs of a query and a key."""

PIECE = 128
"""Queries of a piece, about: with fewer, a processor's kernel is slower than what is saved."""
PIECES = 4
"""Of a run at most: each piece keeps the keys before it once more until the backward pass."""

MOST = 256
"""Runs of a block at most: keeps the search for the best cut short."""


class Run(NamedTuple):
    """Consecutive tokens of a row, each the parent of the next."""

    start: int
    end: int
    ancestors: Sequence[int]
    """Places of what the first of them hangs on, from the root down."""

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def keys(self) -> int:
        return len(self.ancestors) + self.length


def runs_of(parents: Sequence[int]) -> list[Run]:
    """The runs of a row, from each token's parent (-1: none); a parent stands before its child."""
    starts = [at for at, parent in enumerate(parents) if at == 0 or parent != at - 1]
    ends = [*starts[1:], len(parents)]
    found = []
    for start, end in zip(starts, ends, strict=True):
        path, node = [], parents[start]
        while node >= 0:
            path.append(node)
            node = parents[node]
        found.append(Run(start, end, path[::-1]))
    return found


def pieces_of(run: Run) -> list[Run]:
    """A run as several of about one length, each hanging on the one before it.

    A piece's queries are multiplied with every key up to its end, so that a long run in one piece
    computes twice the pairs that are asked for.
    """
    count = min(PIECES, -(-run.length // PIECE))
    edges = [run.start + at * run.length // count for at in range(count + 1)]
    return [
        Run(start, end, [*run.ancestors, *range(run.start, start)])
        for start, end in pairwise(edges)
    ]


def blocks_of(parents: Sequence[int]) -> list[list[Run]]:
    """A row's runs, long ones in pieces, in blocks that go through attention together, with the fewest
    pairs to compute.

    By dynamic programming over them in order of their length.
    """
    pieces = [piece for run in runs_of(parents) for piece in pieces_of(run)]
    runs = sorted(pieces, key=lambda run: (run.length, run.keys))
    best, begin = [0] + [-1] * len(runs), [0] * (len(runs) + 1)
    for end in range(1, len(runs) + 1):
        longest = keys = 0
        for start in range(end - 1, max(0, end - MOST) - 1, -1):
            longest, keys = max(longest, runs[start].length), max(keys, runs[start].keys)
            cost = best[start] + CALL + (end - start) * longest * keys
            if best[end] < 0 or cost < best[end]:
                best[end], begin[end] = cost, start
    end = len(runs)
    groups: list[list[Run]] = []
    while end:
        groups.append(runs[begin[end] : end])
        end = begin[end]
    return groups[::-1]


def pairs(block: Sequence[Run]) -> int:
    """Queries times keys of a block, padding included."""
    return len(block) * max(run.length for run in block) * max(run.keys for run in block)
