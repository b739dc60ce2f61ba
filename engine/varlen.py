"""Attention on CUDA: a row's runs behind one another, through kernels that take sequences of any length.

The queries of a row stand run after run as they are; of keys, each run gets its ancestors' and its own:

    row      ⟨instruction, question 1⟩⟨question 2⟩
    queries  ⟨instruction, question 1⟩⟨question 2⟩                 7 and 3 of them
    keys     ⟨instruction, question 1⟩⟨instruction, question 2⟩    7 and 8 of them

Causal, aligned at the end of each, that is what `engine.attention` computes, without its padding and
masks. The kernel is flash-attn's where that is installed, else PyTorch's own. They differ by version in
what they align and support, so one is used only after it has said of a few tokens, forwards and
backwards, what PyTorch's plain attention says; where none does, attention goes by blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from engine.runs import Run, runs_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Line(NamedTuple):
    """Where the runs of a row begin and end; R of them, with T queries and K keys."""

    keys: Tensor | None
    """[K] places in the row; None where they are the row, as nothing is shared."""
    query_ends: Tensor
    """[R + 1] int32: the first is 0, then where each run ends among the queries."""
    key_ends: Tensor
    """[R + 1] int32, the same among the keys."""
    longest: int
    """Queries of a run at most."""
    most: int
    """Keys of a run at most."""


Kernel = Callable[[Tensor, Tensor, Tensor, Line, float | None], Tensor]
"""Query [T, heads, width], key and value [K, heads or fewer, width], line, scale (None: 1/√width)
to [T, heads, width]."""


class Lined(NamedTuple):
    """How a row goes through attention in line."""

    line: Line
    kernel: Kernel
    dtype: torch.dtype
    """Number format that the kernel is to be given; autocast knows nothing of it."""


def in_line(query: Tensor, key: Tensor, value: Tensor, lined: Lined, scale: float | None) -> Tensor:
    """Query [1, heads, tokens, width], key and value likewise with as many heads or fewer, as
    transformers hands them over; returns [1, tokens, heads, width]."""
    line, kernel, dtype = lined
    query, key, value = (
        one[0].transpose(0, 1).to(dtype).contiguous() for one in (query, key, value)
    )
    if line.keys is not None:
        key, value = key.index_select(0, line.keys), value.index_select(0, line.keys)
    return kernel(query, key, value, line, scale)[None]


def line_up(runs: Sequence[Run], device: torch.device) -> Line:
    places = [at for run in runs for at in (*run.ancestors, *range(run.start, run.end))]
    shared = any(run.ancestors for run in runs)
    lengths, keys = [run.length for run in runs], [run.keys for run in runs]

    def ends(sizes: list[int]) -> Tensor:
        return torch.tensor([0, *accumulate(sizes)], dtype=torch.int32, device=device)

    return Line(
        torch.tensor(places, device=device) if shared else None,
        ends(lengths),
        ends(keys),
        max(lengths),
        max(keys),
    )


def flash_attn(
    query: Tensor, key: Tensor, value: Tensor, line: Line, scale: float | None
) -> Tensor:
    """flash-attn's kernel. Raises ImportError where it isn't installed."""
    from flash_attn import flash_attn_varlen_func

    return flash_attn_varlen_func(
        *(query, key, value, line.query_ends, line.key_ends, line.longest, line.most),
        softmax_scale=scale,
        causal=True,
        deterministic=torch.are_deterministic_algorithms_enabled(),
    )


def torchs(query: Tensor, key: Tensor, value: Tensor, line: Line, scale: float | None) -> Tensor:
    """PyTorch's kernel, which asks for nothing else to be installed."""
    from torch.nn.attention.varlen import varlen_attn

    found = varlen_attn(
        *(query, key, value, line.query_ends, line.key_ends, line.longest, line.most),
        scale=scale,
        window_size=(-1, 0),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    assert isinstance(found, Tensor)
    return found


def one_by_one(
    query: Tensor, key: Tensor, value: Tensor, line: Line, scale: float | None
) -> Tensor:
    """Run after run by plain attention, on any device: slow, and what the kernels are held to."""
    found = []
    asking, seen = line.query_ends.tolist(), line.key_ends.tolist()
    for at in range(len(asking) - 1):
        mine, theirs = slice(asking[at], asking[at + 1]), slice(seen[at], seen[at + 1])
        queries, keys, values = (
            one.transpose(0, 1)[None] for one in (query[mine], key[theirs], value[theirs])
        )
        length, width = queries.shape[2], keys.shape[2]
        reach = torch.ones(length, width, dtype=torch.bool, device=query.device)
        answer = scaled_dot_product_attention(
            *(queries, keys, values),
            attn_mask=reach.tril(width - length),
            scale=scale,
            enable_gqa=query.shape[1] != key.shape[1],
        )
        found.append(answer[0].transpose(0, 1))
    return torch.cat(found)


KERNELS: tuple[Kernel, ...] = (flash_attn, torchs)
"""In the order of trying."""


class Shape(NamedTuple):
    """What decides whether a kernel can serve a model."""

    heads: int
    key_heads: int
    width: int
    dtype: torch.dtype


@cache
def trusted(
    shape: Shape, device: torch.device, kernels: tuple[Kernel, ...] = KERNELS
) -> Kernel | None:
    """The first kernel that agrees with plain attention on a small tree; None where none does."""
    expected = _trial(one_by_one, shape, device)
    for kernel in kernels:
        try:
            found = _trial(kernel, shape, device)
        except torch.OutOfMemoryError:
            raise  # nothing is wrong with the kernel; what is remembered would be, for the whole process
        except (ImportError, RuntimeError, ValueError, TypeError, AssertionError):
            continue  # not installed, or not for this GPU, number format or width
        gaps = zip(found, expected, strict=True)
        if all((one - other).norm() <= 0.02 * other.norm() for one, other in gaps):
            return kernel
    return None


def _trial(kernel: Kernel, shape: Shape, device: torch.device) -> list[Tensor]:
    """Answers and gradients of a tree of three runs, the second of which hangs on the first."""
    line = line_up(runs_of([-1, 0, 1, 2, 3, 2, 5, 6, -1, 8]), device)
    assert line.keys is not None
    chance = torch.Generator().manual_seed(3)  # the run's own generators stay where they are
    query, key, value = (
        torch.randn(10, heads, shape.width, generator=chance).to(device, shape.dtype)
        for heads in (shape.heads, shape.key_heads, shape.key_heads)
    )
    inputs = [query, key.index_select(0, line.keys), value.index_select(0, line.keys)]
    with torch.enable_grad(), torch.autocast(device.type, enabled=False):
        query, key, value = inputs = [one.detach().requires_grad_() for one in inputs]
        answer = kernel(query, key, value, line, None)
        weights = torch.randn(answer.shape, generator=chance).to(answer)
        gradients = torch.autograd.grad(answer, inputs, weights)
    return [one.detach().float() for one in (answer, *gradients)]


def kernel_for(model: PreTrainedModel) -> tuple[Kernel, torch.dtype] | None:
    """The kernel for a model as it would be run now, and the number format that it is to be given;
    None where there is none: without CUDA, in float32, with dropout in its attention, or with heads of
    several widths."""
    device, config = model.device, model.config
    if device.type != "cuda":
        return None
    autocast = torch.is_autocast_enabled("cuda")
    dtype = torch.get_autocast_dtype("cuda") if autocast else model.dtype
    drops = any(getattr(config, name, 0.0) for name in ("attention_dropout", "attn_pdrop"))
    heads = getattr(config, "num_attention_heads", 0)
    if dtype not in (torch.bfloat16, torch.float16) or not heads or (drops and model.training):
        return None
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    if any(getattr(config, name, width) != width for name in ("qk_head_dim", "v_head_dim")):
        return None  # DeepSeek's latent attention: values are of another width than keys
    shape = Shape(heads, getattr(config, "num_key_value_heads", None) or heads, width, dtype)
    kernel = trusted(shape, device)
    return (kernel, dtype) if kernel else None
