"""The generation setting of an evaluation: its default for a split, and what makes two comparable."""

import hashlib
import json
from dataclasses import asdict

from authoring.models import Snapshot
from engine.settings import PredictSettings
from training.answer_length import NEW_TOKENS
from training.handlers.files import tasks_of

SCORER_VERSION = 1
"""Raise it when `engine.metrics` would score a stored output differently."""


def default_settings(snapshot: Snapshot, split: str) -> dict[str, int]:
    """What an evaluation uses when nobody said otherwise: greedy, and long enough for the split's
    longest kind of task."""
    kinds = {task.kind for task in tasks_of(snapshot, split).values()}
    longest = max((NEW_TOKENS[kind] for kind in kinds), default=PredictSettings.max_new_tokens)
    return {"max_new_tokens": longest}


def settings_hash(settings: PredictSettings) -> str:
    """SHA-256 of what can change an output or its score.

    Where it ran (device, threads) and how rows were batched are left out: they may change speed
    and last bits, never the question. A seed matters only where something is drawn.
    """
    chosen = asdict(settings)
    matters = {name: chosen[name] for name in ("max_new_tokens", "temperature", "dtype")}
    if settings.temperature > 0:
        matters["seed"] = settings.seed
    text = json.dumps(matters | {"scorer": SCORER_VERSION}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
