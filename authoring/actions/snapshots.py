"""Freezing approved revisions into an immutable snapshot, and dropping what leaks from its train split."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from authoring.errors import NothingToDo
from authoring.models import Pair, Project, Reason, Snapshot, SnapshotItem, User
from authoring.permissions import require
from authoring.snapshot_leaks import leaking_train_pairs
from authoring.snapshot_plan import NAMED, Plan, Planned, make_plan, plan_of
from authoring.snapshot_settings import SnapshotSettings


def default_settings(*, project: Project) -> SnapshotSettings:
    """What the page offers first: the file's own splits where an import named any."""
    named = Pair.objects.in_project(project).exclude(split="").exists()
    return SnapshotSettings(split_rule="given" if named else "stratified")


def plan(*, project: Project, by: User, settings: SnapshotSettings | None = None) -> Plan:
    """What `freeze` with these settings would hold. Writes nothing; raises as `freeze` does."""
    require(by, "freeze", project)
    return make_plan(project, settings or default_settings(project=project))


def freeze(
    *,
    project: Project,
    by: User,
    settings: SnapshotSettings | None = None,
    name: str = "",
    note: str = "",
    planned: Callable[[], None] = lambda: None,
) -> Snapshot:
    """Freeze the approved revisions. Leaks between train and test are named in `leaks`, or dropped
    from train where `settings.leaks` says so. `planned` is called when what takes long is done, before
    anything is written.

    Raises NothingToDo when no pair is approved, the train split would be empty, or a classification
    would have one label in train or test; Invalid for settings out of range.
    """
    made = plan(project=project, by=by, settings=settings)
    planned()
    return _store(made, project=project, by=by, name=name, note=note)


def drop_leaks(
    *,
    snapshot: Snapshot,
    by: User,
    near: bool = False,
    planned: Callable[[], None] = lambda: None,
) -> Snapshot:
    """A successor of `snapshot` without the train pairs that stand in test too; all else as it was.

    `near` drops near-duplicates as well as exact ones; `planned` as for `freeze`. Raises NothingToDo when
    there is no such leak.
    """
    require(by, "freeze", snapshot.project)
    dropped = leaking_train_pairs(snapshot.leaks, near=near)
    if not dropped:
        raise NothingToDo(
            _("No such pair stands in train and test both."),
            _("Look at the snapshot's leaks: near-duplicates are dropped only when asked for."),
        )
    items = snapshot.items.select_related("revision__pair__task")
    kept = [
        Planned(item.revision, item.split, item.group)
        for item in items
        if not (item.split == "train" and item.revision.pair_id in dropped)
    ]
    values = {name: snapshot.settings[name] for name in SnapshotSettings().as_json()}
    made = plan_of(
        kept,
        SnapshotSettings.of(values | {"leaks": "drop_near" if near else "drop_exact"}),
        {},
        [leak for leak in snapshot.leaks if leak["train"] not in dropped],
    )
    line = {"reason": str(Reason.LEAK), "count": len(dropped), "pairs": sorted(dropped)[:NAMED]}
    made = made._replace(
        left_out=[*snapshot.left_out, line], frozen_tasks=snapshot.settings["frozen_tasks"]
    )
    planned()
    return _store(
        made,
        project=snapshot.project,
        by=by,
        name=snapshot.name,
        note=snapshot.note,
        parent=snapshot,
    )


@transaction.atomic
def _store(made: Plan, *, project: Project, by: User, **fields: Any) -> Snapshot:
    """Revisions are immutable, so a plan made outside of the transaction is as good as one inside."""
    Project.objects.select_for_update().get(pk=project.pk)
    last = project.snapshots.aggregate(last=Max("number"))["last"]
    snapshot = Snapshot.objects.create(
        project=project,
        number=(last or 0) + 1,
        content_hash=made.content_hash,
        settings=made.settings.as_json() | {"frozen_tasks": made.frozen_tasks},
        counts=made.counts,
        left_out=made.left_out,
        leaks=made.leaks,
        created_by=by,
        **fields,
    )
    SnapshotItem.objects.bulk_create(
        (
            SnapshotItem(
                snapshot=snapshot,
                revision_id=item.revision.pk,
                split=item.split,
                group=item.group,
                position=position,
            )
            for position, item in enumerate(made.items)
        ),
        batch_size=1000,
    )
    return snapshot
