"""Measurements as costs: so many seconds or bytes a call, token, pair and label. Imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import torch

from engine.work import Passes


def fitted(
    passes: Sequence[Passes], values: Sequence[float], units: Sequence[str] = Passes._fields
) -> Passes:
    """What each unit costs: least squares of the relative error, nothing below zero.

    Of all ways to choose among the units, the best whose costs are all positive.
    """
    target = torch.tensor(values, dtype=torch.float64)
    if not target.gt(0).any():
        return Passes()
    weight = 1 / target.clamp_min(target.max() * 0.02)
    matrix = torch.tensor(passes, dtype=torch.float64)
    best, least = Passes(), float("inf")
    places = [Passes._fields.index(one) for one in units]
    for size in range(1, len(places) + 1):
        for chosen in combinations(places, size):
            columns = matrix[:, chosen]
            answer = torch.linalg.lstsq(
                columns * weight[:, None], (target * weight)[:, None], driver="gelsd"
            ).solution[:, 0]
            error = ((columns @ answer - target) * weight).square().sum().item()
            if answer.min() >= 0 and error < least * 0.98:
                values_of = dict(zip(chosen, answer.tolist(), strict=True))
                best = Passes(*(values_of.get(at, 0.0) for at in range(len(Passes._fields))))
                least = error
    return best
