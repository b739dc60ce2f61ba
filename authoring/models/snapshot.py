"""A frozen, content-hashed set of revisions with splits: what training reads."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from authoring.models.revision import Revision
from engine.records import TaskInfo

if TYPE_CHECKING:
    from authoring.models.user import User


class Split(models.TextChoices):
    TRAIN = "train", _("train")
    VALIDATION = "validation", _("validation")
    TEST = "test", _("test")


class Reason(models.TextChoices):
    """Why a pair is not in a snapshot."""

    NOT_APPROVED = "not_approved", _("not approved")
    DELETED = "deleted", _("deleted")
    OTHER_LANGUAGE = "other_language", _("in another language")
    EMPTY = "empty", _("without instruction or response")
    TOO_LONG = "too_long", _("too long")
    UNKNOWN_LABEL = "unknown_label", _("with a label that its task does not have")
    LEAK = "leak", _("stands in train and test both")


class LeftOut(NamedTuple):
    """One line of what a snapshot left out, in words."""

    reason: str
    label: str
    count: int
    pairs: list[int]
    """The first twenty."""


def left_out_in_words(left_out: list[dict[str, Any]]) -> list[LeftOut]:
    return [
        LeftOut(one["reason"], str(Reason(one["reason"]).label), one["count"], one["pairs"])
        for one in left_out
    ]


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def visible_to(self, user: "User") -> "SnapshotQuerySet":
        snapshots = self.filter(project__deleted_at=None)
        return snapshots if user.is_superuser else snapshots.filter(project__memberships__user=user)


class Snapshot(models.Model):
    """Immutable. `leaks` names pairs that stand, exactly or nearly, in train and test both."""

    project = models.ForeignKey("authoring.Project", models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=120, blank=True)
    note = models.TextField(_("note"), blank=True)
    content_hash = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    """What decided it (authoring.snapshot_settings), and `frozen_tasks`: what each task was then."""
    counts = models.JSONField(default=dict)
    """{split: {"rows": n, "tasks": {slug: n}, "languages": {…}, "labels": {…}}}"""
    left_out = models.JSONField(default=list)
    """[{"reason": Reason, "count": n, "pairs": [first twenty ids]}]"""
    leaks = models.JSONField(default=list)
    """[{"train": pair, "test": pair, "similarity": 0…1, "exact": bool}] still inside."""
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    """The snapshot that this one was made from by dropping leaks."""
    created_by = models.ForeignKey("authoring.User", models.PROTECT, related_name="snapshots")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="one_snapshot_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.project.slug} snapshot {self.number}"

    def task_infos(self) -> dict[str, TaskInfo]:
        """The tasks of its rows by slug, as they were when it was frozen."""
        return {slug: TaskInfo(**raw) for slug, raw in self.settings["frozen_tasks"].items()}

    def rows(self, split: str) -> int:
        return self.counts.get(split, {}).get("rows", 0)

    def left_out_in_words(self) -> list[LeftOut]:
        return left_out_in_words(self.left_out)

    def revisions_of(self, pairs: Collection[int]) -> models.QuerySet["Revision"]:
        """Its revisions of these pairs, with their pair and task."""
        return Revision.objects.filter(
            snapshot_items__snapshot=self, pair__in=pairs
        ).select_related("pair__task")

    def exact_leaks(self) -> list[dict[str, Any]]:
        return [leak for leak in self.leaks if leak["exact"]]

    def near_leaks(self) -> list[dict[str, Any]]:
        return [leak for leak in self.leaks if not leak["exact"]]


class SnapshotItem(models.Model):
    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="items")
    revision = models.ForeignKey(
        "authoring.Revision", models.PROTECT, related_name="snapshot_items"
    )
    split = models.CharField(max_length=12, choices=Split)
    group = models.PositiveIntegerField()
    """Near-duplicates share a group, and a group never spans splits unless the file said so."""
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["snapshot_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "revision"], name="revision_once_a_snapshot"
            ),
            models.CheckConstraint(condition=models.Q(split__in=Split.values), name="split_known"),
        ]
        indexes = [models.Index(fields=["snapshot", "split", "position"], name="snapshot_split")]

    def __str__(self) -> str:
        return f"{self.split} {self.position}"
