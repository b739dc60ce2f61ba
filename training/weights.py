"""What a safetensors file says of itself, without torch: read from its header alone."""

import json
import math
from pathlib import Path

LONGEST_HEADER = 100 * 1024 * 1024
"""The format's own limit."""


def count_parameters(folder: Path) -> int | None:
    """How many weights a model folder holds; None where a file can't be read."""
    try:
        return sum(_count(path) for path in folder.glob("*.safetensors"))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _count(path: Path) -> int:
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > LONGEST_HEADER:
            raise ValueError(f"{path.name} is not safetensors")
        header = json.loads(file.read(length))
    return sum(math.prod(one["shape"]) for name, one in header.items() if name != "__metadata__")
