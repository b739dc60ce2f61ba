"""Rows of different lengths as one tensor, padded on the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from engine.decoding import Ids


class Padded(NamedTuple):
    ids: torch.Tensor
    """[rows, longest], 0 where padded."""
    real: torch.Tensor
    """[rows, longest], False where padded."""


def padded(rows: Sequence[Ids], device: torch.device) -> Padded:
    lengths = torch.tensor([len(row) for row in rows])
    width = int(lengths.max())
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
    return Padded(ids.to(device), (torch.arange(width) < lengths[:, None]).to(device))
