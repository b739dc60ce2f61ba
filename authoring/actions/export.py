"""Pairs and snapshots as JSON lines: for training, and for other tools."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from authoring.errors import Invalid
from authoring.formats import FORMATS
from authoring.models import Pair, Project, Revision, Snapshot, SnapshotItem, User
from authoring.models.pair import PairQuerySet
from authoring.permissions import require
from engine.records import Record
from engine.run_dir import write_atomically

CHUNK = 500


class WrittenSplit(NamedTuple):
    """A split on disk; the fields of `engine.spec.DataRef`."""

    path: Path
    rows: int
    sha256: str


def write_split(*, snapshot: Snapshot, split: str, path: Path) -> WrittenSplit:
    """Write a split as `engine.records` lines, in the snapshot's order. Called by runners, not by people."""
    digest, rows = hashlib.sha256(), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with open(temporary, "wb") as file:
        for record in records(snapshot=snapshot, split=split):
            line = record.to_json().encode() + b"\n"
            digest.update(line)
            file.write(line)
            rows += 1
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return WrittenSplit(path, rows, digest.hexdigest())


def write_tasks(*, snapshot: Snapshot, path: Path) -> None:
    """Write tasks.json: the tasks of the snapshot's rows, as they were when it was frozen."""
    tasks = {slug: asdict(info) for slug, info in snapshot.task_infos().items()}
    write_atomically(path, json.dumps(tasks, ensure_ascii=False, indent=2))


def records(*, snapshot: Snapshot, split: str) -> Iterator[Record]:
    """The records of a split, in the snapshot's order, without holding them all."""
    for item in _items(snapshot).filter(split=split).iterator(chunk_size=CHUNK):
        yield record_of(item.revision)


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


def snapshot_lines(
    *, snapshot: Snapshot, by: User, split: str = "", format: str = "studio"
) -> Iterator[str]:
    """A snapshot's revisions as lines of a format (`authoring.formats.FORMATS`); all splits, or one."""
    require(by, "view", snapshot.project)
    write = _writer(format)
    items = _items(snapshot)
    items = items.filter(split=split) if split else items
    return (_line(write(item.revision, item.split)) for item in items.iterator(chunk_size=CHUNK))


def project_lines(
    *, project: Project, by: User, format: str = "studio", pairs: PairQuerySet | None = None
) -> Iterator[str]:
    """The head revisions of a project's pairs, or of a queryset of them, as lines of a format."""
    require(by, "view", project)
    write = _writer(format)
    chosen = Pair.objects.all() if pairs is None else pairs
    chosen = chosen.in_project(project).order_by("pk").with_head()
    return (_line(write(_head(pair), pair.split)) for pair in chosen.iterator(chunk_size=CHUNK))


def _items(snapshot: Snapshot) -> "QuerySet[SnapshotItem]":
    return snapshot.items.order_by("position").select_related("revision__pair__task")


def _head(pair: Pair) -> Revision:
    pair.head.pair = pair
    return pair.head


def _writer(format: str) -> Callable[[Revision, str], dict[str, object]]:
    if format not in FORMATS:
        raise Invalid(
            _("There is no format “%(format)s”.") % {"format": format},
            fields={"format": [_("Choose one of %(known)s.") % {"known": ", ".join(FORMATS)}]},
        )
    return FORMATS[format].write


def _line(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
