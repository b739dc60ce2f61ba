"""Batched generation without repeating work. Imports torch.

    prompts ─ sort by length, batch by tokens ─ common prefix once ─ rest, left-padded ─┐
        completions ◂─ a row leaves the batch, and the cache, as it ends ◂─ decode ◂────┤
                                            each prompt's cache copied for its samples ◂┘

All of it is exact: padding is masked and positions count real tokens, so a completion depends
on its prompt alone. Sampling draws its uniform numbers from (seed, key, sample) and nothing
else, so it doesn't depend on batches either, and a resumed job continues as it would have.
In bfloat16 the order of sums changes with the batch, and near ties may fall the other way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from engine.answer_batches import plan_batches
from engine.decoding import Completion, Decoding, Ids, Live, complete, prefill

if TYPE_CHECKING:
    from transformers import PreTrainedModel


Prefill = Callable[[Any, list[Ids]], Live]
"""Reads prompts with a model: see `engine.decoding.prefill`."""


class Batch(NamedTuple):
    """Completions of some prompts: `completions[i]` are the samples of prompt `indices[i]`."""

    indices: list[int]
    completions: list[list[Completion]]


def generate(
    model: PreTrainedModel,
    prompts: Sequence[Ids],
    stop_ids: frozenset[int],
    how: Decoding,
    keys: Sequence[int] | None = None,
) -> list[list[Completion]]:
    """`how.samples` completions of each prompt, in the order of the prompts.

    keys: a number ≥ 0 for each prompt that, with the seed, decides its random numbers; its
    index when left out. Raises ValueError for an empty prompt.
    """
    return in_order(generate_batches(model, prompts, stop_ids, how, keys), len(prompts))


def in_order(batches: Iterable[Batch], count: int) -> list[list[Completion]]:
    """The completions of `count` prompts in their order."""
    found: list[list[Completion]] = [[] for _ in range(count)]
    for batch in batches:
        for index, completions in zip(batch.indices, batch.completions, strict=True):
            found[index] = completions
    return found


def generate_batches(
    model: PreTrainedModel,
    prompts: Sequence[Ids],
    stop_ids: frozenset[int],
    how: Decoding,
    keys: Sequence[int] | None = None,
    prefill: Prefill = prefill,
    unpadded: bool = False,
) -> Iterator[Batch]:
    """Like `generate`, a batch at a time, longest prompts first, for those who save as they go.

    `prefill` is how the model reads its prompts; a decoder's when left out. `unpadded`: only prompts of
    one length go together.
    """
    if not all(map(len, prompts)):
        raise ValueError("an empty prompt: there is nothing to continue")
    keys = range(len(prompts)) if keys is None else keys
    for indices in plan_batches(prompts, how, of_one_length=unpadded):
        chosen = [prompts[i] for i in indices]
        with evaluating(model), torch.no_grad():
            live = prefill(model, chosen)
            completions = complete(live, len(chosen), stop_ids, how, [keys[i] for i in indices])
        yield Batch(indices, completions)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Dropout off inside, as it was outside."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)
