"""Cross-entropy straight from hidden states: logits exist for a few positions at a time.

A vocabulary of 49,152 makes 200 KB of a label. Here a slice of logits becomes its own gradient in
place as soon as its loss is known, so nothing of that size is kept, copied or computed twice; the
gradients of hidden states and weight are those of `cross_entropy(hidden @ weight.T, …)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SLICE = {"cpu": 128, "cuda": 1024}
"""Positions at a time: their logits fit a processor's cache, and still make a good product. A GPU
reads the whole weight three times for each slice, so fewer and larger ones are its."""

PLAIN = frozenset(
    {"llama", "mistral", "qwen2", "qwen3", "smollm3", "gpt2", "gpt_neox", "phi3", "olmo2"}
)
"""Model types whose logits are what the output layer says, neither scaled nor capped."""


def is_plain(model: PreTrainedModel) -> bool:
    """Whether `summed_cross_entropy` with the output layer's weight is the model's own loss."""
    head = model.get_output_embeddings()
    return model.config.model_type in PLAIN and type(head) is nn.Linear and head.bias is None


def summed_cross_entropy(hidden: Tensor, weight: Tensor, row: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy summed over N labels, 0-d, in nats, computed in float32.

    hidden [M, width] at M positions, weight [vocabulary, width]; `row` [N], ascending, says which
    of the M each label follows, `targets` [N] which token it is.
    """
    return _Summed.apply(hidden, weight, row, targets)


def slices(positions: Tensor, row: Tensor) -> Iterator[tuple[slice, slice]]:
    """`SLICE` of the positions [M, any] at a time, each with the labels that follow them: `row` [N],
    ascending, says which of the M each label follows."""
    size = SLICE[positions.device.type]
    edges = torch.arange(0, len(positions) + size, size, device=row.device)
    for at, (first, last) in enumerate(torch.searchsorted(row, edges).unfold(0, 2, 1).tolist()):
        yield slice(at * size, (at + 1) * size), slice(first, last)


class _Summed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, row: Tensor, targets: Tensor) -> Tensor:
        wanted = ctx.needs_input_grad[0] or ctx.needs_input_grad[1]
        kind = hidden.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else weight.dtype
        factor, seen = weight.to(dtype), hidden.to(dtype)  # once, not once a slice
        above = torch.zeros_like(hidden) if ctx.needs_input_grad[0] else None
        d_weight = torch.zeros_like(weight) if ctx.needs_input_grad[1] else None
        times = torch.bincount(row, minlength=len(hidden)).to(torch.float32)
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        for part, labels in slices(hidden, row):
            logits = (seen[part] @ factor.t()).float()
            where = (row[labels] - part.start, targets[labels])
            said = logits[where]
            highest = logits.amax(-1, keepdim=True)
            logits.sub_(highest).exp_()
            summed = logits.sum(-1, keepdim=True)
            of_all = (summed.log() + highest)[:, 0]
            loss += of_all[where[0]].sum() - said.sum()
            if not wanted:
                continue
            d_logits = logits.mul_(times[part, None] / summed)
            d_logits.index_put_(where, d_logits.new_tensor(-1.0), accumulate=True)
            d_logits = d_logits.to(dtype)
            if above is not None:
                above[part] = d_logits @ factor
            if d_weight is not None:
                _add_product(d_weight, d_logits.t(), seen[part])
        ctx.save_for_backward(*(one for one in (above, d_weight) if one is not None))
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        [scale] = grads
        kept = iter(ctx.saved_tensors)
        wanted = ctx.needs_input_grad[:2]
        return *(next(kept) * scale if one else None for one in wanted), None, None


def _add_product(total: Tensor, one: Tensor, other: Tensor) -> None:
    """total += one @ other, summed in the format of `total`, whatever that of the factors is."""
    if total.dtype == one.dtype:
        total.addmm_(one, other)
    elif total.is_cuda and torch.cuda.get_device_capability(total.device) >= (8, 0):
        torch.addmm(total, one, other, out_dtype=total.dtype, out=total)
    else:
        total.addmm_(one.to(total.dtype), other.to(total.dtype))
