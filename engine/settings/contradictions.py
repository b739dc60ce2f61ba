"""What can't stand together, as one table: the form, REST and the engine refuse it alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine.settings.methods import TrainSettings
from engine.words import Words, _


class Contradiction(NamedTuple):
    """A rule that no settings may break."""

    field: str
    """What to change."""
    broken: Callable[[TrainSettings], bool]
    why: Words


CONTRADICTIONS = (
    Contradiction(
        "tuning",
        lambda one: one.tuning == "qlora" and one.device == "cpu",
        _("QLoRA needs a CUDA device; choose lora, or another device"),
    ),
    Contradiction(
        "optimiser",
        lambda one: one.optimiser == "adamw_8bit" and one.device == "cpu",
        _("8-bit AdamW needs a CUDA device; choose adamw, or another device"),
    ),
    Contradiction(
        "liger",
        lambda one: one.liger and one.device == "cpu",
        _("Liger's kernels need a CUDA device; leave them off, or choose another device"),
    ),
    Contradiction(
        "liger",
        lambda one: one.liger and one.compile,
        _("Liger's kernels and compiled layers replace the same things; choose one of them"),
    ),
    Contradiction(
        "optimiser",
        lambda one: one.optimiser == "muon" and one.adapts,
        _("Muon is made for whole matrices, not for adapters; choose adamw, or train all weights"),
    ),
    Contradiction(
        "shard",
        lambda one: one.sharded and one.processes == 1,
        _("one process has nobody to share weights with; choose several processes, or 0"),
    ),
    Contradiction(
        "shard",
        lambda one: one.sharded and one.tuning == "qlora",
        _("weights in 4 bits can't be sharded; choose lora, or every process keeps them whole"),
    ),
    Contradiction(
        "shard",
        lambda one: one.sharded and one.optimiser != "adamw",
        _(
            "only AdamW takes its steps on parts of weights; choose adamw, or keep the weights whole"
        ),
    ),
    Contradiction(
        "compile",
        lambda one: one.sharded and one.compile,
        _("sharded layers are gathered between what would be compiled; choose one of them"),
    ),
    Contradiction(
        "shard",
        lambda one: one.sharded and not one.tokens_per_batch,
        _("sharded processes must cut their steps alike; say how many tokens go through at once"),
    ),
    Contradiction(
        "max_length",
        lambda one: 0 < one.max_length < 16,
        _("must be at least 16, or 0 to take it from the data"),
    ),
    Contradiction(
        "tokens_per_batch",
        lambda one: 0 < one.tokens_per_batch < 64,
        _("must be at least 64, or 0 to find it by a trial step"),
    ),
    Contradiction(
        "decay",
        lambda one: one.schedule == "wsd" and one.warmup + one.decay > 1,
        _("warm-up and decay together are longer than the run"),
    ),
    Contradiction(
        "patience",
        lambda one: bool(one.patience) and not one.validation_rows,
        _("ending early needs validation rows to be measured"),
    ),
    Contradiction(
        "evaluate_every",
        lambda one: bool(one.evaluate_every) and not one.validation_rows,
        _("there are no validation rows to measure"),
    ),
    Contradiction(
        "best_metric",
        lambda one: one.best_metric != "auto" and not one.validation_rows,
        _("there are no validation rows to measure it on"),
    ),
    Contradiction(
        "averaging",
        lambda one: one.averaging == "last_k" and bool(one.patience),
        _("a run that may end early doesn't know its last checkpoints; choose ema"),
    ),
)


def contradictions(settings: TrainSettings) -> dict[str, Words]:
    """Field to message, one a field, of every rule that is broken."""
    return {one.field: one.why for one in CONTRADICTIONS if one.broken(settings)}
