"""One model over one split with one generation setting."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from authoring.models import Project
from engine.settings import PredictSettings, Settings, settings_for
from training.models import Job
from training.models.job import JobQuerySet
from training.states import LIVE, JobState

if TYPE_CHECKING:
    from authoring.models import Snapshot, User


class EvaluationQuerySet(JobQuerySet):
    def in_project(self, project: "Project") -> "EvaluationQuerySet":
        return self.filter(project=project)

    def visible_to(self, user: "User") -> "EvaluationQuerySet":
        """Of the projects that this person may see."""
        return self.filter(project__in=Project.objects.for_user(user))

    def of_split(self, snapshot: "Snapshot", split: str) -> "EvaluationQuerySet":
        return self.filter(snapshot=snapshot, split=split)

    def scored(self) -> "EvaluationQuerySet":
        return self.filter(scored_at__isnull=False)

    def unscored(self) -> "EvaluationQuerySet":
        """Predicted whole, and neither scored nor refused by the scorer."""
        return self.filter(_to_score())

    def on_their_way(self) -> "EvaluationQuerySet":
        """Queued, at work, or waiting for the scorer."""
        return self.filter(Q(state__in={JobState.QUEUED, *LIVE}) | _to_score())

    def of_base_models(self) -> "EvaluationQuerySet":
        """Of weights as they came: what a checkpoint has to beat."""
        return self.filter(checkpoint=None)

    def with_subject(self) -> "EvaluationQuerySet":
        return self.select_related(
            "project",
            "base_model",
            "checkpoint__run__base_model",
            "checkpoint__run__parent",
            "snapshot__project",
            "created_by",
        )


def _to_score() -> Q:
    return Q(state=JobState.FINISHED, scored_at=None, scoring_failure__isnull=True)


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
    """Of what can change an output, and of the scorers: equal hashes are comparable."""
    spec = models.JSONField(null=True)
    rows = models.PositiveIntegerField(default=0)
    scored_at = models.DateTimeField(null=True)
    scoring_failure = models.JSONField(null=True)
    """{message, remedy} where the scorer refused the predictions, or broke; they are kept all the same."""

    objects = EvaluationQuerySet.as_manager()

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
        return f"{self.subject} on {self.snapshot} {self.split}"

    @property
    def subject(self) -> str:
        """What was measured, in words: the checkpoint, or the base model as it came."""
        if self.checkpoint is None:
            return str(self.base_model)
        return _("%(run)s, step %(step)s") % {
            "run": self.checkpoint.run,
            "step": self.checkpoint.step,
        }

    @property
    def is_scored(self) -> bool:
        return self.scored_at is not None

    @property
    def is_unscored(self) -> bool:
        """Predicted whole, and neither scored nor refused by the scorer: scores are to come."""
        finished = self.state == JobState.FINISHED
        return finished and self.scored_at is None and self.scoring_failure is None

    def engine_settings(self) -> Settings:
        return settings_for("predict", self.settings)

    def generation(self) -> PredictSettings:
        """The generation setting, validated. Raises SpecError."""
        found = self.engine_settings()
        assert isinstance(found, PredictSettings)
        return found
