"""Sharding: each process keeps a part of every weight, of its gradient and of the optimiser's state.

A layer's weights are gathered as it is run, forwards and backwards, and its gradients are added up
over the processes as they come, each process keeping its part of the sum: what `together.add_gradients`
does for whole ones. That is FSDP, by PyTorch's `fully_shard`; the parts are DTensors. Products are in
the run's number format without autocast, which would keep a second copy of what was gathered.

Every process has to run the same number of micro-batches then. Only what one process does alone,
measuring, needs whole weights (`whole`); it costs their size for as long as it lasts.
Source: Rajbhandari et al. (2020), "ZeRO"; Zhao et al. (2023), "PyTorch FSDP". Imports torch, and its
distributed parts, which take a while, only where something is sharded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import torch
from torch import Tensor, nn

from engine.stack import layers_of
from engine.world import World

if TYPE_CHECKING:
    from torch.distributed.tensor import DTensor

T = TypeVar("T")


class Sharded(nn.Module):
    """A model in parts. What is to run it comes as a deed, since the engine's forward passes
    don't go through a model's own."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, deed: Callable[[], T]) -> T:
        return deed()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Inside, each process has all weights and may run the model or not, as it likes, without
        gradients. Every process must enter."""
        from torch.distributed.fsdp import FSDPModule

        parts: list[Any] = [one for one in self.modules() if isinstance(one, FSDPModule)]
        layers = parts[1:]
        for one in layers:
            one.set_reshard_after_forward(False, recurse=False)
        try:
            with torch.no_grad():
                self(lambda: [one.unshard() for one in layers])
                yield
        finally:
            for one in layers:
                one.set_reshard_after_forward(True, recurse=False)
            parts[0].reset_iter_state()  # forgets what was run, and lets go of what is whole


def shard(model: nn.Module, world: World, device: torch.device, dtype: torch.dtype) -> Sharded:
    """Leave each process its part of the weights, on `device`; they may come on another, whole.

    Replaces the weights: what holds on to them, such as an optimiser, is made afterwards.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

    mesh = init_device_mesh(device.type, (world.size,))
    half = dtype != torch.float32
    policy = MixedPrecisionPolicy(dtype, torch.float32) if half else MixedPrecisionPolicy()
    sharded = Sharded(model)
    for module in (*layers_of(model), sharded):
        one = fully_shard(module, mesh=mesh, mp_policy=policy)
        one.set_gradient_divide_factor(1.0)  # shares of a loss add up to it
        one.set_force_sum_reduction_for_comms(True)  # gloo knows no other way to say so
    return sharded


def gather(world: World, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors whole on the CPU, in the main process; nothing in the others, which must call it too.

    One tensor at a time is whole on the device. Names of one tensor stay names of one tensor.
    """
    known: dict[Tensor, Tensor] = {}
    for one in tensors.values():
        if one not in known:
            every = whole(one.detach())
            known[one] = every.cpu() if world.main else every.new_empty(0)
    return {name: known[one] for name, one in tensors.items()} if world.main else {}


def whole(tensor: Tensor) -> Tensor:
    """A tensor out of the processes' parts, in each of them; every process must call it."""
    return tensor.full_tensor() if _in_parts(tensor) else tensor


def like(weight: Tensor, value: Tensor) -> Tensor:
    """A whole tensor where and as `weight` is: this process's part of it where that is sharded."""
    value = value.to(weight.device)
    if not _in_parts(weight) or value.shape != weight.shape:
        return value  # such as a count of steps, which is no part of anything
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(value, weight.device_mesh, weight.placements, src_data_rank=None)


def part(tensor: Tensor) -> Tensor:
    """This process's part of a tensor, which shares its memory; all of it where it isn't sharded."""
    return tensor.to_local() if _in_parts(tensor) else tensor


def _in_parts(tensor: Tensor) -> TypeGuard[DTensor]:
    return hasattr(tensor, "full_tensor")  # asking for its class would import it
