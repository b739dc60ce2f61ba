"""Models by their Hugging Face id. Only data is fetched: safetensors, JSON, chat template."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

from engine.errors import ModelError
from engine.words import _

FILES = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.jinja"]
NOT_NEEDED = ["consolidated*", "original/*", "onnx/*", "openvino/*"]
"""The same weights once more, for other programs."""


def hub_folder(name: str) -> Path:
    """The local folder of a hub model, downloaded if it isn't whole in the cache.

    One that is there is taken as it is, whatever its owner published since: a run goes on, and its
    checkpoints are evaluated, on the weights that it began with. Raises ModelError when the id is wrong
    or the hub can't be reached, with the way to bring the folder by hand.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    fetch = partial(snapshot_download, name, allow_patterns=FILES, ignore_patterns=NOT_NEEDED)
    try:
        with suppress(LocalEntryNotFoundError):
            return Path(fetch(local_files_only=True))
        return Path(fetch())
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
