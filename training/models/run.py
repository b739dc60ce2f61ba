"""One training job: method, where weights start, what it reads, and its settings."""

from typing import Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authoring.models import Project, Split, User
from engine.settings import Settings, options, settings_for
from training.models.checkpoint import Checkpoint
from training.models.job import Job


class Method(models.TextChoices):
    SFT = "sft", _("supervised fine-tuning (SFT)")
    GRPO = "grpo", _("reinforcement learning (GRPO)")


class Takes(models.TextChoices):
    BEST = "best", _("its best checkpoint")
    LAST = "last", _("its last checkpoint")


class IfFailed(models.TextChoices):
    CANCEL = "cancel", _("is cancelled")
    CONTINUE = "continue", _("goes on from its newest good checkpoint")


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: User) -> "RunQuerySet":
        return self.filter(project__in=Project.objects.for_user(user))

    def with_origin(self) -> "RunQuerySet":
        """What a list or a page says of where a run came from, in one query."""
        return self.select_related(
            *("project", "base_model", "snapshot", "parent", "created_by", "after")
        )

    def with_bytes(self) -> "RunQuerySet":
        """`bytes_kept`: what its checkpoints take on the disk."""
        kept = Checkpoint.objects.kept().filter(run=OuterRef("pk")).order_by().values("run")
        size = kept.annotate(size=Sum("bytes")).values("size")
        return self.annotate(bytes_kept=Coalesce(Subquery(size), 0))


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
    after = models.ForeignKey("self", models.PROTECT, null=True, related_name="followers")
    """The run whose checkpoint it waits for; `parent` is that checkpoint once there is one."""
    takes = models.CharField(_("takes"), max_length=4, choices=Takes, default=Takes.BEST)
    """Which of that run's checkpoints."""
    if_failed = models.CharField(max_length=8, choices=IfFailed, default=IfFailed.CANCEL)
    """What becomes of it when that run fails or is stopped."""
    snapshot = models.ForeignKey("authoring.Snapshot", models.PROTECT, related_name="runs")
    settings = models.JSONField(default=dict)
    spec = models.JSONField(null=True)
    """spec.json as it was written for the newest attempt."""
    evaluate = models.BooleanField(default=True)
    """Evaluate the starting weights and each checkpoint on the test split."""
    keep_best = models.PositiveSmallIntegerField(default=0)
    """How many of the best checkpoints keep their files, beside the last; 0 keeps all."""
    machine = models.JSONField(null=True)
    """What the newest attempt ran on, as the engine said it (`engine.machine`)."""
    best_checkpoint = models.ForeignKey(
        "training.Checkpoint", models.SET_NULL, null=True, related_name="+"
    )

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(method__in=Method.values), name="method_known"),
            models.CheckConstraint(condition=Q(takes__in=Takes.values), name="takes_known"),
            models.CheckConstraint(
                condition=Q(if_failed__in=IfFailed.values), name="if_failed_known"
            ),
        ]

    def __str__(self) -> str:
        """With its number: two runs may have the same name."""
        words = gettext("run %(number)s: %(name)s") if self.name else gettext("run %(number)s")
        return words % {"number": self.number, "name": self.name}

    def engine_settings(self) -> Settings:
        return settings_for(self.method, self.settings)

    @property
    def validation_rows(self) -> int:
        """On how many rows of the validation split a checkpoint is measured while it trains, at most."""
        default = next(one.default for one in options(self.method) if one.name == "validation_rows")
        asked = self.settings.get("validation_rows", default)
        return int(min(asked, self.snapshot.rows(Split.VALIDATION)))

    def choose_best(self) -> None:
        """Point at the best of the kept checkpoints."""
        from training.best import best_of

        kept = list(self.checkpoints.kept().order_by("step"))
        rewards = {
            step: value for step, value in self.values_of("grpo/reward") if value is not None
        }
        self.best_checkpoint = best_of(kept, rewards, self.settings.get("best_metric", "auto"))
        Run.objects.filter(pk=self.pk).update(best_checkpoint=self.best_checkpoint)

    def bytes_of_checkpoints(self) -> int:
        """On the disk; what a list has counted already (`with_bytes`) is not counted again."""
        if not hasattr(self, "bytes_kept"):
            kept = self.checkpoints.kept().aggregate(size=Sum("bytes"))
            self.bytes_kept = kept["size"] or 0
        return int(self.bytes_kept)

    @property
    def seconds_taken(self) -> float | None:
        """From its first step to its end, pauses included; None while it isn't over."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    def values_of(self, name: str) -> list[tuple[int, Any]]:
        """The curve of one point name: [(step, value)]."""
        return list(self.points.filter(name=name).order_by("step").values_list("step", "value"))
