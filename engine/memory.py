"""What this process holds, now and at most since a moment: the GPU's memory on CUDA, else resident."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import sys
from pathlib import Path

import torch

STATUS = Path("/proc/self/status")
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""glibc's words for mallopt, of malloc.h."""


def held_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return _status("VmRSS")


def forget_peak(device: torch.device, *, give_back: bool = True) -> None:
    """From now on `peak_bytes` is of what comes. Where Linux doesn't let us, the old peak stays."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    else:
        if give_back:
            _give_back()
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")


def peak_bytes(device: torch.device) -> int:
    """On Linux from /proc: getrusage's peak is inherited through fork and exec, so that a small
    process started by a large one would seem as large. Elsewhere it has to do."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return _status("VmHWM") or _inherited_peak()


def keep_freed() -> None:
    """Let glibc keep what is freed, for the next step to take: given back, every page of a step's
    gradients would be asked for and zeroed anew. Blocks of 32 MiB and more still go back."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(M_TRIM_THRESHOLD, 512 << 20)


def _give_back() -> None:
    """Freed memory goes back to the system (glibc keeps it), or the next peak would hide in it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _status(name: str) -> int:
    """A line of Linux's /proc/self/status in bytes; 0 elsewhere."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return 0
    found = (line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return int(next(found, 0)) * 1024


def _inherited_peak() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
