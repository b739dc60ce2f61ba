"""The hash of a folder's weights: of what training began with, and of what it made. Light: no torch."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from engine.run_dir import write_atomically

REMEMBERED = ".weights.json"
"""Beside a base model's weights: their hash, and the sizes and times of the files that it was of."""


def weights_hash(folder: Path) -> str:
    """SHA-256 over the weights' files, in order of their names."""
    digest = hashlib.sha256()
    for path in _files(folder):
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def remembered_weights_hash(folder: Path) -> str:
    """The same, read once as long as the files stay as they are; a folder that can't be written to is
    read each time."""
    stamp = [[one.name, one.stat().st_size, one.stat().st_mtime_ns] for one in _files(folder)]
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads((folder / REMEMBERED).read_text(encoding="utf-8"))
        if known["files"] == stamp:
            return str(known["sha256"])
    found = weights_hash(folder)
    with contextlib.suppress(OSError):
        write_atomically(folder / REMEMBERED, json.dumps({"files": stamp, "sha256": found}))
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))
