"""What each architecture can be asked to do, and which one a model's folder holds. Light: no torch.

The families themselves, which run the models, are in `engine.families`; the studio asks here what
fits together before anything is launched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Architecture(NamedTuple):
    """What fits a family of models."""

    methods: tuple[str, ...]
    """Training methods, as `engine.settings.SETTINGS` names them."""
    tunings: tuple[str, ...]
    """Values of the setting `tuning`."""
    kinds: tuple[str, ...] = ()
    """Kinds of task; empty for every kind."""


ARCHITECTURES = {
    "decoder": Architecture(("sft", "grpo"), ("lora", "dora", "qlora", "full")),
}
"""By the name that `engine.spec.ModelRef.architecture` has for it."""


def architecture_of(config: Mapping[str, Any]) -> str | None:
    """The architecture that a config.json describes; None when it can't be told from it."""
    named = " ".join(config.get("architectures") or [])
    return next((name for name, ends in ENDINGS.items() if any(one in named for one in ends)), None)


ENDINGS = {"decoder": ("ForCausalLM", "LMHeadModel")}
"""How transformers calls the models of an architecture."""
