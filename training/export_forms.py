"""In which forms a checkpoint can leave, and why not in the others.

The page and REST offer by this, and `actions.exports` refuses by it.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from os import stat_result
from pathlib import Path
from typing import Any, NamedTuple

from authoring.words import told
from authoring.words import words as _
from engine.architectures import ARCHITECTURES
from engine.errors import ModelError
from engine.gguf_fit import gguf_misfit
from training.models import Architecture, Checkpoint, Form, Source


class Refused(NamedTuple):
    why: Any
    remedy: Any


def offered(checkpoint: Checkpoint) -> list[Form]:
    """None of a checkpoint whose files were deleted."""
    if checkpoint.deleted_at is not None:
        return []
    return [one for one in Form if refusal(checkpoint, one) is None]


def refusal(checkpoint: Checkpoint, form: str) -> Refused | None:
    """Why a checkpoint can't leave in this form; None where it can, as far as the web can tell."""
    model = checkpoint.run.base_model
    if form == Form.ADAPTER and checkpoint.layout != "adapter":
        why = _("These are whole weights: there is no adapter.")
    elif form == Form.GGUF and model.architecture != Architecture.DECODER:
        why = _("GGUF files are for decoders, and this model is none.")
    elif form == Form.GGUF and (misfit := _gguf_misfit(checkpoint)):
        return Refused(told(misfit.message), told(misfit.remedy))
    elif form not in ARCHITECTURES[model.architecture].forms:
        why = _("This kind of model does not leave in this form.")
    else:
        return None
    return Refused(why, _("Export the whole weights."))


@dataclass(frozen=True)
class _Folder:
    """A model's files, and what they are known by: others that are known by the same are alike."""

    path: Path = field(compare=False)
    known_by: Hashable


def _gguf_misfit(checkpoint: Checkpoint) -> ModelError | None:
    """By the base's own files: all that is trained from it has its shape and its tokenizer. Where those
    aren't here, as of a hub's model, by the checkpoint's: whole weights tell everything, an adapter
    only which tokenizer it is, and the worker says the rest."""
    base = checkpoint.run.base_model
    if base.source in (Source.BUNDLED, Source.FOLDER):
        times = (one.st_mtime_ns for one in _files_of(base.folder))
        return _misfit_of(_Folder(base.folder, (base.folder, *times)))
    sizes = (one.st_size for one in _files_of(checkpoint.folder))  # a run's checkpoints are alike
    return _misfit_of(_Folder(checkpoint.folder, (checkpoint.run_id, *sizes)))


def _files_of(folder: Path) -> list[stat_result]:
    files = [folder / name for name in ("config.json", "tokenizer.json")]
    return [one.stat() for one in files if one.is_file()]


@lru_cache(maxsize=64)
def _misfit_of(folder: _Folder) -> ModelError | None:
    """Read once for as long as its files stay as they are."""
    return gguf_misfit(folder.path)
