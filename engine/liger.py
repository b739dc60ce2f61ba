"""Liger's kernels: norms, gated layers, rotary positions and the loss, each fused into one on CUDA.

They go into a model's own modules, which is what `engine.forward` runs, and in the place of
`engine.output_layer`'s loss. The package (liger-kernel, with Triton) is asked for on workers with CUDA
only. Source: Hsu et al. (2024), "Liger Kernel: efficient Triton kernels for LLM training".
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

import torch
from torch import Tensor

from engine.errors import SpecError
from engine.words import _

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_FITTED: WeakSet[torch.nn.Module] = WeakSet()

ROWS = 16
"""How many times what it holds of hidden states the loss may take for logits: more rows at a time read
the output layer less often. Liger's own choice, 1, is 64 rows of 8,000 where 150,000 words are known."""


def fit_liger(model: PreTrainedModel, device: torch.device) -> None:
    """Put the kernels into a model. Raises SpecError without CUDA or liger-kernel, or where Liger has
    none for its architecture."""
    if device.type != "cuda":
        raise SpecError({"liger": _("Liger's kernels need a CUDA device; leave them off")})
    try:
        from liger_kernel.transformers import monkey_patch
    except ImportError:
        raise SpecError(
            {
                "liger": _(
                    "liger-kernel is not installed on this worker; install it, or leave it off"
                )
            }
        ) from None
    kind = model.config.model_type
    if kind not in monkey_patch.MODEL_TYPE_TO_APPLY_LIGER_FN:
        raise SpecError(
            {"liger": _("Liger has no kernels for %(kind)s models; leave them off", kind=kind)}
        )
    # Its loss would go into a forward pass that isn't ours: `summed_cross_entropy` calls it instead.
    monkey_patch._apply_liger_kernel_to_instance(
        model=model, fused_linear_cross_entropy=False, cross_entropy=False
    )
    _FITTED.add(model)


def fitted(model: torch.nn.Module) -> bool:
    """Whether a model runs on Liger's kernels."""
    return model in _FITTED


def summed_cross_entropy(hidden: Tensor, weight: Tensor, row: Tensor, targets: Tensor) -> Tensor:
    """As `engine.output_layer`'s, by Liger."""
    from liger_kernel.transformers.functional import liger_fused_linear_cross_entropy

    return liger_fused_linear_cross_entropy(
        hidden.index_select(0, row),
        weight,
        targets,
        reduction="sum",
        accum_dtype=torch.float32,
        chunk_mem_const=ROWS,
    )
