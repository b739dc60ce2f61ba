"""What was said of a run before it ran, to be held against what it took."""

from django.db import models


class Forecast(models.Model):
    """Written when a worker begins with the run's first attempt."""

    run = models.OneToOneField("training.Run", models.CASCADE, related_name="forecast")
    calibration = models.ForeignKey(
        "training.Calibration", models.SET_NULL, null=True, related_name="forecasts"
    )
    steps = models.PositiveIntegerField()
    tokens = models.BigIntegerField()
    seconds = models.FloatField(null=True)
    """Of the run's own process, evaluations not counted; null without a calibration."""
    memory_bytes = models.BigIntegerField(null=True)
    start_up = models.FloatField(null=True)
    """The part of `seconds` that no correction multiplies."""
    correction = models.FloatField(null=True)
    """The calibration's, as it was when `seconds` was said; null of what was said before it was kept."""
    real_seconds = models.FloatField(null=True)
    """Once it finished in one go."""

    def __str__(self) -> str:
        return f"forecast of {self.run}"

    def off(self, correction: float) -> float | None:
        """What the run took over what would have been said of it under this correction; None where
        that isn't known. Only such ratios can be compared: a correction moves with every run."""
        if not (self.real_seconds and self.seconds and self.correction) or self.start_up is None:
            return None
        corrected = (self.seconds - self.start_up) * correction / self.correction
        return self.real_seconds / (self.start_up + corrected)


class TokenCount(models.Model):
    """Tokens of a large snapshot, counted by the light worker and kept by what decides them."""

    key = models.CharField(max_length=64, unique=True)
    """SHA-256 of the snapshot's content, the tokenizer and the settings that matter."""
    asked = models.JSONField()
    """Ids and settings to count with."""
    values = models.JSONField(null=True)
    """Null until it is counted."""
    asked_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key
