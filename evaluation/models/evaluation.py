"""One model over one split with one generation setting."""

from django.db import models
from django.db.models import Q

from training.models import Job


class Evaluation(Job):
    """Of a checkpoint, or of a base model as it came (checkpoint is null): the untrained model."""

    base_model = models.ForeignKey("training.BaseModel", models.PROTECT, related_name="evaluations")
    checkpoint = models.ForeignKey(
        "training.Checkpoint", models.CASCADE, null=True, related_name="evaluations"
    )
    snapshot = models.ForeignKey("authoring.Snapshot", models.PROTECT, related_name="evaluations")
    split = models.CharField(max_length=12, default="test")
    settings = models.JSONField(default=dict)
    settings_hash = models.CharField(max_length=64)
    """Of settings and scorer version: equal hashes are comparable."""
    spec = models.JSONField(null=True)
    rows = models.PositiveIntegerField(default=0)
    scored_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "snapshot", "split", "settings_hash"],
                condition=Q(checkpoint__isnull=False),
                name="one_evaluation_a_checkpoint",
            ),
            models.UniqueConstraint(
                fields=["base_model", "snapshot", "split", "settings_hash"],
                condition=Q(checkpoint__isnull=True),
                name="one_evaluation_a_base",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint or self.base_model} on {self.snapshot} {self.split}"
