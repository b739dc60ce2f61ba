"""Models by their Hugging Face id. Only data is fetched: safetensors, JSON, chat template."""

from __future__ import annotations

from pathlib import Path

from engine.errors import ModelError
from engine.words import _

FILES = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.jinja"]


def hub_folder(name: str) -> Path:
    """The local folder of a hub model, downloaded if it isn't in the cache.

    Raises ModelError when the id is wrong or the hub can't be reached, with the way to bring
    the folder by hand.
    """
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=FILES))
    except Exception as error:  # the client raises its own, httpx's and the system's errors
        raise ModelError(
            _(
                "%(name)s can't be fetched from the Hugging Face hub (%(error)s: %(said)s)",
                name=name,
                error=type(error).__name__,
                said=_first_line(error),
            ),
            _(
                "Check the id and the network; or, on a machine that has it, run `hf download "
                "%(name)s --local-dir FOLDER`, copy the folder here and choose it as a local "
                "folder.",
                name=name,
            ),
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")
