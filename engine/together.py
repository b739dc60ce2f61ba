"""What the processes of a `World` say to each other. Alone, nothing is said and nothing waits.

Every process must call each of these, in the same order. Imports torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import torch
from torch import distributed as dist

from engine.world import World

PATIENCE = timedelta(hours=12)
"""How long processes wait for each other: the main one may be measuring meanwhile."""
BUCKET = 16_000_000
"""Weights whose gradients are added up together: few messages, little memory."""


def join(world: World, device: torch.device) -> None:
    """Meet the others; once, before anything else here. On CUDA each takes its own GPU."""
    if world.size == 1:
        return
    on_gpu = device.type == "cuda"
    if on_gpu:
        torch.cuda.set_device(world.local_rank)
    backend = "cpu:gloo,cuda:nccl" if on_gpu else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)


def leave(world: World) -> None:
    """Part from the others, if they were met."""
    if world.size == 1:
        return
    if dist.is_initialized():
        dist.destroy_process_group()


def collected(world: World, mine: Sequence[Any]) -> list[Any]:
    """What `every` dealt out, brought together in every process; as JSON keeps it."""
    if world.size == 1:
        return list(mine)
    shares = gathered(world, list(mine))
    whole: list[Any] = [None] * sum(map(len, shares))
    for rank, share in enumerate(shares):
        whole[rank :: world.size] = share
    return whole


def sums(world: World, *values: float) -> list[float]:
    """Sums over the processes, in float64."""
    if world.size == 1:
        return list(values)
    total = torch.tensor(values, dtype=torch.float64)
    dist.all_reduce(total)
    return total.tolist()


def most(world: World, value: int) -> int:
    """The largest of the processes' values."""
    return max(gathered(world, value))


def told(world: World, value: Any) -> Any:
    """The main process's value in every process; as JSON keeps it."""
    return value if world.size == 1 else gathered(world, value if world.main else None)[0]


def gathered(world: World, value: Any) -> list[Any]:
    """Every process's value, by rank; as JSON keeps it."""
    if world.size == 1:
        return [value]
    texts: list[Any] = [None] * world.size
    dist.all_gather_object(texts, json.dumps(value))
    return [json.loads(text) for text in texts]


def add_gradients(world: World, weights: Iterable[torch.nn.Parameter]) -> None:
    """Add up the gradients of all processes; who had no micro-batch adds zeros."""
    if world.size == 1:
        return

    def add(bucket: list[torch.Tensor]) -> None:
        flat = torch.cat([one.flatten() for one in bucket])
        dist.all_reduce(flat)
        parts = flat.split([one.numel() for one in bucket])
        for one, part in zip(bucket, parts, strict=True):
            one.copy_(part.view_as(one))

    bucket: list[torch.Tensor] = []
    for weight in weights:
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
        bucket.append(weight.grad)
        if sum(one.numel() for one in bucket) > BUCKET:
            add(bucket)
            bucket = []
    if bucket:
        add(bucket)


def same(world: World, weights: Iterable[torch.Tensor]) -> None:
    """Give every process the main one's weights."""
    if world.size == 1:
        return
    for weight in weights:
        dist.broadcast(weight.detach(), 0)
