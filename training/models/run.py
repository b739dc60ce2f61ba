"""One training job: method, where weights start, what it reads, and its settings."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authoring.models import Project, User
from engine.settings import Settings, settings_for
from training.models.job import Job


class Method(models.TextChoices):
    SFT = "sft", _("supervised fine-tuning (SFT)")
    GRPO = "grpo", _("reinforcement learning (GRPO)")


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: User) -> "RunQuerySet":
        return self.filter(project__in=Project.objects.for_user(user))

    def with_origin(self) -> "RunQuerySet":
        """What a list or a page says of where a run came from, in one query."""
        return self.select_related("project", "base_model", "snapshot", "parent", "created_by")


class Run(Job):
    """Multi-table child of Job: the queue and the lease are the parent's (docs/adr/0003)."""

    number = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=120, blank=True)
    method = models.CharField(_("method"), max_length=12, choices=Method)
    base_model = models.ForeignKey("training.BaseModel", models.PROTECT, related_name="runs")
    parent = models.ForeignKey(
        "training.Checkpoint", models.PROTECT, null=True, related_name="children"
    )
    """The checkpoint whose weights it continues; then base_model is that checkpoint's."""
    snapshot = models.ForeignKey("authoring.Snapshot", models.PROTECT, related_name="runs")
    settings = models.JSONField(default=dict)
    spec = models.JSONField(null=True)
    """spec.json as it was written for the newest attempt."""
    evaluate = models.BooleanField(default=True)
    """Evaluate the starting weights and each checkpoint on the test split."""
    best_checkpoint = models.ForeignKey(
        "training.Checkpoint", models.SET_NULL, null=True, related_name="+"
    )

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(method__in=Method.values), name="method_known"),
        ]

    def __str__(self) -> str:
        """With its number: two runs may have the same name."""
        words = gettext("run %(number)s: %(name)s") if self.name else gettext("run %(number)s")
        return words % {"number": self.number, "name": self.name}

    def engine_settings(self) -> Settings:
        return settings_for(self.method, self.settings)

    def choose_best(self) -> None:
        """Point at the best of the kept checkpoints."""
        from training.best import best_of

        kept = list(self.checkpoints.kept().order_by("step"))
        rewards = {
            step: value for step, value in self.values_of("grpo/reward") if value is not None
        }
        self.best_checkpoint = best_of(kept, rewards, self.settings.get("best_metric", "auto"))
        Run.objects.filter(pk=self.pk).update(best_checkpoint=self.best_checkpoint)

    def values_of(self, name: str) -> list[tuple[int, Any]]:
        """The curve of one point name: [(step, value)]."""
        return list(self.points.filter(name=name).order_by("step").values_list("step", "value"))
