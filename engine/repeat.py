"""Repeats a job in a fresh folder: `python -m engine METHOD RUN_DIR --into FOLDER`. Light: no torch.

What a job reads is copied, never what it wrote, so a repetition can't touch the first. With the same
engine, versions and number of threads it makes the same weights, bit by bit, on a CPU; a GPU's
kernels may add in another order.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

from engine.errors import DataError, DiskError, SpecError
from engine.run_dir import RunDir, write_atomically
from engine.settings import ExportSettings, PushSettings
from engine.words import _


def copy_inputs(root: Path, into: Path, threads: int = 0) -> Path:
    """Copy spec, tasks and splits of `root` into the new folder `into`; returns it.

    `threads`, unless 0, are written into the copied spec: what the first run chose by itself.
    Raises SpecError, DataError where a split is not the one that the spec was hashed with, and
    DiskError where `into` holds something already.
    """
    source, made = RunDir(root), RunDir(into)
    try:
        spec = source.spec()
    except OSError as error:
        raise SpecError({"spec.json": _("can't be read: %(error)s", error=error)}) from error
    if into.exists() and any(into.iterdir()):
        raise DiskError(
            _("%(into)s is not empty", into=into), _("Name a folder that isn't there yet.")
        )
    into.mkdir(parents=True, exist_ok=True)
    for name, data in spec.data.items():
        _copy_split(root / data.path, into / data.path, name, data.sha256)
    if source.tasks_path.is_file():
        shutil.copyfile(source.tasks_path, made.tasks_path)
    if threads and not isinstance(spec.settings, ExportSettings | PushSettings):
        spec = replace(spec, settings=replace(spec.settings, threads=threads))
    write_atomically(made.spec_path, spec.to_json())
    return into


def _copy_split(path: Path, target: Path, name: str, sha256: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(
            _("the %(name)s split can't be read: %(error)s", name=name, error=error)
        ) from error
    if found != sha256:
        raise DataError(
            _(
                "%(name)s is not what the run was trained on: its SHA-256 is %(found)s, not "
                "%(sha256)s",
                name=path.name,
                found=found,
                sha256=sha256,
            ),
            _("Bring the file of that run back."),
        )
    shutil.copyfile(path, target)
