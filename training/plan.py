"""What a launch will come to, and what speaks against it: shown beside the form before it is sent."""

import math
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from authoring.models import Snapshot, Split
from engine.settings import GRPOSettings, SFTSettings, TrainSettings
from training.models import BaseModel


@dataclass
class Plan:
    rows: dict[str, int]
    steps: int
    checkpoints: int
    warnings: list[str] = field(default_factory=list)


def plan(snapshot: Snapshot, settings: TrainSettings, base: BaseModel | None) -> Plan:
    """Steps, checkpoints and warnings for these settings on this snapshot."""
    rows = {split: snapshot.rows(split) for split in Split.values}
    steps = _steps(rows[Split.TRAIN], settings)
    default = 10 if isinstance(settings, GRPOSettings) else math.ceil(_epochs(settings))
    saved = math.ceil(steps / settings.checkpoint_every) if settings.checkpoint_every else default
    return Plan(
        rows, steps, max(1, saved), [*_of_data(snapshot, rows), *_of_settings(settings, base)]
    )


def _steps(rows: int, settings: TrainSettings) -> int:
    if isinstance(settings, SFTSettings):
        return max(1, math.ceil(rows * settings.epochs / settings.batch_size))
    assert isinstance(settings, GRPOSettings)
    return settings.steps


def _epochs(settings: TrainSettings) -> float:
    return settings.epochs if isinstance(settings, SFTSettings) else 1.0


def _of_data(snapshot: Snapshot, rows: dict[str, int]) -> list[str]:
    found = []
    if not rows[Split.TEST]:
        found.append(_("The test split is empty: no checkpoint can be measured."))
    if not rows[Split.VALIDATION]:
        found.append(_("There is no validation split: the best checkpoint can only be guessed."))
    train, test = (_labels(snapshot, split) for split in (Split.TRAIN, Split.TEST))
    if unseen := sorted(test - train):
        found.append(_("Labels in test that train never shows: %s.") % ", ".join(unseen))
    if len(train) == 1:
        found.append(_("Every train pair has the same label: there is nothing to tell apart."))
    if snapshot.leaks:
        found.append(
            _("%(n)s pairs stand in train and in test: scores will flatter. Drop them first.")
            % {"n": len(snapshot.leaks)}
        )
    return found


def _labels(snapshot: Snapshot, split: str) -> set[str]:
    labels: dict[str, Any] = snapshot.counts.get(split, {}).get("labels", {})
    return set(labels)


def _of_settings(settings: TrainSettings, base: BaseModel | None) -> list[str]:
    found = []
    if (
        settings.tuning == "full"
        and settings.learning_rate > 5e-4
        and (base is None or base.pretrained)
    ):
        found.append(
            _(
                "A learning rate of %g with all weights usually forgets what the model knew. Try 1e-5 to 1e-4."
            )
            % settings.learning_rate
        )
    if settings.tuning == "lora" and settings.learning_rate < 1e-5:
        found.append(
            _("A learning rate of %g hardly moves LoRA adapters. Try 1e-4 to 1e-3.")
            % settings.learning_rate
        )
    return found
