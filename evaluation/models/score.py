"""One metric value with its interval, its n, its slice and its settings."""

from django.db import models


class Score(models.Model):
    evaluation = models.ForeignKey("evaluation.Evaluation", models.CASCADE, related_name="scores")
    metric = models.CharField(max_length=40)
    slice = models.CharField(max_length=200, blank=True)
    """Empty for the whole split; task:intent, label:refund, language:zh …"""
    value = models.FloatField(null=True)
    """null: undefined, and settings["why"] says why."""
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveIntegerField()
    settings = models.JSONField(default=dict)

    class Meta:
        ordering = ["evaluation_id", "slice", "metric"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "metric", "slice"], name="one_score_a_slice"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric}={self.value}"
