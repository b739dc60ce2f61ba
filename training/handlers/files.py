"""What every kind of job writes into its run directory: splits, tasks, and where weights start."""

import hashlib
import json
import os
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from authoring.errors import Unavailable
from authoring.models import Revision, Snapshot, Task
from engine.records import Record, TaskInfo
from engine.run_dir import RunDir, write_atomically
from engine.spec import DataRef, ModelRef
from training.models import BaseModel, Checkpoint, Run, Source

PACKAGES = ("instructstudio", "torch", "transformers", "peft", "safetensors", "tokenizers")


def write_split(run_dir: RunDir, snapshot: Snapshot, split: str) -> DataRef:
    """Write a split as JSONL, one record a line in the snapshot's order; hash what was written."""
    path = run_dir.split(split)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    digest, rows = hashlib.sha256(), 0
    items = snapshot.items.filter(split=split).select_related("revision__pair__task")
    with open(temporary, "wb") as file:
        for item in items.order_by("position").iterator(chunk_size=500):
            line = record_of(item.revision).to_json().encode() + b"\n"
            file.write(line)
            digest.update(line)
            rows += 1
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return DataRef(path=path.name, rows=rows, sha256=digest.hexdigest())


def write_tasks(run_dir: RunDir, snapshot: Snapshot) -> None:
    """Write tasks.json: every task that the snapshot's rows belong to."""
    tasks = {slug: asdict(task) for slug, task in tasks_of(snapshot).items()}
    write_atomically(run_dir.tasks_path, json.dumps(tasks, ensure_ascii=False, indent=2))


def tasks_of(snapshot: Snapshot, split: str | None = None) -> dict[str, TaskInfo]:
    """The tasks of the rows of a snapshot, or of one of its splits, as the engine knows them."""
    items = snapshot.items.filter(split=split) if split else snapshot.items.all()
    pairs = items.order_by().values("revision__pair__task")
    return {task.slug: task_info(task) for task in Task.objects.filter(pk__in=pairs)}


def task_info(task: Task) -> TaskInfo:
    return TaskInfo(
        kind=task.kind,
        labels=list(task.labels),
        metric=task.default_metric,
        reward=task.default_reward,
    )


def record_of(revision: Revision) -> Record:
    """A revision as training sees it; `id` is the revision's, so that outputs find their way back."""
    return Record(
        id=revision.pk,
        pair=revision.pair_id,
        task=revision.pair.task.slug,
        turns=revision.turns,
        response=revision.response,
        system=revision.system,
        input=revision.input,
        references=revision.references,
        language=revision.language,
        extra=revision.extra,
    )


def weights_of(base_model: BaseModel, checkpoint: Checkpoint | None) -> ModelRef:
    """Where weights start: the checkpoint's where one is given, else the base model's own.

    Raises Unavailable when the folder is gone.
    """
    if checkpoint is None:
        return base_weights(base_model)
    folder = _present(checkpoint.folder)
    if checkpoint.layout == "full":
        return ModelRef("folder", path=str(folder), architecture=base_model.architecture)
    under = _under(checkpoint.run)
    return ModelRef(
        under.source, path=under.path, adapter=str(folder), architecture=under.architecture
    )


def base_weights(model: BaseModel) -> ModelRef:
    """A base model as the engine finds it. Raises Unavailable when its folder is gone."""
    match model.source:
        case Source.HUB:
            return ModelRef("hub", path=model.reference, architecture=model.architecture)
        case Source.SCRATCH:
            return ModelRef(
                "scratch",
                architecture=model.architecture,
                preset=model.reference,
                overrides=model.overrides,
            )
    return ModelRef("folder", path=str(_present(model.folder)), architecture=model.architecture)


def versions() -> dict[str, str]:
    """Of the packages that decide the result; what isn't installed here is left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _under(run: Run) -> ModelRef:
    """The full weights that a run's adapters lie on."""
    if run.parent is None:
        return base_weights(run.base_model)
    if run.parent.layout == "full":
        folder = _present(run.parent.folder)
        return ModelRef("folder", path=str(folder), architecture=run.base_model.architecture)
    return _under(run.parent.run)


def _present(folder: Path) -> Path:
    if folder.is_dir():
        return folder
    raise Unavailable(
        _("The weights in %(folder)s are not there.")
        % {"folder": folder.relative_to(settings.STUDIO_HOME)},
        _("Bring the folder back, or start from other weights."),
    )
