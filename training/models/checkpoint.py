"""Weights at a step, in plain Hugging Face layout. Exists only once its fence registered it."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authoring.models import Project, User


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    def kept(self) -> "CheckpointQuerySet":
        return self.filter(deleted_at=None)

    def visible_to(self, user: User) -> "CheckpointQuerySet":
        return self.filter(run__project__in=Project.objects.for_user(user))

    def newest_first(self) -> "CheckpointQuerySet":
        return self.order_by("-step")


class Checkpoint(models.Model):
    run = models.ForeignKey("training.Run", models.CASCADE, related_name="checkpoints")
    step = models.PositiveIntegerField()
    fence = models.PositiveIntegerField()
    path = models.CharField(max_length=300)
    """Relative to RUNS_ROOT; written by the runner, never by a user."""
    layout = models.CharField(
        max_length=8, choices=[("adapter", _("adapter")), ("full", _("full weights"))]
    )
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    values = models.JSONField(default=dict)
    """What the engine measured there: {"validation/loss": …}"""
    final = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        ordering = ["run_id", "step"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="one_checkpoint_a_step")
        ]

    def __str__(self) -> str:
        return gettext("%(run)s, step %(step)s") % {"run": self.run, "step": self.step}

    @property
    def folder(self) -> Path:
        return Path(settings.RUNS_ROOT) / self.path
