"""`python -m engine export`: a checkpoint as files for others, in the attempt's `export` folder.

    adapter    adapter_model.safetensors and adapter_config.json: opens with peft on its base;
               a classifier's labels stand in config.json
    merged     whole weights, the adapter summed in: opens with transformers' Auto classes; an LSTM,
               which transformers doesn't know, by the module that lies beside its weights
    gguf       model.gguf, tokenizer inside: opens with llama.cpp and its kin (`engine.gguf_file`)

With each but the last come the tokenizer's files. A folder that is there is whole.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from engine.checkpoints import TOKENIZER_FILES, write_tokenizer
from engine.errors import SpecError
from engine.events import EXIT_FINISHED
from engine.gguf_file import write_gguf
from engine.hardware import use_threads
from engine.job import Job
from engine.leaving import LEAVING, leave
from engine.models import Loaded, load_for_prediction
from engine.settings import ExportSettings, PredictSettings
from engine.words import _

ADAPTER_FILES = ("adapter_model.safetensors", "adapter_config.json", "config.json")
DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def run(job: Job) -> int:
    """Write the export; returns the exit code. Raises SpecError for an adapter where there is none,
    ModelError for weights that can't be read or have no place in the form."""
    settings = job.settings(ExportSettings)
    if (want := job.requests.want()) in LEAVING:
        return leave(job, want)
    job.events.say("state", state="running", total_steps=1)
    folder = job.attempt.folder / "export"
    temporary = job.attempt.folder / ".export.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    FORMS[settings.form](job, settings, temporary)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
    job.events.say("progress", step=1, total_steps=1, seconds_left=0.0)
    job.events.say("state", state="finished")
    return EXIT_FINISHED


def _adapter(job: Job, settings: ExportSettings, folder: Path) -> None:
    """As it was trained; its base goes by name, since this machine's path is nothing to others."""
    source = Path(job.spec.model.adapter)
    if not job.spec.model.adapter:
        raise SpecError({"form": _("these are whole weights: there is no adapter to export")})
    for name in (*ADAPTER_FILES, *TOKENIZER_FILES):
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = job.spec.lineage["base"]
    text = json.dumps(config, indent=2, sort_keys=True)
    (folder / "adapter_config.json").write_text(text, encoding="utf-8")


def _merged(job: Job, settings: ExportSettings, folder: Path) -> None:
    loaded = _whole(job)
    model: Any = loaded.transformer
    model.to(DTYPES[settings.numbers]).save_pretrained(str(folder))
    write_tokenizer(loaded, folder)
    if (code := loaded.family.own_code) is not None:
        shutil.copyfile(code, folder / f"{model.config.model_type}.py")


def _gguf(job: Job, settings: ExportSettings, folder: Path) -> None:
    loaded = _whole(job)
    write_gguf(
        folder / "model.gguf",
        loaded.transformer,
        loaded.tokenizer_folder,
        name=job.spec.lineage["name"],
        numbers=settings.numbers,
    )


def _whole(job: Job) -> Loaded:
    """The weights in float32 on the CPU, the adapter summed in."""
    use_threads(0)
    return load_for_prediction(job.spec.model, PredictSettings(dtype="float32", device="cpu"))


FORMS: dict[str, Callable[[Job, ExportSettings, Path], None]] = {
    "adapter": _adapter,
    "merged": _merged,
    "gguf": _gguf,
}
