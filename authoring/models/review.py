"""A verdict on one revision."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    APPROVE = "approve", _("approve")
    REQUEST_CHANGES = "request_changes", _("request changes")
    REJECT = "reject", _("reject")


class Review(models.Model):
    """One a reviewer and revision; changing one's mind among the last ten updates it, with history."""

    revision = models.ForeignKey("authoring.Revision", models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey("authoring.User", models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=20, choices=Verdict)
    ratings = models.JSONField(default=dict, blank=True)
    """{criterion: 1…5}"""
    comment = models.TextField(blank=True)
    bulk = models.BooleanField(default=False)
    """Given to many revisions at once (an import), without reading each."""
    history = models.JSONField(default=list, blank=True)
    """Earlier verdicts of this reviewer on this revision: [{verdict, comment, ratings, at}]."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "reviewer"], name="one_review_a_reviewer"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=Verdict.values), name="verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer}"
