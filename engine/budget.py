"""How a step goes through the memory: how many tokens at once, and whether activations are kept.

A run that will die of its longest batch should die in its first minute, and one that needs more
memory than there is should ask for less. So it is decided once, before the first step, by a dry one
of the longest batch, in the order of what it costs:

    1. as many tokens at once as were asked for; fewer, down to `ENOUGH`, while they don't fit
    2. gradient checkpointing, where the settings allow it: a third more work, but so many again
    3. fewer still, down to the longest example; then OutOfMemory

On CUDA the batch goes forward and backward for real, beside what the optimiser will hold. On CPU,
where a system kills instead of refusing, a small piece goes through, and what it took is scaled to
what the machine has free; where that could not fill up anyhow, nothing is tried at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch

from engine import together
from engine.errors import OutOfMemory
from engine.formatting import Example
from engine.job import Job
from engine.machine import memory_bytes
from engine.memory import forget_peak, held_bytes, peak_bytes
from engine.models import Loaded
from engine.recompute import could_recompute, recompute
from engine.settings import TrainSettings
from engine.words import _

MOST = {"cuda": 65_536, "cpu": 4096}
"""What is asked for where nobody did. More at once is no faster on a processor: its cache is full."""
ENOUGH = {"cuda": 2048, "cpu": 512}
"""Tokens that keep the device busy: with fewer, computing activations twice is the cheaper way."""
PIECE = 512
"""Tokens of the small piece."""
MARGIN = 0.8
"""Share of the free memory that a step may take."""
MEANS = 8
"""Bytes that AdamW, the largest of the optimisers, remembers of each weight."""
AVERAGE = 4
"""Bytes that an average keeps of each weight, where one is asked for."""
GENEROUS = 12
"""Bytes that no model keeps more than of a token, for each input and output of its matrices: they are
read, written and differentiated in float32."""


def make_room(
    job: Job, loaded: Loaded, longest: Sequence[Example], free: Callable[[], int] | None = None
) -> int:
    """The tokens at once that fit; gradient checkpointing is on afterwards where they need it.

    `longest` is the batch with most tokens. Weights, gradients and random generators are afterwards
    as they were. `free` says how many bytes are left, of the machine's memory where it isn't given.
    Several processes decide together. Raises OutOfMemory when not even the longest example fits alone.
    """
    settings, kind = job.settings(TrainSettings), loaded.device.type
    wanted = settings.tokens_per_batch or MOST[kind]
    alone = max(len(one.ids) for one in longest)
    spare = settings.gradient_checkpointing == "auto" and could_recompute(loaded.transformer)
    kept = max(alone, min(wanted, ENOUGH[kind])) if spare else alone
    with torch.random.fork_rng([loaded.device] if kind == "cuda" else []):
        for least, twice in [(kept, False), *([(alone, True)] if spare else [])]:
            if twice:
                recompute(loaded.transformer)
            if kind == "cuda":
                found = _by_halves(job, loaded, longest, wanted, least)
            else:
                found = _by_a_piece(job, loaded, longest, wanted, (free or free_bytes)())
            if found >= least:
                return min(wanted, found)
    raise OutOfMemory(
        _(
            "a dry step of the longest batch does not fit the memory: its longest example "
            "has %(alone)s tokens",
            alone=alone,
        ),
        _("Lower max_length, train adapters instead of all weights, or choose a smaller model."),
    )


def _by_halves(
    job: Job, loaded: Loaded, longest: Sequence[Example], wanted: int, least: int
) -> int:
    """The first of these budgets with which the batch goes through; 0 where none does."""
    remembered = _remembered(job, loaded)
    for budget in halves(wanted, least):
        went = _goes_through(loaded, longest, budget, remembered)
        if all(together.gathered(job.world, went)):
            return budget
    return 0


def halves(most: int, least: int) -> Iterator[int]:
    """`most`, a half of it, and so on; `least` at last.

    >>> list(halves(4096, 700))
    [4096, 2048, 1024, 700]
    """
    while most > least:
        yield most
        most //= 2
    yield least


def _goes_through(loaded: Loaded, longest: Sequence[Example], budget: int, remembered: int) -> bool:
    """Whether a dry step fits beside so many bytes."""
    try:
        ballast = torch.empty(remembered, dtype=torch.uint8, device=loaded.device)
        dry_step(loaded, longest, budget)
        del ballast
    except torch.OutOfMemoryError:
        return False
    finally:
        torch.cuda.empty_cache()
    return True


def _by_a_piece(
    job: Job, loaded: Loaded, longest: Sequence[Example], wanted: int, free: int
) -> int:
    """Tokens that `free` bytes, shared by the processes of this machine, have room for."""
    gradients = 4 * _trained(loaded)
    room = MARGIN * free / job.world.local_size - gradients - _remembered(job, loaded)
    lengths = [len(one.ids) for one in longest]
    most = max(max(lengths), min(wanted, sum(lengths)))
    found = most
    if free and most * generous_bytes(loaded) > room:  # 0: a system that doesn't tell
        found = int(max(0.0, room) / _bytes_of_a_token(loaded, longest))
    found = min(together.gathered(job.world, found))
    return found if found < most else max(most, wanted)


def generous_bytes(loaded: Loaded) -> int:
    """More than a model keeps of a token from the forward to the backward pass."""
    matrices = (one for one in loaded.model.parameters() if one.dim() == 2)
    return GENEROUS * sum(sum(one.shape) for one in matrices)


def _bytes_of_a_token(loaded: Loaded, longest: Sequence[Example]) -> float:
    piece = _piece(longest)
    forget_peak(loaded.device)
    before = held_bytes(loaded.device)
    dry_step(loaded, piece, sum(len(one.ids) for one in piece))
    taken = peak_bytes(loaded.device) - before
    gradients = min(4 * _trained(loaded), taken // 2)
    return max(1.0, (taken - gradients) / sum(len(one.ids) for one in piece))


def dry_step(loaded: Loaded, examples: Sequence[Example], budget: int) -> None:
    """The micro-batch with most tokens, forward and backward; no trace is left."""
    family = loaded.family
    micros = family.split(examples, budget, share=loaded.shares)
    try:
        with loaded.autocast():
            loss = loaded.forward(family.summed_loss, max(micros, key=lambda one: one.tokens))
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


def _remembered(job: Job, loaded: Loaded) -> int:
    """Bytes that a run comes to hold beside weights and gradients, from its first step on."""
    averages = job.settings(TrainSettings).averaging != "none"
    return (MEANS + AVERAGE * averages) * _trained(loaded)


def _trained(loaded: Loaded) -> int:
    return sum(one.numel() for one in loaded.model.parameters() if one.requires_grad)


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
