"""What the machine has: device, number format, free cores. Imports torch."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

import torch

from engine.errors import SpecError
from engine.words import _


def choose_device(wanted: str) -> torch.device:
    """`auto` takes CUDA where there is one. Raises SpecError for cuda without a GPU."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise SpecError({"device": _("this machine has no CUDA device; choose auto or cpu")})
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """`auto` takes bfloat16 where the processor multiplies it natively, else float32."""
    if wanted != "auto":
        return getattr(torch, wanted)
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        capabilities = torch.cpu.get_capabilities()
        native = bool(
            capabilities.get("avx512_bf16")
            or capabilities.get("amx_bf16")
            or capabilities.get("bf16")
        )
    return torch.bfloat16 if native else torch.float32


def be_deterministic() -> None:
    """Only algorithms that give the same bits each time, from now on; before CUDA is used."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # cuBLAS reads nothing but the environment
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False


def use_threads(wanted: int, sharing: int = 1) -> int:
    """Set torch's thread count and return it; 0 takes the cores that are free now, at least one.

    `sharing` processes of the same job divide those among them.
    """
    threads = wanted or max(1, round((len(own_cores()) - busy_cores()) / sharing))
    torch.set_num_threads(threads)
    return threads


def own_cores() -> set[int]:
    """Numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


def busy_cores(seconds: float = 0.3) -> float:
    """How many of our cores others keep busy, looked at while this process sleeps.

    The load average would not do: it looks back a minute, and counts our own start-up, which
    keeps one core busy. Only where /proc/stat is missing it has to serve, less that one.
    """
    before = _times()
    if not before:
        return max(0.0, os.getloadavg()[0] - 1)
    time.sleep(seconds)
    return sum(
        1 - (idle - before[core].idle) / max(1, total - before[core].total)
        for core, (idle, total) in _times().items()
        if core in before
    )


class Times(NamedTuple):
    """Ticks of a core since boot."""

    idle: int
    total: int


def _times() -> dict[int, Times]:
    """Of each of our cores, from Linux's /proc/stat; empty elsewhere. What niced processes use
    counts as idle: they give way to us."""
    try:
        with open("/proc/stat") as file:
            lines = [line.split() for line in file if line.startswith("cpu")]
    except OSError:
        return {}
    named = {int(name[3:]): [int(one) for one in ticks] for name, *ticks in lines if name != "cpu"}
    return {
        core: Times(idle=ticks[1] + ticks[3] + ticks[4], total=sum(ticks[:8]))
        for core, ticks in named.items()
        if core in own_cores()
    }
