"""Attention within one row that holds many sequences: each token sees its own ancestors only.

The row is a tree (`engine.tree`): runs of tokens one after the other, each hanging on a token of
an earlier run. Everything else in a model sees the row as it is, without a token of padding;
only here runs of like length stand beside each other, padded, with what they hang on before them:

    row   ⟨instruction, question 1⟩⟨question 2⟩⟨question 3⟩
    here  ⟨instruction, question 1⟩        looks at itself
          [⟨question 2⟩, ⟨question 3⟩]     look at ⟨instruction⟩ and at themselves

A long run goes in pieces, each looking at those before it. Exact, and a fraction of the all-pairs mask
that says the same. On CUDA nothing is padded here either, where there is a kernel for it
(`engine.varlen`). It is registered with transformers as an attention of its own, so every model that
lets its attention be chosen can use it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from engine.runs import Run, blocks_of, runs_of
from engine.varlen import Kernel, Lined, in_line, line_up

if TYPE_CHECKING:
    from transformers import PreTrainedModel

NAME = "engine_runs"
"""What transformers' configurations call it."""


class Block(NamedTuple):
    """Runs that go through attention beside each other, padded: R of them, Q queries, K keys."""

    queries: Tensor
    """[R, Q] places among the tokens that attend."""
    keys: Tensor
    """[R, K] places in the row."""
    mask: Tensor | None
    """[R, 1, Q, K] bool; None where each is simply causal."""

    def to(self, device: torch.device) -> Block:
        mask = None if self.mask is None else self.mask.to(device)
        return Block(self.queries.to(device), self.keys.to(device), mask)


class Runs(NamedTuple):
    """How a row goes through attention."""

    blocks: list[Block]
    back: Tensor
    """Where each token that attends is in the blocks' padded rows, one after the other."""


def lay_out(
    parents: Sequence[int],
    device: torch.device,
    kernel: tuple[Kernel, torch.dtype] | None = None,
) -> Runs | Lined | None:
    """Blocks with the fewest pairs to compute, or all runs in line for a kernel of
    `varlen.kernel_for`; None where the row is one sequence."""
    if kernel:
        runs = runs_of(parents)
        return Lined(line_up(runs, device), *kernel) if len(runs) > 1 else None
    if len(runs_of(parents)) == 1:
        return None
    return in_blocks(blocks_of(parents), range(len(parents)), device)


def in_blocks(
    groups: Sequence[Sequence[Run]], attending: Sequence[int], device: torch.device
) -> Runs:
    """Blocks of a row that `engine.runs.blocks_of` has cut, for the tokens that attend, ascending: in a
    last layer nobody asks for the others."""
    back = torch.empty(len(attending), dtype=torch.long)
    blocks, offset = [], 0
    for group in groups:
        asked = [_Asked.of(run, attending) for run in group]
        asked = [one for one in asked if one.last > one.first]
        if not asked:
            continue
        block = _block(asked, attending)
        blocks.append(block.to(device))
        for row, (_, first, last) in enumerate(asked):
            start = offset + row * block.queries.shape[1]
            back[first:last] = torch.arange(start, start + last - first)
        offset += block.queries.numel()
    return Runs(blocks, back.to(device))


class _Asked(NamedTuple):
    """A run, and which of the tokens that attend are in it: from `first` to before `last`."""

    run: Run
    first: int
    last: int

    @classmethod
    def of(cls, run: Run, attending: Sequence[int]) -> _Asked:
        return cls(run, bisect_left(attending, run.start), bisect_left(attending, run.end))


