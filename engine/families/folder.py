"""Weights out of a folder in Hugging Face layout, for every family: safetensors only, no code."""

from __future__ import annotations

import json
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.architectures import ARCHITECTURES, architecture_of
from engine.errors import ModelError
from engine.words import Words, _

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def read_config(folder: Path) -> dict[str, Any]:
    """A folder's config.json. Raises ModelError."""
    try:
        return json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            _("%(folder)s has no readable config.json", folder=folder),
            _(
                "Bring a folder in Hugging Face layout: config.json, model.safetensors, "
                "tokenizer.json, tokenizer_config.json."
            ),
        ) from error


def read_folder(
    folder: Path,
    dtype: torch.dtype,
    *,
    auto_class: str,
    known: Container[str],
    called: Words,
    choose: Words,
    new_head: bool = False,
    **more: Any,
) -> PreTrainedModel:
    """A folder's model as transformers' `auto_class` reads it, `more` being arguments for it.

    `known` are the model types that it may be; `called` and `choose` name the family and the way
    out in the message. Raises ModelError; for weights that the folder lacks too, which transformers
    would make up by chance, but for those of a `new_head`.
    """
    import transformers
    from safetensors import SafetensorError

    config = read_config(folder)
    kind, holds = config.get("model_type"), architecture_of(config)
    if kind not in known:
        other = ARCHITECTURES[holds].called if holds else ""
        raise ModelError(
            _(
                "%(name)s is a %(kind)s model, which is no %(called)s known to transformers",
                name=folder.name,
                kind=repr(kind),
                called=called,
            ),
            _("It looks like %(other)s: add it to the studio as that.", other=other)
            if other
            else _("%(choose)s; models that bring their own code are never run.", choose=choose),
        )
    if quantised := config.get("quantization_config"):
        raise ModelError(
            _(
                "the weights of %(name)s are quantised (%(kind)s)",
                name=folder.name,
                kind=quantised.get("quant_method", "?"),
            ),
            _("Choose the model's plain weights; QLoRA makes 4 bits of them by itself."),
        )
    transformers.logging.disable_progress_bar()  # log.txt is no terminal
    try:
        model, told = getattr(transformers, auto_class).from_pretrained(
            folder,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            **more,
        )
    except (OSError, ValueError, SafetensorError, RuntimeError) as error:
        raise ModelError(
            _("the weights in %(folder)s can't be read: %(error)s", folder=folder, error=error),
            WHOLE,
        ) from error
    if lacking := _lacking(model, told, new_head):
        raise ModelError(
            _(
                "the weights in %(folder)s lack %(count)s that the model has: %(names)s",
                folder=folder,
                count=len(lacking),
                names=", ".join(lacking[:3]),
            ),
            WHOLE,
        )
    return model


WHOLE = _("They must be whole, in safetensors, and fit config.json.")


def _lacking(model: PreTrainedModel, told: dict[str, Any], new_head: bool) -> list[str]:
    """Weights that were not in a folder, or in another shape; of a model with a new head, of its body:
    a pooler belongs to the head, and many folders come without."""
    found = {*told["missing_keys"], *(one[0] for one in told["mismatched_keys"])}
    if new_head:
        body = f"{model.base_model_prefix}."
        found = {one for one in found if one.startswith(body) and "pooler" not in one}
    return sorted(found)


def write_generation_config(model: PreTrainedModel, folder: Path) -> None:
    """How its answers begin and end, which may stand in its base's config.json alone."""
    said: Any = model.generation_config
    (folder / "generation_config.json").write_text(said.to_json_string(), encoding="utf-8")


def keep_output_contiguous(model: PreTrainedModel) -> None:
    """Give the output layer contiguous hidden states.

    Of the last position of each row, a strided view, torch makes a batched product and copies
    the whole output matrix for every row: ten times slower on CPU.
    """
    model.get_output_embeddings().register_forward_pre_hook(lambda _, args: (args[0].contiguous(),))
