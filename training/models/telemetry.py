"""What a job said: points of curves, chunks of its log, samples."""

from django.db import models


class Point(models.Model):
    """One value of one curve. Upserted on (run, name, step): a resumed attempt repeats steps."""

    run = models.ForeignKey("training.Run", models.CASCADE, related_name="points")
    name = models.CharField(max_length=60)
    step = models.PositiveIntegerField()
    value = models.FloatField(null=True)
    """null stands for NaN and infinity."""
    fence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "name", "step"], name="one_point_a_step")
        ]

    def __str__(self) -> str:
        return f"{self.name}@{self.step}={self.value}"


class LogChunk(models.Model):
    """Up to 8 KiB of what a process printed, or one message of the runner."""

    job = models.ForeignKey("training.Job", models.CASCADE, related_name="log_chunks")
    fence = models.PositiveIntegerField()
    offset = models.BigIntegerField()
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["fence", "offset"]
        constraints = [
            models.UniqueConstraint(fields=["job", "fence", "offset"], name="one_chunk_an_offset")
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.fence}@{self.offset}"


class Sample(models.Model):
    """An output seen during training: a rollout, or a generation at a checkpoint."""

    run = models.ForeignKey("training.Run", models.CASCADE, related_name="samples")
    step = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField()
    revision = models.ForeignKey("authoring.Revision", models.SET_NULL, null=True, related_name="+")
    prompt = models.TextField()
    output = models.TextField()
    reference = models.TextField(blank=True)
    score = models.FloatField(null=True)
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["-step", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "step", "position"], name="one_sample_a_position"
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id}@{self.step}"
