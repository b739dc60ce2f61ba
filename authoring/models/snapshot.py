"""A frozen, content-hashed set of revisions with splits: what training reads."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Split(models.TextChoices):
    TRAIN = "train", _("train")
    VALIDATION = "validation", _("validation")
    TEST = "test", _("test")


class Snapshot(models.Model):
    """Immutable. `leaks` names near-duplicates across train and test that were kept."""

    project = models.ForeignKey("authoring.Project", models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=120, blank=True)
    note = models.TextField(_("note"), blank=True)
    content_hash = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    """What decided it: tasks, seed, fractions, split rule, near-duplicate threshold, leak rule."""
    counts = models.JSONField(default=dict)
    """{split: {"rows": n, "tasks": {slug: n}, "languages": {…}, "labels": {…}}}"""
    left_out = models.JSONField(default=list)
    """[{"reason": …, "count": n, "pairs": [first ids]}]"""
    leaks = models.JSONField(default=list)
    """[{"train": pair, "test": pair, "similarity": 0…1}] still inside."""
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    """The snapshot that this one was made from by dropping leaks."""
    created_by = models.ForeignKey("authoring.User", models.PROTECT, related_name="snapshots")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="one_snapshot_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.project.slug} snapshot {self.number}"

    def rows(self, split: str) -> int:
        return self.counts.get(split, {}).get("rows", 0)


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
