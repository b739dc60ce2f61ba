"""A LoRA layer as one operation: y = x Wᵀ + b + s (x Aᵀ) Bᵀ, and its gradients.

The same function as peft's, without its copies: the low-rank part is added into the product in
place, forwards and backwards, nothing but x and x Aᵀ is kept, and the frozen W gets no gradient.
peft's layer makes five tensors of the size of y, and keeps three.
"""

from __future__ import annotations

from typing import Any

import torch
from peft.tuners import lora
from torch import Tensor, nn


class LowRank(torch.autograd.Function):
    """x [N, in], weight [out, in] (frozen), down A [rank, in], up B [out, rank]."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, down: Tensor, up: Tensor, s: float
    ) -> Tensor:
        inner = x @ down.t()
        y = x @ weight.t() if bias is None else torch.addmm(bias, x, weight.t())
        ctx.save_for_backward(x, weight, down, up, inner)
        ctx.scale = s
        return y.addmm_(inner, up.t(), alpha=s)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        [dy] = grads
        x, weight, down, up, inner = ctx.saved_tensors
        above = (dy @ up).mul_(ctx.scale)
        dx = None
        if ctx.needs_input_grad[0]:
            dx = (dy @ weight).addmm_(above, down)
        d_up = (dy.t() @ inner).mul_(ctx.scale)
        return dx, None, None, above.t() @ x, d_up, None


class LowRankLinear(lora.Linear):
    """peft's layer, run by `LowRank` where that says the same; by peft otherwise."""

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        name = self.alone(x)
        if name is None or args or kwargs:
            return super().forward(x, *args, **kwargs)
        base = self.base_layer
        y = LowRank.apply(
            x.flatten(0, -2),
            base.weight,
            base.bias,
            self.lora_A[name].weight,
            self.lora_B[name].weight,
            self.scaling[name],
        )
        return y.unflatten(0, x.shape[:-1])

    def alone(self, x: Tensor) -> str | None:
        """The one adapter at work, if it is plain and all is of one number format; else None."""
        if self.disable_adapters or self.merged or len(self.active_adapters) != 1:
            return None
        [name] = self.active_adapters
        if name not in self.lora_A or name in self.lora_variant or self.lora_bias.get(name):
            return None
        if self.training and not isinstance(self.lora_dropout[name], nn.Identity):
            return None
        base = self.base_layer
        if base.weight.requires_grad or (base.bias is not None and base.bias.requires_grad):
            return None
        formats = {x.dtype, base.weight.dtype, self.lora_A[name].weight.dtype}
        return name if len(formats) == 1 and not torch.is_autocast_enabled(x.device.type) else None


def fuse(model: nn.Module) -> None:
    """Let peft's plain linear layers in a model run as one operation each."""
    for layer in model.modules():
        if type(layer) is lora.Linear and type(layer.base_layer) is nn.Linear:
            layer.__class__ = LowRankLinear
