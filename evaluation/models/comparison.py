"""A paired comparison of two evaluations, computed once by the scorer and kept."""

from django.db import models

from engine.metrics.direction import improvement, smaller_is_better


class Comparison(models.Model):
    """`second` minus `first` on the records that both answered."""

    first = models.ForeignKey("evaluation.Evaluation", models.CASCADE, related_name="compared_from")
    second = models.ForeignKey("evaluation.Evaluation", models.CASCADE, related_name="compared_to")
    metric = models.CharField(max_length=40)
    slice = models.CharField(max_length=300, blank=True)
    first_value = models.FloatField()
    second_value = models.FloatField()
    delta = models.FloatField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    p = models.FloatField()
    test = models.CharField(max_length=40)
    """Where p comes from: exact McNemar, or paired bootstrap."""
    n = models.PositiveIntegerField()
    settings = models.JSONField(default=dict)

    class Meta:
        ordering = ["first_id", "second_id", "slice", "metric"]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second", "metric", "slice"], name="one_comparison_a_slice"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric}: {self.delta:+.3f}"

    @property
    def smaller_is_better(self) -> bool:
        return smaller_is_better(self.metric)

    @property
    def improvement(self) -> float:
        """The difference as a step towards the better (positive) or the worse."""
        return improvement(self.metric, self.delta)

    @property
    def differs(self) -> bool:
        """Whether the 95 % interval leaves out zero."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high
