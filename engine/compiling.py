"""torch.compile: a model's layers become programs of their own, for rows of any length.

Each layer is compiled by itself (they are alike, so the first one's program serves them all), except for
attention, whose kernels are what they are, and whose blocks differ from step to step. Only steps are
run so (`Loaded.compiled`): generation, with its growing caches, would be compiled over and over.
It takes a minute or two before the first step. Imports torch, and its compiler only where asked for.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import torch

from engine.errors import SpecError
from engine.stack import layers_of
from engine.words import _

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def compile_layers(model: PreTrainedModel, device: torch.device) -> None:
    """Have the layers compiled when they are first run inside `compiled`. Raises SpecError where a model
    has none, or the machine no compiler for its device."""
    from transformers import AttentionInterface

    from engine.attention import NAME, attend

    layers = layers_of(model)
    if not layers:
        raise SpecError(
            {
                "compile": _(
                    "%(model)s has no layers to compile; leave it off", model=type(model).__name__
                )
            }
        )
    if missing := _missing(device):
        raise SpecError(
            {
                "compile": _(
                    "this worker has no %(missing)s; install one, or leave it off", missing=missing
                )
            }
        )
    import torch._inductor.config

    torch._inductor.config.compile_threads = torch.get_num_threads()
    AttentionInterface.register(NAME, torch.compiler.disable(attend))
    for layer in layers:
        layer.compile(dynamic=True)
    torch.compiler.set_stance("force_eager")


def compiled() -> AbstractContextManager[None]:
    """Inside, layers that were asked to be are compiled; elsewhere they run as they were written."""
    return torch.compiler.set_stance("default")


def _missing(device: torch.device) -> str:
    """What it takes to make programs for a device, and isn't there; empty where it is."""
    if device.type == "cuda":
        from torch.utils._triton import has_triton

        return "" if has_triton() else "Triton"
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        get_cpp_compiler()
    except RuntimeError:
        return "C++ compiler"
    return ""
