"""Linear layers that read the same input, with or without LoRA adapters, forwards and backwards by hand.

    y = x Wᵀ + b + s (x Aᵀ) Bᵀ        of each layer

What is low-rank is done for all of them in one product: a processor multiplies by 48 columns about
as fast as by 16. It is added into the large products in place, and frozen weights get no gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class Linear(NamedTuple):
    """One layer: weight [out, in], down A [rank, in], up B [out, rank]."""

    weight: Tensor
    bias: Tensor | None
    down: Tensor | None
    up: Tensor | None
    scale: float

    @property
    def tensors(self) -> tuple[Tensor | None, ...]:
        return self[:4]


def linear(layer: nn.Module) -> Linear | None:
    """What a layer computes now, its adapter switched off or merged or not; None where it is more
    than a product: 4-bit weights, DoRA, dropout, several adapters."""
    if type(layer) is nn.Linear:
        return Linear(layer.weight, layer.bias, None, None, 0.0)
    from engine.low_rank import LowRankLinear  # and with it peft: a second that others needn't wait

    if type(layer) is not LowRankLinear or type(layer.base_layer) is not nn.Linear:
        return None
    base = layer.base_layer
    if layer.disable_adapters != bool(layer.merged):  # off, or in the weight already
        return Linear(base.weight, base.bias, None, None, 0.0)
    name = layer.alone(base.weight)
    if name is None:
        return None
    down: Any = layer.lora_A[name]
    up: Any = layer.lora_B[name]
    return Linear(base.weight, base.bias, down.weight, up.weight, layer.scaling[name])


def forward(
    x: Tensor, layers: Sequence[Linear], into: Sequence[Tensor | None] = ()
) -> tuple[list[Tensor], Tensor | None]:
    """Their answers [N, out] to x [N, in], and what backward wants to see again.

    `into` says where answers shall be written, for those that shall stand side by side.
    """
    downs = [one.down for one in layers if one.down is not None]
    inner = x @ _joint(downs).t() if downs else None
    answers, at = [], 0
    for layer, out in zip(layers, into or [None] * len(layers), strict=True):
        if layer.bias is None:
            y = torch.mm(x, layer.weight.t(), out=out)
        else:
            y = torch.addmm(layer.bias, x, layer.weight.t(), out=out)
        if inner is not None and layer.down is not None and layer.up is not None:
            rank = len(layer.down)
            y.addmm_(inner[:, at : at + rank], layer.up.t(), alpha=layer.scale)
            at += rank
        answers.append(y)
    return answers, inner


def backward(
    x: Tensor,
    inner: Tensor | None,
    layers: Sequence[Linear],
    above: Sequence[Tensor],
    wanted: Sequence[bool],
    *,
    below: bool = True,
) -> tuple[Tensor | None, list[Tensor | None]]:
    """The gradient of x, if it is wanted `below`, and those of the layers' tensors, four each.

    `above` are the gradients of the answers, `wanted` says which of the tensors want theirs.
    """
    grads: list[Tensor | None] = [None] * (4 * len(layers))
    middle = None if inner is None else torch.empty_like(inner)
    dx: Tensor | None = None
    at = 0
    for number, (layer, dy) in enumerate(zip(layers, above, strict=True)):
        weight, bias, _, up = range(4 * number, 4 * number + 4)
        if below:
            dx = dy @ layer.weight if dx is None else dx.addmm_(dy, layer.weight)
        if wanted[weight]:
            grads[weight] = dy.t() @ x
        if wanted[bias]:
            grads[bias] = dy.sum(0)
        if inner is None or middle is None or layer.down is None or layer.up is None:
            continue
        part = slice(at, at + len(layer.down))
        torch.mm(dy, layer.up, out=middle[:, part]).mul_(layer.scale)
        if wanted[up]:
            grads[up] = (dy.t() @ inner[:, part]).mul_(layer.scale)
        at += len(layer.down)
    if middle is not None:
        downs = [one.down for one in layers if one.down is not None]
        if dx is not None:
            dx.addmm_(middle, _joint(downs))
        places = [4 * at + 2 for at, one in enumerate(layers) if one.down is not None]
        if any(wanted[place] for place in places):
            every = (middle.t() @ x).split([len(one) for one in downs])
            for place, grad in zip(places, every, strict=True):
                grads[place] = grad if wanted[place] else None
    return dx, grads


def _joint(downs: Sequence[Tensor]) -> Tensor:
    return downs[0] if len(downs) == 1 else torch.cat(list(downs))
