"""A Llama-like decoder layer as two operations around its attention, with gradients by hand.

    x ─┬─ norm ─ q, k, v ─ turn ─▸ attention ─▸ o ─ + ─┬─ norm ─ gate, up ─ silu, · ─ down ─ + ─▸
       └─────────────────────────────────────────────┘ └───────────────────────────────────┘
          `before`                              `after`

The same function as transformers', whose layer is some thirty operations: each reads and writes the
whole row of tokens, and most keep a copy for the backward pass. Here what is added is added in
place, and what is cheap is computed again instead of being kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from engine import products
from engine.products import Linear, linear

KNOWN = frozenset({"LlamaDecoderLayer", "MistralDecoderLayer", "Qwen2DecoderLayer"})
"""Classes of transformers that compute what is drawn above, and nothing else."""

HALVES = frozenset({torch.bfloat16, torch.float16})
"""Formats of weights whose norms transformers computes in float32; here everything is in one."""


class Norm(NamedTuple):
    """x · (mean x² + ε)^-½ · w, over the last dimension."""

    weight: Tensor
    epsilon: float


class Layer(NamedTuple):
    """A decoder layer's weights, as they are used now."""

    asks: list[Linear]
    """Of queries, keys and values."""
    answers: Linear
    """Behind attention."""
    opens: list[Linear]
    """Gate and up."""
    closes: Linear
    """Down."""
    norms: tuple[Norm, Norm]
    width: int
    """Of a head."""
    scale: float
    """Of attention's scores."""


class Turn(NamedTuple):
    """What turns queries and keys by their positions: both [tokens, 1, width of a head]."""

    cos: Tensor
    sin: Tensor


def layer_of(module: nn.Module) -> Layer | None:
    """A decoder layer as this file computes it; None where it is of another kind, or anything in it
    is out of the ordinary: wrapped, hooked, recomputed, in halves or 4 bits, with dropout or a window."""
    if type(module).__name__ not in KNOWN or _watched(module):
        return None
    attention: Any = module.self_attn
    mlp: Any = module.mlp
    windows = (getattr(one, "sliding_window", None) for one in (attention, attention.config))
    if any(windows) or type(mlp.act_fn) not in (nn.SiLU, _silu()):
        return None
    if module.training and attention.attention_dropout:
        return None
    names = ("q_proj", "k_proj", "v_proj", "o_proj")
    found = [linear(getattr(attention, name)) for name in names]
    found += [linear(getattr(mlp, name)) for name in ("gate_proj", "up_proj", "down_proj")]
    plain = [one for one in found if one is not None]
    norms = [norm_of(one) for one in (module.input_layernorm, module.post_attention_layernorm)]
    tensors = [*(norm.weight for norm in norms), *(one for each in plain for one in each.tensors)]
    formats = {one.dtype for one in tensors if one is not None}
    if len(plain) < len(found) or len(formats) != 1 or formats & HALVES:
        return None
    return Layer(
        plain[:3], plain[3], plain[4:6], plain[6], (norms[0], norms[1]),
        attention.head_dim, attention.scaling,
    )  # fmt: skip


def norm_of(module: Any) -> Norm:
    """A Llama-like norm's weight and ε."""
    return Norm(module.weight, module.variance_epsilon)


def normed(x: Tensor, norm: Norm) -> Tensor:
    """The norm of each token of x [tokens, hidden]."""
    return Normed.apply(x, norm.weight, norm.epsilon)


