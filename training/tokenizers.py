"""The tokenizer that a run would use, in the web process: no torch, no network.

A model from nothing learns its tokenizer from the train split; here it is learnt the same way.
"""

import tempfile
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from authoring.actions import export
from authoring.models import Snapshot, Split
from engine.architectures import context_of
from engine.errors import EngineError
from engine.formatting import Formatter
from engine.learnt_tokenizer import EDITION, train_tokenizer
from engine.model_files import read_json
from engine.presets import nano_shape
from engine.reading import FORMATTERS, ClassFormatter
from engine.words import _
from training.handlers.files import tasks_of
from training.models import BaseModel, Checkpoint, Source

DECIDING = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"),
    *("generation_config.json", "config.json"),
)
"""The files that decide the tokens of a pair: the last two say how answers begin and end."""


class Reader(NamedTuple):
    """What turns pairs into tokens, and how many of them the model can read."""

    formatter: Formatter
    context: int | None
    fingerprint: str
    """Changes when the tokenizer does."""
    architecture: str = "decoder"


def reader_of(base: BaseModel, checkpoint: Checkpoint | None, snapshot: Snapshot) -> Reader | None:
    """None where the tokenizer isn't on this machine yet. Raises ModelError for a broken one."""
    folder = _folder(base, checkpoint)
    if folder is None and base.source == Source.SCRATCH:
        shape = nano_shape(base.overrides, base.architecture)
        formatter = _learnt(snapshot.pk, base.architecture, shape["vocabulary"])
        print_ = f"{snapshot.content_hash}:{base.architecture}:{shape['vocabulary']}:{EDITION}"
        return Reader(
            _of_labels(formatter, snapshot), shape.get("positions"), print_, base.architecture
        )
    if folder is None or not (folder / "tokenizer.json").is_file():
        return None
    files = [folder / name for name in DECIDING]
    changed = tuple(one.stat().st_mtime_ns for one in files if one.is_file())
    return Reader(
        _of_labels(_read(folder, base.architecture, changed), snapshot),
        _context(folder, base),
        ":".join(map(str, (folder, *changed))),
        base.architecture,
    )


def _context(folder: Path, base: BaseModel) -> int | None:
    """How much the model can read at once, by its config.json or, under an adapter, its base's."""
    for one in (folder, base.folder):
        if found := context_of(read_json(one / "config.json"), base.architecture):
            return found
    return None


def _folder(base: BaseModel, checkpoint: Checkpoint | None) -> Path | None:
    if checkpoint is not None and (checkpoint.folder / "tokenizer.json").is_file():
        return checkpoint.folder
    return base.folder if base.source in (Source.BUNDLED, Source.FOLDER) else None


@lru_cache(maxsize=4)
def _read(folder: Path, architecture: str, changed: tuple[int, ...]) -> Formatter:
    return FORMATTERS[architecture].from_folder(folder)


@lru_cache(maxsize=4)
def _learnt(snapshot_id: int, architecture: str, vocabulary: int) -> Formatter:
    """Snapshots are immutable: what was learnt from one stays true."""
    snapshot = Snapshot.objects.get(pk=snapshot_id)
    records = list(export.records(snapshot=snapshot, split=Split.TRAIN))
    if not records:
        raise EngineError(
            _("the %(name)s split is empty", name=Split.TRAIN), _("Choose another snapshot.")
        )
    with tempfile.TemporaryDirectory() as folder:
        train_tokenizer(records, vocabulary, Path(folder), architecture)
        return FORMATTERS[architecture].from_folder(Path(folder))


def _of_labels(formatter: Formatter, snapshot: Snapshot) -> Formatter:
    """A classifier's formatter knows the labels of the snapshot, in the order of its tasks."""
    if not isinstance(formatter, ClassFormatter):
        return formatter
    tasks = tasks_of(snapshot, Split.TRAIN).values()
    return copy(formatter).for_labels(
        list(dict.fromkeys(one for task in tasks for one in task.labels))
    )
