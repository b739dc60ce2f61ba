"""Log-probabilities and entropy of answer tokens, with the gradient by hand.

Written as `log_softmax` and a sum, a vocabulary of 49,152 is kept five times over for every token.
Here it is kept twice, as the logits and as their gradient, in the model's own number format; what
lies between is made for a few positions at a time, in float32.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.output_layer import SLICE, slices


def answer_scores(
    logits: Tensor, row: Tensor, targets: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """log softmax(logits / temperature) at N tokens, and the entropy where each was chosen, without a
    gradient; both [N], in nats, float32.

    logits [M, vocabulary] at M positions; `row` [N] says at which of them each token was chosen,
    `targets` [N] which token it is.
    """
    return _Scores.apply(logits, row, targets, temperature)


class _Scores(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, row: Tensor, targets: Tensor, temperature: float
    ) -> tuple[Tensor, Tensor]:
        totals, entropies = [], []
        for part in logits.split(SLICE[logits.device.type]):
            x = part.float() / temperature
            total = x.logsumexp(-1)
            x.sub_(total[:, None])
            totals.append(total)
            entropies.append(x.exp().mul_(x).sum(-1).neg_())
        total, entropy = torch.cat(totals), torch.cat(entropies)[row]
        ctx.save_for_backward(logits, total, row, targets)
        ctx.temperature = temperature
        ctx.mark_non_differentiable(entropy)
        return logits[row, targets].float() / temperature - total[row], entropy

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        logits, total, row, targets = ctx.saved_tensors
        row, order = row.sort(stable=True)
        d_said = above[0].float()[order] / ctx.temperature
        targets = targets[order]
        d_total = torch.zeros_like(total).index_add_(0, row, d_said)
        d_logits = torch.empty_like(logits)
        for part, labels in slices(logits, row):
            x = logits[part].float() / ctx.temperature
            x.sub_(total[part, None]).exp_().mul_(-d_total[part, None])
            where = (row[labels] - part.start, targets[labels])
            x.index_put_(where, d_said[labels], accumulate=True)
            d_logits[part] = x
        return d_logits, None, None, None
