"""Gradient checkpointing: activations are computed again in the backward pass instead of being kept.

It costs a third more work and forbids to share prefixes in training, so it is used only when asked
for, or when memory asks: by the dry step before the first (`engine.budget`), or at a step that a GPU's
memory does not hold, which is then repeated with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import SpecError
from engine.words import _

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def recompute(model: PreTrainedModel) -> None:
    """Turn it on. Raises SpecError for a model that knows no such thing."""
    if not model.supports_gradient_checkpointing:
        raise SpecError(
            {
                "gradient_checkpointing": _(
                    "%(model)s has none; choose off or auto", model=type(model).__name__
                )
            }
        )
    model.activation_checkpointing_enable({"use_reentrant": False})


def recomputes(model: PreTrainedModel) -> bool:
    """Whether it is on."""
    return any(getattr(one, "gradient_checkpointing", False) for one in model.modules())


def could_recompute(model: PreTrainedModel) -> bool:
    """Whether it is off and could be turned on."""
    return bool(model.supports_gradient_checkpointing) and not recomputes(model)
