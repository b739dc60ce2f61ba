"""One output for one revision, with how it ended."""

from django.db import models


class Ended(models.TextChoices):
    STOP = "stop"
    LENGTH = "length"
    ERROR = "error"


class Prediction(models.Model):
    evaluation = models.ForeignKey(
        "evaluation.Evaluation", models.CASCADE, related_name="predictions"
    )
    revision = models.ForeignKey("authoring.Revision", models.PROTECT, related_name="predictions")
    output = models.TextField()
    ended = models.CharField(max_length=6, choices=Ended)
    prompt_text = models.TextField()
    """The exact text that the model saw."""
    prompt_tokens = models.PositiveIntegerField()
    output_tokens = models.PositiveIntegerField()
    label = models.CharField(max_length=200, blank=True)
    """The parsed label of a classification; empty when it could not be parsed."""
    reference_label = models.CharField(max_length=200, blank=True)
    correct = models.BooleanField(null=True)
    values = models.JSONField(default=dict)
    """Per-example values of each metric: {"token_f1": 0.5}"""

    class Meta:
        ordering = ["evaluation_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "revision"], name="one_prediction_a_revision"
            )
        ]
        indexes = [
            models.Index(fields=["evaluation", "reference_label", "label"], name="prediction_cell"),
            models.Index(fields=["evaluation", "correct"], name="prediction_correct"),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_id}: {self.output[:40]}"
