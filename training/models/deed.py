"""What somebody asked of a job, kept: who stopped it, who tried it again, when."""

from django.db import models

from training.models.job import Job


class JobDeed(models.Model):
    """One row a deed; asking for the job itself is `Job.created_by` and `created_at`."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="deeds")
    deed = models.CharField(max_length=10)
    """A key of `training.states.JOB`: stop, pause, resume, retry or again."""
    by = models.ForeignKey("authoring.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.deed} by {self.by}"