def before(
    x: Tensor, layer: Layer, turn: Turn, only: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values [tokens, heads, width] of x [tokens, hidden]; queries of `only` these
    tokens, where they are given."""
    y = normed(x, layer.norms[0])
    if only is None:
        return Heads.apply(y, layer.asks, turn, layer.width, *_flat(layer.asks))
    ask, *others = layer.asks
    theirs = Turn(turn.cos[only], turn.sin[only])
    [q] = Heads.apply(y.index_select(0, only), [ask], theirs, layer.width, *_flat([ask]))
    k, v = Heads.apply(y, others, turn, layer.width, *_flat(others))
    return q, k, v


def after(x: Tensor, heads: Tensor, layer: Layer) -> Tensor:
    """The layer's answer [tokens, hidden], from its input and what attention found
    [tokens, heads, width]."""
    every = [layer.answers, *layer.opens, layer.closes]
    return After.apply(x, heads, layer, layer.norms[1].weight, *_flat(every))


class Normed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        y, size = _normed(x, weight, epsilon)
        ctx.save_for_backward(x, weight, size)
        return y

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, size = ctx.saved_tensors
        return *_norm_backward(above[0], x, weight, size, ctx.needs_input_grad[:2]), None


class Heads(torch.autograd.Function):
    """y [tokens, hidden] → what some layers make of it [tokens, heads, width], all but values turned.

    The layers' tensors come as arguments too, for autograd.
    """

    @staticmethod
    def forward(
        ctx: Any, y: Tensor, layers: list[Linear], turn: Turn, width: int, *_: Tensor | None
    ) -> tuple[Tensor, ...]:
        wide = [len(one.weight) for one in layers]
        turned = wide[:2] if len(wide) == 3 else wide[:1]
        both = y.new_empty(len(y), sum(turned))  # turned together, so they stand together
        into = [*both.split(turned, 1), *[None] * (len(wide) - len(turned))]
        answers, inner = products.forward(y, layers, into)
        _turn(both.unflatten(1, (-1, width)), turn.cos, turn.sin)
        ctx.save_for_backward(y, inner, turn.cos, turn.sin)
        ctx.layers, ctx.turned, ctx.width = layers, turned, width
        return tuple(one.unflatten(1, (-1, width)) for one in answers)

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        y, inner, cos, sin = ctx.saved_tensors
        grads = [one.flatten(1) for one in above]
        count = len(ctx.turned)
        both = torch.cat(grads[:count], 1)
        _turn(both.unflatten(1, (-1, ctx.width)), cos, -sin)
        wanted = ctx.needs_input_grad
        above = (*both.split(ctx.turned, 1), *grads[count:])
        dy, found = products.backward(y, inner, ctx.layers, above, wanted[4:], below=wanted[0])
        return dy, None, None, None, *found


class After(torch.autograd.Function):
    """x, heads → the layer's answer; the tensors of its four products come as arguments."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, heads: Tensor, layer: Layer, weight: Tensor, *_: Tensor | None
    ) -> Tensor:
        heads = heads.flatten(1)
        [h], inner_o = products.forward(heads, [layer.answers])
        h += x
        y, size = _normed(h, *layer.norms[1])
        (gate, up), inner_open = products.forward(y, layer.opens)
        [out], inner_close = products.forward(silu(gate).mul_(up), [layer.closes])
        ctx.save_for_backward(heads, h, y, size, gate, up, inner_o, inner_open, inner_close)
        ctx.layer = layer
        return out.add_(h)

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        [dout] = above
        heads, h, y, size, gate, up, inner_o, inner_open, inner_close = ctx.saved_tensors
        layer: Layer = ctx.layer
        wanted = ctx.needs_input_grad
        bright = silu(gate)
        dm, d_close = products.backward(
            bright * up, inner_close, [layer.closes], [dout], wanted[16:]
        )
        assert dm is not None
        du = bright.mul_(dm)
        dg = torch.ops.aten.silu_backward(dm.mul_(up), gate)
        dy, d_open = products.backward(y, inner_open, layer.opens, [dg, du], wanted[8:16])
        assert dy is not None
        norm = layer.norms[1].weight
        dh, d_weight = _norm_backward(dy, h, norm, size, (True, wanted[3]))
        assert dh is not None
        dh += dout
        d_heads, d_o = products.backward(
            heads, inner_o, [layer.answers], [dh], wanted[4:8], below=wanted[1]
        )
        if d_heads is not None:
            d_heads = d_heads.unflatten(1, (-1, layer.width))
        return dh if wanted[0] else None, d_heads, None, d_weight, *d_o, *d_open, *d_close


def _normed(x: Tensor, weight: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """Its answer, and the factor of each token [tokens, 1]."""
    size = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    size = size.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
    return (x * size).mul_(weight), size


def _norm_backward(
    dy: Tensor, x: Tensor, weight: Tensor, size: Tensor, wanted: Sequence[bool]
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients of x and of the norm's weight, those that are wanted."""
    both = dy * x
    d_weight = size.t().mm(both)[0] if wanted[1] else None
    if not wanted[0]:
        return None, d_weight
    # A copy, as its product's last bit depends on where a vector lies, and safetensors puts it anywhere.
    along = both.mv(weight.clone())[:, None].mul_(size**3).div_(-x.shape[-1])
    return (dy * weight).mul_(size).addcmul_(x, along), d_weight


def _turn(heads: Tensor, cos: Tensor, sin: Tensor) -> None:
    """Turn queries and keys [tokens, heads, width], in place."""
    half = heads.shape[-1] // 2
    swapped = heads.roll(half, -1)
    swapped[..., :half].neg_()
    heads.mul_(cos).addcmul_(swapped, sin)


def _flat(layers: list[Linear]) -> list[Tensor | None]:
    return [one for layer in layers for one in layer.tensors]


def _watched(module: nn.Module) -> bool:
    """Whether anybody stands between a layer's parts: hooks, a compiler, activations computed twice."""
    return getattr(module, "gradient_checkpointing", False) or any(
        one._forward_hooks
        or one._forward_pre_hooks
        or one._backward_hooks
        or hasattr(one, "_hf_hook")
        or one._compiled_call_impl is not None
        for one in module.modules()
    )


def _silu() -> type[nn.Module]:
    from transformers.activations import SiLUActivation

    return SiLUActivation
