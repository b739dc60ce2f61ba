"""Dropout switched off for good, the model still in train mode. Imports torch.

A policy is scored as it was sampled. With dropout in one and not in the other, the ratio of the two
would not be 1 before the first step, and clip and KL would bound noise. PPO is therefore run
without it (Huang et al. 2024, "The N+ implementation details of RLHF with PPO").

`eval()` would do it too, but gradient checkpointing works in train mode only.
"""

from __future__ import annotations

from torch import nn


def without_dropout(model: nn.Module) -> None:
    """Set every rate in the model to 0; its config, which checkpoints keep, still says what it was.

    transformers' models hold their rates as numbers of the modules that use them, under names such
    as `dropout`, `attention_dropout`, `layerdrop` or `p` of a Dropout layer.
    """
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
        for name, value in vars(module).items():
            if "drop" in name and isinstance(value, float):
                setattr(module, name, 0.0)
