"""One family an architecture: how its models are read or made, fed, and asked. Imports torch late.

    decoder              reads prompt and answer as one row, predicts the next token
    lstm                 the same, with a recurrent state for a memory
    encoder_decoder      an encoder reads the prompt, a decoder says the answer
    encoder_classifier   an encoder reads the prompt, a head picks one of the task's labels

Objectives, validation and prediction know none of them by name: they ask `Loaded.family`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from engine.errors import ModelError
from engine.words import _

if TYPE_CHECKING:
    from engine.families.family import Family

MODULES = {
    "decoder": "engine.families.decoder",
    "lstm": "engine.families.lstm",
    "encoder_decoder": "engine.families.encoder_decoder",
    "encoder_classifier": "engine.families.encoder_classifier",
}
"""Imported when asked for, each with `FAMILY`."""


def family_of(architecture: str) -> Family:
    """The family of `ModelRef.architecture`. Raises ModelError for a name that it doesn't know."""
    if architecture not in MODULES:
        raise ModelError(
            _("there is no architecture called %(architecture)s", architecture=repr(architecture)),
            _("Choose among %(names)s.", names=", ".join(MODULES)),
        )
    return import_module(MODULES[architecture]).FAMILY
