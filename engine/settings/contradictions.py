"""What can't stand together, as one table: the form, REST and the engine refuse it alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine.settings.methods import TrainSettings


class Contradiction(NamedTuple):
    """A rule that no settings may break."""

    field: str
    """What to change."""
    broken: Callable[[TrainSettings], bool]
    why: str


CONTRADICTIONS = (
    Contradiction(
        "tuning",
        lambda one: one.tuning == "qlora" and one.device == "cpu",
        "QLoRA needs a CUDA device; choose lora, or another device",
    ),
    Contradiction(
        "optimiser",
        lambda one: one.optimiser == "adamw_8bit" and one.device == "cpu",
        "8-bit AdamW needs a CUDA device; choose adamw, or another device",
    ),
    Contradiction(
        "optimiser",
        lambda one: one.optimiser == "muon" and one.adapts,
        "Muon is made for whole matrices, not for adapters; choose adamw, or train all weights",
    ),
    Contradiction(
        "max_length",
        lambda one: 0 < one.max_length < 16,
        "must be at least 16, or 0 to take it from the data",
    ),
    Contradiction(
        "tokens_per_batch",
        lambda one: 0 < one.tokens_per_batch < 64,
        "must be at least 64, or 0 to find it by a trial step",
    ),
    Contradiction(
        "decay",
        lambda one: one.schedule == "wsd" and one.warmup + one.decay > 1,
        "warm-up and decay together are longer than the run",
    ),
    Contradiction(
        "patience",
        lambda one: bool(one.patience) and not one.validation_rows,
        "ending early needs validation rows to be measured",
    ),
    Contradiction(
        "evaluate_every",
        lambda one: bool(one.evaluate_every) and not one.validation_rows,
        "there are no validation rows to measure",
    ),
    Contradiction(
        "best_metric",
        lambda one: one.best_metric != "auto" and not one.validation_rows,
        "there are no validation rows to measure it on",
    ),
    Contradiction(
        "averaging",
        lambda one: one.averaging == "last_k" and bool(one.patience),
        "a run that may end early doesn't know its last checkpoints; choose ema",
    ),
)


def contradictions(settings: TrainSettings) -> dict[str, str]:
    """Field to message, one a field, of every rule that is broken."""
    return {one.field: one.why for one in CONTRADICTIONS if one.broken(settings)}
