"""What every kind of job writes into its run directory: splits, tasks, and where weights start."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings

from authoring.actions import export
from authoring.errors import Unavailable
from authoring.models import Snapshot
from authoring.words import words as _
from engine.records import TaskInfo
from engine.run_dir import RunDir
from engine.spec import DataRef, ModelRef
from training.models import BaseModel, Checkpoint, Run, Source

PACKAGES = ("instructstudio", "torch", "transformers", "peft", "safetensors", "tokenizers")


def write_split(run_dir: RunDir, snapshot: Snapshot, split: str) -> DataRef:
    """Write a split as JSONL, one record a line in the snapshot's order; hash what was written."""
    written = export.write_split(snapshot=snapshot, split=split, path=run_dir.split(split))
    return DataRef(path=written.path.name, rows=written.rows, sha256=written.sha256)


def write_tasks(run_dir: RunDir, snapshot: Snapshot) -> None:
    """Write tasks.json: every task that the snapshot's rows belong to, as it was frozen."""
    export.write_tasks(snapshot=snapshot, path=run_dir.tasks_path)


def tasks_of(snapshot: Snapshot, split: str) -> dict[str, TaskInfo]:
    """The tasks of the rows of one split, as they were frozen."""
    inside = snapshot.counts.get(split, {}).get("tasks", {})
    return {slug: info for slug, info in snapshot.task_infos().items() if slug in inside}


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
        _(
            "The weights in %(folder)s are not there.",
            folder=folder.relative_to(settings.STUDIO_HOME),
        ),
        _("Bring the folder back, or start from other weights."),
    )
