"""How many tokens go through the model at once, found before the first step, by a dry one.

A run that will die of its longest batch should die in its first minute, and a run that leaves the
number open should get one that fits. On CUDA the longest batch goes forward and backward for real,
and is cut in halves until it fits. On CPU, where a system kills instead of refusing, a small piece
goes through, and what it took is scaled to what the machine has free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from engine.errors import OutOfMemory
from engine.formatting import Example
from engine.machine import memory_bytes
from engine.memory import forget_peak, held_bytes, peak_bytes
from engine.models import Loaded

MOST = {"cuda": 65_536, "cpu": 4096}
"""Where the search begins. More at once is no faster on a processor: its cache is full."""
LEAST = 64
PIECE = 512
"""Tokens of the small piece."""
MARGIN = 0.8
"""Share of the free memory that a step may take."""


def fitting_budget(
    loaded: Loaded, longest: Sequence[Example], free: Callable[[], int] | None = None
) -> int:
    """The most tokens at once that fit the memory; `longest` is the batch with most tokens.

    Weights, gradients and random generators are afterwards as they were. `free` says how many
    bytes are left, of the machine's memory where it isn't given. Raises OutOfMemory when not even
    the longest example fits by itself.
    """
    with torch.random.fork_rng([loaded.device] if loaded.device.type == "cuda" else []):
        if loaded.device.type == "cuda":
            return _by_halves(loaded, longest)
        return _by_a_piece(loaded, longest, (free or free_bytes)())


def _by_halves(loaded: Loaded, longest: Sequence[Example]) -> int:
    alone = max(len(one.ids) for one in longest)
    budget = MOST["cuda"]
    while True:
        try:
            dry_step(loaded, longest, budget)
            return budget
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            if budget <= max(alone, LEAST):
                raise _too_long(alone) from None
            budget //= 2


def _by_a_piece(loaded: Loaded, longest: Sequence[Example], free: int) -> int:
    alone = max(len(one.ids) for one in longest)
    piece = _piece(longest)
    forget_peak(loaded.device)
    before = held_bytes(loaded.device)
    dry_step(loaded, piece, MOST["cpu"])
    taken = peak_bytes(loaded.device) - before
    if not (taken > 0 and free > 0):  # a system that doesn't tell
        return MOST["cpu"]
    trained = [one for one in loaded.model.parameters() if one.requires_grad]
    fixed = sum(one.numel() * one.element_size() for one in trained)
    each = max(1.0, (taken - min(fixed, taken // 2)) / sum(len(one.ids) for one in piece))
    return budget_within(free, each, fixed, alone)


def budget_within(free: int, each: float, fixed: int, alone: int) -> int:
    """Tokens at once for `free` bytes, where a token takes `each` and all gradients `fixed`.

    The optimiser's two means take as much again, twice. Raises OutOfMemory below `alone` tokens.
    """
    budget = int((MARGIN * free - 3 * fixed) / each)
    if budget < alone:
        raise _too_long(alone)
    return max(LEAST, min(budget, MOST["cpu"]))


def dry_step(loaded: Loaded, examples: Sequence[Example], budget: int) -> None:
    """The micro-batch with most tokens, forward and backward; no trace is left."""
    family = loaded.family
    micros = family.split(examples, budget, share=loaded.shares)
    try:
        with loaded.autocast():
            loss = family.summed_loss(loaded.transformer, max(micros, key=lambda one: one.tokens))
        loss.backward()
    finally:
        loaded.model.zero_grad(set_to_none=True)


def free_bytes() -> int:
    """Memory that this process may still take, in bytes; 0 where the system doesn't tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    told = (int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    most = memory_bytes() - held_bytes(torch.device("cpu"))
    return max(0, min(next(told, 0), most))


def _piece(longest: Sequence[Example]) -> list[Example]:
    """Some of the longest batch, about `PIECE` tokens, one example at least."""
    piece: list[Example] = []
    tokens = 0
    for example in sorted(longest, key=lambda one: len(one.ids)):
        if piece and tokens + len(example.ids) > PIECE:
            break
        piece.append(example)
        tokens += len(example.ids)
    return piece


def _too_long(tokens: int) -> OutOfMemory:
    return OutOfMemory(
        f"a dry step of the longest batch does not fit the memory: its longest example has {tokens} tokens",
        "Lower max_length, train adapters instead of all weights, or choose a smaller model.",
    )
