"""LoRA and DoRA adapters, as peft keeps them: new, read from a folder, switched off, merged and unmerged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from torch import nn

from engine.errors import ModelError, SpecError
from engine.settings import TrainSettings
from engine.words import _

if TYPE_CHECKING:
    from peft import LoraModel, PeftModel
    from transformers import PreTrainedModel

REFERENCE = "reference"
"""Name of the frozen copy of the adapter that training started from."""


def new_adapter(
    model: PreTrainedModel, settings: TrainSettings, base_name: str, task: str = "CAUSAL_LM"
) -> PeftModel:
    """A fresh adapter on every linear layer but the output layer, in float32, computing zero.

    `base_name` is what the adapter will name as its base: a folder's absolute path or a hub id; `task`
    is peft's word for what the model does. Raises SpecError for a model that takes none of the kind.
    """
    from peft import LoraConfig, get_peft_model

    from engine.low_rank import fuse

    config = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules="all-linear",
        use_dora=settings.tuning == "dora",
        task_type=task,
    )
    try:
        adapted = get_peft_model(model, config)
    except ValueError as error:
        # Such as DoRA or dropout on experts, or anything on a Mamba's layers.
        why = _(
            "this model takes no such adapters (%(error)s); choose others, or train all weights",
            error=error,
        )
        raise SpecError({"tuning": why}) from error
    adapted.peft_config["default"].base_model_name_or_path = base_name
    fuse(adapted)
    return adapted


def put_adapter(model: PreTrainedModel, adapter: str, *, trainable: bool) -> PeftModel:
    """The adapter in a folder on top of its base. Raises ModelError when it doesn't fit."""
    from peft import PeftModel
    from safetensors import SafetensorError

    from engine.low_rank import fuse

    try:
        adapted = PeftModel.from_pretrained(
            model, adapter, is_trainable=trainable, use_safetensors=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            _(
                "the adapter in %(adapter)s can't be put on this model: %(error)s",
                adapter=adapter,
                error=error,
            ),
            _("Choose the base model that it was trained on."),
        ) from error
    fuse(adapted)
    return adapted


class AdapterSizes(NamedTuple):
    """Of all adapters of a model together."""

    layers: int
    under: int
    """Weights of the layers that they are on."""
    a_rank: int
    """Weights that one more rank would add."""


def adapter_sizes(model: nn.Module) -> AdapterSizes:
    """Nothing but zeros for a model without."""
    from peft.tuners.lora import LoraLayer

    layers: list[Any] = [one for one in model.modules() if isinstance(one, LoraLayer)]
    return AdapterSizes(
        layers=len(layers),
        under=sum(one.in_features * one.out_features for one in layers),
        a_rank=sum(one.in_features + one.out_features for one in layers),
    )


def keep_reference(model: PeftModel, adapter: str) -> None:
    """Load the adapter that training starts from a second time, frozen, for `reference`."""
    model.load_adapter(adapter, REFERENCE, is_trainable=False)


@contextmanager
def reference(model: PeftModel) -> Iterator[None]:
    """Inside, the model computes as it did before training.

    Its adapter is off or, where training began with one, replaced by the copy of it that
    `keep_reference` froze.
    """
    if REFERENCE not in model.peft_config:
        with model.disable_adapter():
            yield
        return
    active, tuner = model.active_adapter, cast("LoraModel", model.base_model)
    tuner.set_adapter(REFERENCE, inference_mode=True)
    try:
        yield
    finally:
        tuner.set_adapter(active)


def _under(layer: Any) -> torch.Tensor:
    """The frozen weight under an adapter: a layer's, or one that experts hold for all of them."""
    found: torch.Tensor = (
        layer.get_param() if hasattr(layer, "get_param") else layer.get_base_layer().weight
    )
    return found


@contextmanager
def merged(model: nn.Module) -> Iterator[None]:
    """Inside, the adapter is summed into the base weights, which generates faster.

    Afterwards the base weights are the very same bits as before (subtracting the adapter again
    would drift in bfloat16); it costs a copy of the adapted weights meanwhile. Does nothing to
    a model without adapter, to layers in 4 bits, which would lose what the adapter adds, or where a
    GPU has no room for the copy: a run that fits shall not die of looking at itself.
    """
    from peft.tuners.lora import LoraLayer

    layers: list[Any] = [
        one
        for one in model.modules()
        if isinstance(one, LoraLayer) and _under(one).is_floating_point()  # not in 4 bits
    ]
    kept: list[torch.Tensor] = []
    try:
        for layer in layers:
            kept.append(_under(layer).detach().clone())
            layer.merge()
    except torch.OutOfMemoryError:
        _unmerge(layers, kept)
    try:
        yield
    finally:
        _unmerge(layers, kept)


@torch.no_grad()
def _unmerge(layers: list[Any], kept: list[torch.Tensor]) -> None:
    """Put the weights back that were kept, and forget them."""
    for layer, weight in zip(layers, kept, strict=False):  # the first of the layers
        _under(layer).copy_(weight)
        layer.merged_adapters.clear()
    kept.clear()
