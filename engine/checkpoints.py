"""Checkpoints: folders in Hugging Face layout that are whole or absent.

    step-000120/
      adapter_model.safetensors, adapter_config.json    LoRA: opens with peft
      model.safetensors, config.json, …                 full: opens with AutoModelForCausalLM
      tokenizer.json, tokenizer_config.json, chat_template.jinja, …
      resume/optimiser.safetensors, average.safetensors, random.safetensors, state.json

Everything is written under a temporary name, synced, and renamed into place. Nothing is pickled.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file

from engine import FORMAT
from engine.errors import ModelError
from engine.model_files import template_source
from engine.models import Loaded
from engine.run_dir import RunDir
from engine.sharding import gather
from engine.spec import ModelRef
from engine.together import gathered
from engine.weights_hash import weights_hash
from engine.words import _
from engine.world import World

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "generation_config.json",
)


@dataclass(frozen=True)
class Progress:
    """Where a run stands; state.json of a checkpoint."""

    step: int = 0
    """Optimiser steps done: also the sampler's and the schedule's position."""
    tokens: int = 0
    threads: int = 0
    """Torch threads; bit-equal resume needs the same number."""
    objective: dict[str, Any] = field(default_factory=dict)
    optimiser: dict[str, Any] = field(default_factory=dict)
    """What the optimiser remembers in plain numbers, as `<what>.<weight>`."""
    scaler: dict[str, Any] = field(default_factory=dict)
    patience: dict[str, Any] = field(default_factory=dict)
    recomputes: bool = False
    """Whether gradient checkpointing was on, asked for or not: it sums in another order."""
    finished: bool = False
    """Whether nothing is left to do: an average, where asked for, is in the weights."""
    format: int = FORMAT


class Written(NamedTuple):
    """What was written: for the `checkpoint` event."""

    sha256: str
    """Over the weights' files, in order of their names."""
    bytes: int
    """Size of the folder."""


Tensors = Mapping[str, torch.Tensor]


def write(
    folder: Path,
    loaded: Loaded,
    progress: Progress,
    tensors: Mapping[str, Tensors],
    weights: Tensors | None = None,
) -> Written:
    """Write a checkpoint folder; it appears under its name only when it is complete.

    `tensors` are the files of resume/, by name; an empty one is not written. `weights` are
    `whole_weights`.
    """
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        _write_weights(temporary, loaded, weights)
        _write_resume(temporary / "resume", progress, tensors)
        written = Written(weights_hash(temporary), _synced_bytes(temporary))
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _sync(folder.parent)
    return written


def sweep(run: RunDir, fence: int) -> None:
    """Delete what attempts up to this one were writing when they were killed: it would stay for ever, a
    whole checkpoint large each time."""
    for number in range(1, fence + 1):
        for half in run.attempt(number).checkpoints.glob(".step-*.tmp"):
            shutil.rmtree(half, ignore_errors=True)


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
            _(
                "%(checkpoint)s is no checkpoint to resume from: %(error)s",
                checkpoint=checkpoint,
                error=error,
            ),
            _("Choose a whole checkpoint folder, its resume/ included."),
        ) from error


def read_tensors(checkpoint: Path, name: str) -> dict[str, torch.Tensor]:
    """One of the files of resume/; empty when it was not written."""
    path = checkpoint / "resume" / f"{name}.safetensors"
    return load_file(path) if path.is_file() else {}


def generators(device: torch.device, world: World) -> dict[str, torch.Tensor]:
    """Where the random generators of every process stand, by kind and rank."""
    mine = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        mine["cuda"] = torch.cuda.get_rng_state(device)
    every = gathered(world, {kind: one.tolist() for kind, one in mine.items()})
    return {
        f"{kind}.{rank}": torch.tensor(state, dtype=torch.uint8)
        for rank, states in enumerate(every)
        for kind, state in states.items()
    }


def set_generators(states: Tensors, device: torch.device, rank: int) -> None:
    """Put this process's generators back; a process that was not there then keeps its own."""
    if f"cpu.{rank}" in states:
        torch.set_rng_state(states[f"cpu.{rank}"])
    if device.type == "cuda" and f"cuda.{rank}" in states:
        torch.cuda.set_rng_state(states[f"cuda.{rank}"], device)


def trainable(loaded: Loaded) -> dict[str, torch.nn.Parameter]:
    """The weights that training changes, by name."""
    return {name: one for name, one in loaded.model.named_parameters() if one.requires_grad}


def whole_weights(loaded: Loaded, world: World) -> dict[str, torch.Tensor] | None:
    """What a checkpoint holds of a model that is sharded, in the main process; None of one that isn't.
    Every process must call it."""
    if loaded.sharded is None:
        return None
    named = loaded.model.state_dict(keep_vars=True)  # one weight under two names stays one
    if loaded.layout == "adapter":
        named = {name: one for name, one in named.items() if one.requires_grad}
    return gather(world, named)


def _write_weights(folder: Path, loaded: Loaded, weights: Tensors | None) -> None:
    whole: dict[str, Any] = {} if weights is None else {"state_dict": dict(weights)}
    if loaded.layout == "adapter":
        loaded.model.save_pretrained(str(folder), selected_adapters=["default"], **whole)
        (folder / "README.md").unlink(missing_ok=True)  # peft's empty model card
        loaded.family.write_beside_adapter(loaded.transformer, folder)
    else:
        loaded.model.save_pretrained(str(folder), **whole)
    write_tokenizer(loaded, folder)


def write_tokenizer(loaded: Loaded, folder: Path) -> None:
    """The tokenizer's files; and the chat template, of a base that was never taught a chat too: it was
    taught this one."""
    for name in TOKENIZER_FILES:
        if (loaded.tokenizer_folder / name).is_file():
            shutil.copyfile(loaded.tokenizer_folder / name, folder / name)
    if not template_source(folder, ""):
        text = loaded.formatter.whole_template
        (folder / "chat_template.jinja").write_text(text, encoding="utf-8")


def _write_resume(folder: Path, progress: Progress, tensors: Mapping[str, Tensors]) -> None:
    folder.mkdir()
    for name, some in tensors.items():
        if some:
            here = {key: one.detach().cpu().contiguous() for key, one in some.items()}
            save_file(_each_its_own(here), folder / f"{name}.safetensors")
    (folder / "state.json").write_text(json.dumps(asdict(progress)), encoding="utf-8")


def _each_its_own(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Tensors that share no memory, as safetensors asks for. AdamW of 8 bits keeps one table of its
    numbers for all weights."""
    own: dict[str, torch.Tensor] = {}
    taken: set[int] = set()
    for name, one in tensors.items():
        place = one.untyped_storage().data_ptr()
        own[name] = one.clone() if place in taken else one
        taken.add(place)
    return own


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
