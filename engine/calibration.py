"""What a worker measured of a model once, and what that says of a run. Light: no torch.

Every cost is linear in `engine.work.Passes`: seconds and bytes a call, a token, a pair of attention
and a label, fitted to a few passes of different shapes by `engine.calibrate`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from engine.work import Answering, Passes, Training


@dataclass(frozen=True)
class Calibration:
    """Seconds, unless a field says bytes."""

    device: str
    dtype: str
    threads: int
    tuning: str
    weights: int
    trained_weights: int
    start_up: float
    """From the start of the process until its first step: reading, importing, what torch makes once."""
    train: Passes
    """Of each unit of a pass, forward and backward."""
    forward: Passes
    optimiser: float
    """Of a step: clipping, the step itself, zeroing."""
    merge: float
    """Of summing an adapter into the weights and taking it out again."""
    decode_round: float
    decode_row: float
    """Of one token of a batch: for the batch, and for each of its rows."""
    checkpoint: float
    checkpoint_bytes: int
    load_bytes: int
    """The most held while the weights were read."""
    held_bytes: int
    """Held all through a step: program, weights, gradients, optimiser's states."""
    train_bytes: Passes
    """Above that, of each unit of one pass."""
    save_bytes: int
    """The most held while a checkpoint was written."""
    decode_bytes: float
    """Of each token that a batch of answers holds."""
    memory: int = 0
    """Bytes that the device has in all."""
    remembered: float = 8.0
    """Bytes that the optimiser keeps of each weight that it moves."""
    lora_rank: int = 0
    """Of the adapters measured; 0 without them."""
    rank_weights: int = 0
    """Weights to train that one more rank adds."""
    adapted_weights: int = 0
    """Weights under adapters."""
    adapted_layers: int = 0
    gpus: int = 0
    """That the worker owns; a run takes one process for each, a calibration one in all."""
    machine: str = ""
    """Name of the machine in its network."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {name: list(getattr(self, name)) for name in PASSES}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Calibration:
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in raw.items() if name in known}
        return cls(**values | {name: Passes(*raw[name]) for name in PASSES})

    @classmethod
    def read(cls, path: Path) -> Calibration:
        return cls.from_json(json.loads(path.read_text(encoding="utf-8")))


PASSES = ("train", "forward", "train_bytes")
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


@dataclass(frozen=True)
class Estimate:
    """What a run will take, in seconds and bytes."""

    start_up: float
    steps: float
    """All optimiser steps, rollouts included."""
    validation: float
    checkpoints: float
    memory_bytes: int
    checkpoint_bytes: int
    """Of one checkpoint."""

    @property
    def seconds(self) -> float:
        return self.start_up + self.steps + self.validation + self.checkpoints


def cost(passes: Passes, each: Passes) -> float:
    return sum(many * one for many, one in zip(passes, each, strict=True))


def answering_seconds(work: Answering, calibration: Calibration) -> float:
    """Reading the prompts and saying the answers."""
    said = work.rounds * calibration.decode_round + work.row_rounds * calibration.decode_row
    return cost(work.prefill, calibration.forward) + said


def estimate(
    work: Training,
    calibration: Calibration,
    *,
    checkpoints: int,
    looks: int = 0,
    validation: Passes | None = None,
    validation_answers: Answering | None = None,
) -> Estimate:
    """A run of `work` that saves `checkpoints` times and measures itself before and `looks` times,
    once a checkpoint where it isn't said.

    `validation` is one look at the loss, `validation_answers` one set of generated answers; both
    are taken at each measurement, the first also before the first step. `calibration` is one that
    is `reckoned` for the run.
    """
    looks = looks or checkpoints
    seconds = cost(work.passes, calibration.train) + work.steps * calibration.optimiser
    seconds += cost(work.looked or Passes(), calibration.forward)
    if work.answering:
        seconds += answering_seconds(work.answering, calibration)
        seconds += work.steps * calibration.merge
    looking = cost(validation or Passes(), calibration.forward) * (looks + 1)
    if validation_answers:
        once = answering_seconds(validation_answers, calibration) + calibration.merge
        looking += looks * once
    return Estimate(
        start_up=calibration.start_up,
        steps=seconds,
        validation=looking,
        checkpoints=checkpoints * calibration.checkpoint,
        memory_bytes=peak_bytes(work, calibration, validation_answers),
        checkpoint_bytes=calibration.checkpoint_bytes,
    )


KEPT = 48 << 20
"""What a processor's allocator comes to keep, over many batches of different sizes, beside what is held:
30 to 100 MB in ten runs (docs/benchmarks.md). Of a small model that is a tenth."""


def peak_bytes(work: Training, calibration: Calibration, looks: Answering | None = None) -> int:
    """The most that the process will hold at once: while it learns, answers, reads or writes."""
    passes = max((cost(one, calibration.train_bytes) for one in work.largest), default=0.0)
    answers = max((one.held for one in (looks, work.answering) if one), default=0)
    merged = BYTES.get(calibration.dtype, 4) * calibration.adapted_weights
    between = calibration.held_bytes - 4 * calibration.trained_weights  # no gradients
    kept = 0 if calibration.gpus else KEPT
    return kept + round(
        max(
            calibration.load_bytes,
            calibration.held_bytes + passes,
            between + merged + answers * calibration.decode_bytes if answers else 0,
            calibration.save_bytes,
        )
    )
