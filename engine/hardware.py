"""What the machine has: device, number format, free cores. Imports torch."""

from __future__ import annotations

import os

import torch

from engine.errors import SpecError


def choose_device(wanted: str) -> torch.device:
    """`auto` takes CUDA where there is one. Raises SpecError for cuda without a GPU."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise SpecError({"device": "this machine has no CUDA device; choose auto or cpu"})
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """`auto` takes bfloat16 where the processor multiplies it natively, else float32."""
    if wanted != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[wanted]
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


def use_threads(wanted: int) -> int:
    """Set torch's thread count and return it; 0 takes the cores that are free now, at least one.

    More threads than free cores is ten times slower, not merely unfair: torch's threads spin
    while they wait for each other.
    """
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    threads = wanted or max(1, cores - round(os.getloadavg()[0]))
    torch.set_num_threads(threads)
    return threads


def peak_memory(device: torch.device) -> int:
    """The most memory that this process has held, in bytes: the GPU's on CUDA, else resident."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    import resource
    import sys

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
