"""QLoRA's frozen base: its matrices in 4 bits (NF4, scales quantised too), by bitsandbytes.

Source: Dettmers et al. (2023), "QLoRA: efficient finetuning of quantized LLMs".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from engine.errors import SpecError
from engine.words import _

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def quantise(model: PreTrainedModel, device: torch.device, dtype: torch.dtype) -> None:
    """Replace every linear layer but the output layer; they are quantised as they move to `device`.

    Products are computed in `dtype`. Raises SpecError without CUDA or without bitsandbytes.
    """
    if device.type != "cuda":
        raise SpecError({"tuning": _("QLoRA needs a CUDA device; choose lora")})
    try:
        from bitsandbytes.nn import Linear4bit, Params4bit
    except ImportError:
        raise SpecError(
            {
                "tuning": _(
                    "bitsandbytes is not installed on this worker; install it, or choose lora"
                )
            }
        ) from None

    def in_4_bits(layer: nn.Linear) -> nn.Module:
        new = Linear4bit(
            layer.in_features,
            layer.out_features,
            bias=layer.bias is not None,
            compute_dtype=dtype,
            quant_type="nf4",
        )
        new.weight = Params4bit(layer.weight.data, requires_grad=False, quant_type="nf4")
        if layer.bias is not None:
            new.bias = nn.Parameter(layer.bias.data, requires_grad=False)
        return new

    output = model.get_output_embeddings()
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is nn.Linear and layer is not output:
                setattr(parent, name, in_4_bits(layer))
    marked: Any = model
    marked.is_loaded_in_4bit = True  # what peft asks for its layers to fit
