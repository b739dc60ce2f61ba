"""One metric value with its interval, its n, its slice and its settings."""

from django.db import models

from engine.metrics.direction import smaller_is_better


class ScoreQuerySet(models.QuerySet["Score"]):
    def whole(self) -> "ScoreQuerySet":
        """Over the whole split."""
        return self.filter(slice="")

    def sliced(self, dimension: str) -> "ScoreQuerySet":
        """One dimension: task, language, tag or author."""
        return self.filter(slice__startswith=f"{dimension}:")


class Score(models.Model):
    """Slices: "" is the whole split; `task:intent`, `language:zh`, `tag:typo`, `author:7` (an id).

    A label's scores stand at `label:refund`, or `task:intent/label:refund` where the split holds
    several tasks.
    """

    evaluation = models.ForeignKey("evaluation.Evaluation", models.CASCADE, related_name="scores")
    metric = models.CharField(max_length=40)
    slice = models.CharField(max_length=300, blank=True)
    value = models.FloatField(null=True)
    """null: undefined, and settings["why"] says why."""
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveIntegerField()
    settings = models.JSONField(default=dict)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ["evaluation_id", "slice", "metric"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "metric", "slice"], name="one_score_a_slice"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric}={self.value}"

    @property
    def smaller_is_better(self) -> bool:
        return smaller_is_better(self.metric)
