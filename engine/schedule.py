"""The learning rate as a pure function of the step. Light: no torch."""

from __future__ import annotations

import math

from engine.settings import TrainSettings


def learning_rate(settings: TrainSettings, step: int, total: int) -> float:
    """The rate of optimiser step `step` (from 0) of `total`.

    Rises linearly over the warm-up share, reaching the peak on its last step, then falls to zero
    along a cosine or a line, or stays; wsd (warm-up, stable, decay) stays, and falls by 1 − √x over
    the decay share at the end. Source: Hägele et al. (2024), "Scaling laws and compute-optimal
    training beyond fixed training durations".
    """
    warmup = math.ceil(settings.warmup * total)
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    left = 1 - (step - warmup) / max(1, total - warmup)
    if settings.schedule == "cosine":
        left = 0.5 * (1 - math.cos(math.pi * left))
    elif settings.schedule == "wsd":
        falling = max(1, round(settings.decay * total)) if settings.decay else 0
        gone = step - (total - falling)
        left = 1 - math.sqrt(gone / falling) if gone > 0 else 1.0
    elif settings.schedule == "constant":
        left = 1.0
    return settings.learning_rate * left
