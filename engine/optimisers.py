"""Optimisers: what moves which weights, and their state by the weights' names.

Muon moves the matrices between embeddings and output; everything else, and every weight in the other
choices, is AdamW's. Source: Jordan et al. (2024), "Muon: an optimizer for hidden layers in neural
networks"; Liu et al. (2025), "Muon is scalable for LLM training", for the scale that lets it share
AdamW's learning rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from engine.errors import SpecError
from engine.models import Loaded
from engine.settings import TrainSettings
from engine.sharding import like, whole
from engine.words import _

Named = Mapping[str, nn.Parameter]


class Optimiser:
    """One or several of torch's, stepping together."""

    def __init__(self, weights: Named, parts: list[torch.optim.Optimizer]) -> None:
        self.weights = list(weights.values())
        self._named = weights
        self._parts = parts

    def step(self, rate: float) -> None:
        """One step at this learning rate, then no gradients."""
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()
        self.forget()

    def forget(self) -> None:
        """Drop the gradients."""
        for part in self._parts:
            part.zero_grad(set_to_none=True)

    def state(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """What it remembers of each weight, as `<what>.<weight>`: tensors, and plain numbers."""
        tensors: dict[str, torch.Tensor] = {}
        plain: dict[str, Any] = {}
        names: dict[torch.Tensor, str] = {weight: name for name, weight in self._named.items()}
        for part in self._parts:
            for weight, kept in part.state.items():
                for what, value in kept.items():
                    kind: dict[str, Any] = tensors if isinstance(value, torch.Tensor) else plain
                    kind[f"{what}.{names[weight]}"] = value
        return tensors, plain

    def restore(self, tensors: Mapping[str, torch.Tensor], plain: Mapping[str, Any]) -> None:
        for part in self._parts:
            mine = {weight for group in part.param_groups for weight in group["params"]}
            for key, value in (*tensors.items(), *plain.items()):
                what, _, name = key.partition(".")
                weight = self._named[name]
                if weight in mine:
                    is_tensor = isinstance(value, torch.Tensor)
                    part.state[weight][what] = like(weight, value) if is_tensor else value


def cut(weights: Sequence[nn.Parameter], most: float) -> float:
    """The norm of their gradients; afterwards it is `most`, where it was longer and that isn't 0."""
    norm = torch.nn.utils.get_total_norm([one.grad for one in weights if one.grad is not None])
    found = float(whole(norm))
    if most and found > most:
        torch.nn.utils.clip_grads_with_norm_(weights, most, norm)
    return found


def make_optimiser(loaded: Loaded, settings: TrainSettings) -> Optimiser:
    """The optimiser that the settings ask for, over what is trainable. Raises SpecError where it
    needs what this machine lacks."""
    weights = {name: one for name, one in loaded.model.named_parameters() if one.requires_grad}
    if settings.optimiser == "muon":
        hidden = _hidden_matrices(loaded, weights)
        rest = [one for one in weights.values() if one not in hidden]
        muon = torch.optim.Muon(
            [one for one in weights.values() if one in hidden],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            adjust_lr_fn="match_rms_adamw",
        )
        return Optimiser(weights, [muon, _adamw(rest, settings)])
    if settings.optimiser == "adamw_8bit":
        return Optimiser(weights, [_adamw_8bit(loaded, weights.values(), settings)])
    return Optimiser(weights, [_adamw(weights.values(), settings)])


def _adamw(weights: Iterable[nn.Parameter], settings: TrainSettings) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        _groups(weights), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )


def _adamw_8bit(
    loaded: Loaded, weights: Iterable[nn.Parameter], settings: TrainSettings
) -> torch.optim.Optimizer:
    if loaded.device.type != "cuda":
        raise SpecError({"optimiser": _("8-bit AdamW needs a CUDA device; choose adamw")})
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError:
        raise SpecError(
            {
                "optimiser": _(
                    "bitsandbytes is not installed on this worker; install it, or choose adamw"
                )
            }
        ) from None
    return AdamW8bit(
        _groups(weights), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )


def _groups(weights: Iterable[nn.Parameter]) -> list[dict[str, Any]]:
    """Biases and norms (one dimension) don't decay."""
    every = list(weights)
    groups: list[dict[str, Any]] = [
        {"params": [one for one in every if one.dim() > 1]},
        {"params": [one for one in every if one.dim() <= 1], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def _hidden_matrices(loaded: Loaded, weights: Named) -> set[nn.Parameter]:
    """Two-dimensional weights that are neither an embedding nor the output layer."""
    model = loaded.transformer
    outside = {one.weight for one in model.modules() if isinstance(one, nn.Embedding)}
    output: Any = loaded.family.output_layer(model)
    if output is not None:
        outside.add(output.weight)
    return {one for one in weights.values() if one.dim() == 2 and one not in outside}
