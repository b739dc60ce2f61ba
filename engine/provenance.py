"""What a process runs on, and which engine it is: for a run's reproducibility sheet. Imports torch."""

from __future__ import annotations

import hashlib
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from engine.machine import memory_bytes, processor

ROOT = Path(__file__).resolve().parent
PACKAGES = ("torch", "transformers", "peft", "tokenizers", "safetensors")


def describe() -> dict[str, Any]:
    """Hardware, versions, and the engine by its commit and by its source, which may differ from it."""
    return {
        "versions": versions(),
        "engine": {"commit": commit(), "source_sha256": source_hash()},
        "platform": platform.platform(),
        "cpu": {"name": processor(), "cores": os.cpu_count(), "capability": _capability()},
        "memory_bytes": memory_bytes(),
        "gpus": _gpus(),
        "cuda": torch.version.cuda if torch.cuda.is_available() else None,
    }


def versions() -> dict[str, str]:
    """What a run has to be repeated with."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def commit(root: Path = ROOT.parent) -> str | None:
    """The commit that is checked out, read without git; None where there is no repository."""
    folder = root / ".git"
    try:
        if folder.is_file():  # a worktree: the file says where its folder is
            folder = root / folder.read_text("utf-8").removeprefix("gitdir:").strip()
        head = (folder / "HEAD").read_text("utf-8").strip()
        if not head.startswith("ref:"):
            return head
        return _resolve(folder, head.removeprefix("ref:").strip())
    except OSError:
        return None


def source_hash(root: Path = ROOT) -> str:
    """SHA-256 over the engine's own source: names and texts, in the order of the names."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _resolve(folder: Path, reference: str) -> str | None:
    common = folder / "commondir"
    shared = folder / common.read_text("utf-8").strip() if common.is_file() else folder
    for place in (folder, shared):
        if (place / reference).is_file():
            return (place / reference).read_text("utf-8").strip()
    packed = (shared / "packed-refs").read_text("utf-8").splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {reference}")), None)


def _capability() -> str:
    """The instruction set that torch's kernels were chosen for: it decides the last bits."""
    return torch.backends.cpu.get_cpu_capability()


def _gpus() -> list[dict[str, Any]]:
    if not torch.cuda.is_available():
        return []
    cards = [torch.cuda.get_device_properties(at) for at in range(torch.cuda.device_count())]
    return [
        {
            "name": one.name,
            "memory_bytes": one.total_memory,
            "capability": f"{one.major}.{one.minor}",
        }
        for one in cards
    ]
