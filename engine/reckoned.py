"""What a calibration says of runs that differ from it in what can be reckoned. Light: no torch.

    a rank's weights     themselves, their gradients and what the optimiser remembers, in bytes; in a
                         pass, 2 operations a weight and token forward and 4 backward, where the frozen
                         weights under it cost 2 and 2 (they have no gradient of their own)
    an average           a copy of what is trained, in float32
    GRPO's reference     a copy of all weights, where all are trained (an adapter is switched off)
    several GPUs         a step's passes, dealt out
    sharding             a part of weights, gradients and what the optimiser remembers, and all weights in the
                         run's number format: layer by layer for a step, whole where a run measures itself

What needs a measurement of its own is in `engine.apart`.
"""

from __future__ import annotations

from dataclasses import replace

from engine.calibration import BYTES, Calibration
from engine.settings import GRPOSettings, TrainSettings
from engine.work import Passes

FLOAT = 4
"""Bytes."""
EMA = 1 / 3
"""A moving average reads two numbers a weight and writes one, AdamW with its clipping nine."""


def reckoned(measured: Calibration, settings: TrainSettings) -> Calibration:
    """What would have been measured with a run's rank, average, reference and processes."""
    ranks = settings.lora_rank - measured.lora_rank if measured.lora_rank else 0
    more = ranks * measured.rank_weights
    trained = measured.trained_weights + more
    stored = round((FLOAT + measured.remembered) * more)
    if settings.averaging != "none":
        stored += FLOAT * trained
    beside = stored + (FLOAT * measured.weights if _refers(settings) else 0)
    adapters, frozen = measured.lora_rank * measured.rank_weights, measured.adapted_weights
    steps = trained / max(1, measured.trained_weights) + EMA * (settings.averaging == "ema")
    processes = (settings.processes or measured.gpus) if measured.gpus else 1
    train = _times(measured.train, 1 + 6 * more / max(1, 4 * frozen + 6 * adapters))
    found = replace(
        measured,
        trained_weights=trained,
        train=train.times(1 / processes),
        forward=_times(measured.forward, 1 + more / max(1, frozen + adapters)),
        optimiser=measured.optimiser * steps,
        checkpoint_bytes=measured.checkpoint_bytes + stored,
        held_bytes=measured.held_bytes + beside + FLOAT * more,
        save_bytes=measured.save_bytes + beside,
        # between an adapter's two matrices, a number of each rank is kept
        train_bytes=measured.train_bytes.plus(
            Passes(tokens=FLOAT * ranks * measured.adapted_layers)
        ),
    )
    return _in_parts(found, processes) if settings.sharded and processes > 1 else found


def _in_parts(whole: Calibration, processes: int) -> Calibration:
    """Of one GPU of several that hold a model together."""
    gathered = BYTES.get(whole.dtype, FLOAT) * whole.weights
    return replace(
        whole,
        trained_weights=whole.trained_weights // processes,
        optimiser=whole.optimiser / processes,
        load_bytes=0,  # it is read on the CPU, and goes to the GPUs in parts
        held_bytes=whole.held_bytes // processes + gathered,
        save_bytes=whole.save_bytes // processes,
    )


def _refers(settings: TrainSettings) -> bool:
    return isinstance(settings, GRPOSettings) and settings.kl_beta > 0 and not settings.adapts


def _times(passes: Passes, factor: float) -> Passes:
    """Products cost by the token; attention and output layer have no adapters."""
    return passes._replace(tokens=passes.tokens * factor)
