"""Loading weights: a folder, a Hugging Face id, an adapter on top, or a model from nothing.

Safetensors only, and only architectures that transformers itself knows: a model's folder is data,
never code. The tokenizer isn't loaded by transformers at all; `engine.formatting` reads its files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine import scratch
from engine.adapters import new_adapter, put_adapter
from engine.errors import ModelError, SpecError
from engine.formatting import Formatter
from engine.hardware import choose_device, choose_dtype
from engine.hub import hub_folder
from engine.records import Record
from engine.settings import PredictSettings, TrainSettings
from engine.spec import ModelRef

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


@dataclass
class Loaded:
    """A model ready to train or to generate, with its tokenizer's files."""

    model: PreTrainedModel | PeftModel
    formatter: Formatter
    tokenizer_folder: Path
    """Where tokenizer.json and the chat template lie; copied into every checkpoint."""
    base: str
    """What an adapter names as its base: a folder's absolute path, or a hub id."""
    device: torch.device
    dtype: torch.dtype
    """Number format of matrix products (bfloat16 or float32)."""

    @property
    def layout(self) -> str:
        """`adapter` or `full`: how checkpoints of it are written."""
        return "adapter" if hasattr(self.model, "peft_config") else "full"

    @property
    def transformer(self) -> PreTrainedModel:
        """The model inside, LoRA layers in place, without peft's wrapper."""
        model: Any = self.model
        return model.get_base_model() if self.layout == "adapter" else model

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """Inside, matrix products are in `dtype`, whatever the weights are kept in."""
        if self.dtype == torch.float32:
            yield
            return
        # peft would cast each adapter's input to float32 only for autocast to cast it back.
        from peft.helpers import disable_input_dtype_casting

        with torch.autocast(self.device.type, self.dtype), disable_input_dtype_casting(self.model):
            yield


def load_for_training(
    ref: ModelRef, settings: TrainSettings, *, records: Sequence[Record], scratch_folder: Path
) -> Loaded:
    """Weights to train, in train mode, only those that are to change requiring gradients.

    With LoRA the frozen base is kept in `settings.dtype` and the adapter in float32; otherwise
    all weights are float32. `records` (the train split) teach a from-scratch model its tokenizer,
    which is written to `scratch_folder`. Random weights come from torch's global generator.

    Raises ModelError when there are no weights to read, SpecError when settings contradict.
    """
    device = choose_device(settings.device)
    dtype = choose_dtype(settings.dtype, device)
    if ref.source == "scratch":
        return _from_nothing(ref, settings, records, scratch_folder, device, dtype)
    folder = _folder(ref)
    lora = settings.tuning == "lora"
    model: Any = read_weights(folder, dtype if lora else torch.float32)
    if lora:
        if ref.adapter:
            model = put_adapter(model, ref.adapter, trainable=True)
        else:
            model = new_adapter(model, settings, _base_name(ref))
    elif ref.adapter:
        model = put_adapter(model, ref.adapter, trainable=False).merge_and_unload()
        model.requires_grad_(True)
    model.to(device).train()
    tokenizer = _tokenizer_folder(ref, folder)
    return Loaded(
        model, Formatter.from_folder(tokenizer), tokenizer, _base_name(ref), device, dtype
    )


def load_for_prediction(ref: ModelRef, settings: PredictSettings) -> Loaded:
    """Weights to generate with: adapter merged, everything in `settings.dtype`, in eval mode.

    Raises ModelError when there are no weights to read, or none were trained yet (`scratch`).
    """
    if ref.source == "scratch":
        raise ModelError(
            "a model from nothing has no weights yet",
            "Train it first, then predict with one of its checkpoints.",
        )
    device = choose_device(settings.device)
    dtype = choose_dtype(settings.dtype, device)
    folder = _folder(ref)
    model: Any = read_weights(folder, torch.float32 if ref.adapter else dtype)
    if ref.adapter:  # summed in float32, rounded once
        model = put_adapter(model, ref.adapter, trainable=False).merge_and_unload().to(dtype)
    model.to(device).eval().requires_grad_(False)
    tokenizer = _tokenizer_folder(ref, folder)
    return Loaded(
        model, Formatter.from_folder(tokenizer), tokenizer, _base_name(ref), device, dtype
    )


def read_weights(folder: Path, dtype: torch.dtype) -> PreTrainedModel:
    """A decoder-only model from a folder in Hugging Face layout. Raises ModelError."""
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, logging
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder} has no readable config.json",
            "Bring a folder in Hugging Face layout: config.json, model.safetensors, "
            "tokenizer.json, tokenizer_config.json.",
        ) from error
    if kind not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise ModelError(
            f"{folder.name} is a {kind!r} model, which is no decoder known to transformers",
            "Choose a decoder-only language model; models that bring their own code are never run.",
        )
    logging.disable_progress_bar()  # log.txt is no terminal
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, use_safetensors=True, local_files_only=True
        )
    except (OSError, ValueError, SafetensorError, RuntimeError) as error:
        raise ModelError(
            f"the weights in {folder} can't be read: {error}",
            "They must be whole, in safetensors, and fit config.json.",
        ) from error
    _keep_output_contiguous(model)
    return model


def _keep_output_contiguous(model: PreTrainedModel) -> None:
    """Give the output layer contiguous hidden states.

    Of the last position of each row, a strided view, torch makes a batched product and copies
    the whole output matrix for every row: ten times slower on CPU.
    """
    model.get_output_embeddings().register_forward_pre_hook(lambda _, args: (args[0].contiguous(),))


def _from_nothing(
    ref: ModelRef,
    settings: TrainSettings,
    records: Sequence[Record],
    folder: Path,
    device: torch.device,
    dtype: torch.dtype,
) -> Loaded:
    if ref.preset != "nano":
        raise ModelError(f"there is no preset called {ref.preset!r}", "Choose nano.")
    if settings.tuning != "full":
        raise SpecError({"tuning": "a model from nothing has to be trained whole; choose full"})
    shape = scratch.nano_shape(ref.overrides)
    scratch.train_tokenizer(records, shape["vocabulary"], folder)
    model: Any = scratch.nano(folder, ref.overrides)
    model.to(device).train()
    _keep_output_contiguous(model)
    return Loaded(model, Formatter.from_folder(folder), folder, "", device, dtype)


def _folder(ref: ModelRef) -> Path:
    if ref.architecture != "decoder":
        raise ModelError(
            f"{ref.architecture} models can't be run yet", "Choose a decoder-only model."
        )
    if ref.source == "hub":
        return hub_folder(ref.path)
    folder = Path(ref.path)
    if not folder.is_dir():
        raise ModelError(
            f"there is no model folder at {folder}",
            "Bring the folder back, or choose another base model.",
        )
    return folder


def _tokenizer_folder(ref: ModelRef, folder: Path) -> Path:
    """The adapter's own tokenizer where it has one: it is what the adapter was trained with."""
    beside = Path(ref.adapter)
    return beside if ref.adapter and (beside / "tokenizer.json").is_file() else folder


def _base_name(ref: ModelRef) -> str:
    return ref.path if ref.source == "hub" else str(Path(ref.path).absolute())
