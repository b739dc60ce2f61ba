"""Checkpoints: folders in Hugging Face layout that are whole or absent.

    step-000120/
      adapter_model.safetensors, adapter_config.json    LoRA: opens with peft
      model.safetensors, config.json, …                 full: opens with AutoModelForCausalLM
      tokenizer.json, tokenizer_config.json, chat_template.jinja, …
      resume/optimiser.safetensors, random.safetensors, state.json

Everything is written under a temporary name, synced, and renamed into place. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file

from engine import FORMAT
from engine.errors import ModelError
from engine.models import Loaded
from engine.spec import ModelRef

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "generation_config.json",
)
MOMENTS = ("exp_avg", "exp_avg_sq")
"""AdamW's running means."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands; state.json of a checkpoint."""

    step: int = 0
    """Optimiser steps done: also the sampler's and the schedule's position."""
    tokens: int = 0
    threads: int = 0
    """Torch threads; bit-equal resume needs the same number."""
    objective: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


class Written(NamedTuple):
    """What was written: for the `checkpoint` event."""

    sha256: str
    """Over the weights' files, in order of their names."""
    bytes: int
    """Size of the folder."""


def write(
    folder: Path, loaded: Loaded, optimiser: torch.optim.Optimizer, progress: Progress
) -> Written:
    """Write a checkpoint folder; it appears under its name only when it is complete."""
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        _write_weights(temporary, loaded)
        _write_resume(temporary / "resume", loaded, optimiser, progress)
        written = Written(_sha256_of_weights(temporary), _synced_bytes(temporary))
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _sync(folder.parent)
    return written


def resumed(ref: ModelRef, checkpoint: Path) -> ModelRef:
    """The model to load in order to go on from a checkpoint of a run that began with `ref`."""
    if (checkpoint / "adapter_config.json").is_file():
        return replace(ref, adapter=str(checkpoint))
    return replace(ref, source="folder", path=str(checkpoint), adapter="")


def read_progress(checkpoint: Path) -> Progress:
    """Raises ModelError when the folder is no checkpoint one can go on from."""
    try:
        return Progress(**json.loads((checkpoint / "resume" / "state.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(
            f"{checkpoint} is no checkpoint to resume from: {error}",
            "Choose a whole checkpoint folder, its resume/ included.",
        ) from error


def restore(checkpoint: Path, loaded: Loaded, optimiser: torch.optim.Optimizer) -> None:
    """Put the optimiser and the random generators back to where the checkpoint left them."""
    progress = read_progress(checkpoint)
    moments = load_file(checkpoint / "resume" / "optimiser.safetensors")
    for name, weight in trainable(loaded).items():
        optimiser.state[weight] = {
            "step": torch.tensor(float(progress.step)),
            **{one: moments[f"{one}.{name}"].to(weight.device) for one in MOMENTS},
        }
    generators = load_file(checkpoint / "resume" / "random.safetensors")
    torch.set_rng_state(generators["cpu"])
    if loaded.device.type == "cuda" and "cuda" in generators:
        torch.cuda.set_rng_state(generators["cuda"], loaded.device)


def trainable(loaded: Loaded) -> dict[str, torch.nn.Parameter]:
    """The weights that training changes, by name."""
    return {name: one for name, one in loaded.model.named_parameters() if one.requires_grad}


def _write_weights(folder: Path, loaded: Loaded) -> None:
    if loaded.layout == "adapter":
        loaded.model.save_pretrained(str(folder), selected_adapters=["default"])
        (folder / "README.md").unlink(missing_ok=True)  # peft's empty model card
    else:
        loaded.model.save_pretrained(str(folder))
    for name in TOKENIZER_FILES:
        if (loaded.tokenizer_folder / name).is_file():
            shutil.copyfile(loaded.tokenizer_folder / name, folder / name)


def _write_resume(
    folder: Path, loaded: Loaded, optimiser: torch.optim.Optimizer, progress: Progress
) -> None:
    folder.mkdir()
    moments = {
        f"{one}.{name}": optimiser.state[weight][one]
        for name, weight in trainable(loaded).items()
        for one in MOMENTS
        if weight in optimiser.state
    }
    save_file(moments, folder / "optimiser.safetensors")
    generators = {"cpu": torch.get_rng_state()}
    if loaded.device.type == "cuda":
        generators["cuda"] = torch.cuda.get_rng_state(loaded.device)
    save_file(generators, folder / "random.safetensors")
    (folder / "state.json").write_text(json.dumps(asdict(progress)), encoding="utf-8")


def _sha256_of_weights(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _synced_bytes(folder: Path) -> int:
    """Sync every file and folder below, and return their size."""
    size = 0
    for path in (*folder.rglob("*"), folder):
        _sync(path)
        size += path.stat().st_size if path.is_file() else 0
    return size


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
