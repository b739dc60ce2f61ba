"""When a run looks at itself, and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.option import option


@dataclass(frozen=True)
class Measuring:
    """Checkpoints, curves and validation."""

    checkpoint_every: int = option(
        0,
        "Steps between checkpoints; 0 means once an epoch for SFT and every tenth of a GRPO run.",
        ge=0,
        le=1_000_000,
        more=True,
    )
    log_every: int = option(1, "Steps between points on the curves.", ge=1, le=1000, more=True)
    validation_rows: int = option(
        64,
        "Rows of the validation split measured at each checkpoint; 0 turns it off.",
        ge=0,
        le=100_000,
        more=True,
    )
    evaluate_every: int = option(
        0,
        "Steps between measurements on the validation split, beside those at checkpoints.",
        ge=0,
        le=1_000_000,
        more=True,
    )
    best_metric: str = option(
        "auto",
        "What makes a checkpoint the best, on the validation split; auto takes the mean of the "
        "metrics, then the loss.",
        choices=("auto", "loss", "accuracy", "brier", "token_f1", "rouge_l"),
        more=True,
    )
    patience: int = option(
        0,
        "Measurements without a better one after which the run ends early; 0 never ends it.",
        ge=0,
        le=1000,
        more=True,
    )
