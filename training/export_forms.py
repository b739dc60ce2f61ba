"""In which forms a checkpoint can leave, and why not in the others.

The page and REST offer by this, and `actions.exports` refuses by it.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from authoring.words import told
from authoring.words import words as _
from engine.architectures import ARCHITECTURES
from engine.errors import ModelError
from engine.gguf_fit import gguf_misfit
from training.models import Architecture, BaseModel, Checkpoint, Form, Source


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
    elif form == Form.GGUF and (misfit := _gguf_misfit(model)):
        return Refused(told(misfit.message), told(misfit.remedy))
    elif form not in ARCHITECTURES[model.architecture].forms:
        why = _("This kind of model does not leave in this form.")
    else:
        return None
    return Refused(why, _("Export the whole weights."))


def _gguf_misfit(model: BaseModel) -> ModelError | None:
    """By the base's own files: all that is trained from it has its shape and its tokenizer. Of a hub's
    model there are none here, and the worker will say."""
    if model.source not in (Source.BUNDLED, Source.FOLDER):
        return None
    files = [model.folder / name for name in ("config.json", "tokenizer.json")]
    changed = tuple(one.stat().st_mtime_ns for one in files if one.is_file())
    return _misfit_of(model.folder, changed) if len(changed) == len(files) else None


@lru_cache(maxsize=64)
def _misfit_of(folder: Path, changed: tuple[int, ...]) -> ModelError | None:
    """Read once for as long as its files stay as they are."""
    return gguf_misfit(folder)