def _block(group: Sequence[_Asked], attending: Sequence[int]) -> Block:
    longest = max(one.last - one.first for one in group)
    most = max(one.run.keys for one in group)
    queries = torch.zeros(len(group), longest, dtype=torch.long)
    keys = torch.zeros(len(group), most, dtype=torch.long)
    reach = torch.zeros(len(group), longest, dtype=torch.long)
    """The last key that each query sees."""
    for row, (run, first, last) in enumerate(group):
        path = torch.tensor([*run.ancestors, *range(run.start, run.end)])
        keys[row, : run.keys] = path
        queries[row, : last - first] = torch.arange(first, last)
        places = torch.tensor(attending[first:last])
        reach[row, : last - first] = places + (len(run.ancestors) - run.start)
    if all(run.keys == last - first for run, first, last in group):
        return Block(queries, keys, None)
    # Padding needs no word of its own: it stands behind every key that a real query may see.
    return Block(queries, keys, (torch.arange(most) <= reach[..., None])[:, None])


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    runs: Runs | Lined | None = None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """What transformers calls in every layer: query [1, heads, tokens, width], key and value
    likewise with as many heads or fewer; returns [1, tokens, heads, width]."""
    if kwargs.get("softcap") is not None or kwargs.get("sliding_window") is not None:
        raise ValueError("attention with a window or capped scores can't be run by runs")
    if isinstance(runs, Lined):
        if dropout:
            raise ValueError("the kernels of engine.varlen have no dropout")
        return in_line(query, key, value, runs, scaling), None
    if runs is None:
        grouped = query.shape[1] != key.shape[1]
        whole = scaled_dot_product_attention(
            query, key, value, is_causal=True, dropout_p=dropout, scale=scaling, enable_gqa=grouped
        )
        return whole.transpose(1, 2).contiguous(), None
    query, key, value = (one[0].transpose(0, 1) for one in (query, key, value))
    return attend_by(runs, query, key, value, scale=scaling, dropout=dropout)[None], None


def attend_by(
    runs: Runs,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    scale: float | None,
    dropout: float = 0.0,
) -> Tensor:
    """What the tokens that attend find: [attending, heads, width], like `query`; `key` and `value`
    [tokens, heads or fewer, width]."""
    grouped = query.shape[1] != key.shape[1]
    asked, told = [one.queries for one in runs.blocks], [one.keys for one in runs.blocks]
    found = []
    for block, q, k, v in zip(
        runs.blocks,
        _Gathered.apply(query, *asked),
        _Gathered.apply(key, *told),
        _Gathered.apply(value, *told),
        strict=True,
    ):
        answer = scaled_dot_product_attention(
            q.transpose(1, 2),
            k.transpose(1, 2),
            v.transpose(1, 2),
            attn_mask=block.mask,
            is_causal=block.mask is None,
            dropout_p=dropout,
            scale=scale,
            enable_gqa=grouped,
        )
        found.append(answer.transpose(1, 2).flatten(0, 1))
    padded = torch.cat(found) if len(found) > 1 else found[0]
    return padded.index_select(0, runs.back)


class _Gathered(torch.autograd.Function):
    """[R, L, heads, width] of [tokens, heads, width] at each of some [R, L] places. Its gradient is one
    sum, where autograd would make a row of tokens for each of the places and add those up."""

    @staticmethod
    def forward(ctx: Any, tokens: Tensor, *places: Tensor) -> tuple[Tensor, ...]:
        ctx.save_for_backward(*places)
        ctx.shape = tokens.shape
        return tuple(
            tokens.index_select(0, one.flatten()).unflatten(0, one.shape) for one in places
        )

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        total = above[0].new_zeros(ctx.shape)
        for places, grad in zip(ctx.saved_tensors, above, strict=True):
            total.index_add_(0, places.flatten(), grad.flatten(0, 1))
        return total, *(None for _ in above)


@contextmanager
def by_runs(model: PreTrainedModel) -> Iterator[None]:
    """Inside, `model(…, runs=lay_out(parents))` attends by runs."""
    from transformers import AttentionInterface

    if NAME not in AttentionInterface():  # no mask of the same name: transformers makes none
        AttentionInterface.register(NAME, attend)
    config, before = model.config, model.config._attn_implementation
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = before
