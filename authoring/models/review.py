"""A verdict on one revision."""

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db import models
from django.db.models import Count, F, Max, Q
from django.utils.translation import gettext_lazy as _

from authoring.states import PairState

if TYPE_CHECKING:
    from authoring.models.dataset_import import Import
    from authoring.models.project import Project
    from authoring.models.user import User

EDITABLE = 10
"""A reviewer's newest decisions in a project, which may still be changed."""


class Verdict(models.TextChoices):
    APPROVE = "approve", _("approve")
    REQUEST_CHANGES = "request_changes", _("request changes")
    REJECT = "reject", _("reject")


class BulkApproval(NamedTuple):
    reviewer: str
    pairs: int
    at: datetime
    """When the latest of them was given."""


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: "User") -> "ReviewQuerySet":
        """Blind second review: who may still judge a revision sees no verdict on it before their own."""
        judged = user.reviews.values("revision")
        undecided = Q(revision__pair__state=PairState.SUBMITTED, revision=F("revision__pair__head"))
        return self.exclude(
            undecided & ~Q(revision__author=user) & ~Q(revision__in=judged)
        ).select_related("reviewer", "revision__author")

    def of_import(self, dataset_import: "Import") -> list["BulkApproval"]:
        """Who approved pairs of this import in bulk: a line a person, the latest first."""
        given = self.filter(
            revision__pair__origin=dataset_import, bulk=True, verdict=Verdict.APPROVE
        ).order_by()
        counted = given.values_list("reviewer__name", "reviewer__email").annotate(
            n=Count("id"), at=Max("created_at")
        )
        lines = [BulkApproval(name or email, n, at) for name, email, n, at in counted]
        return sorted(lines, key=lambda line: line.at, reverse=True)

    def editable_by(self, user: "User", project: "Project") -> "ReviewQuerySet":
        """This reviewer's last ten decisions by hand in a project, newest first."""
        return (
            self.filter(reviewer=user, revision__pair__project=project, bulk=False)
            .select_related("revision", "revision__pair")
            .order_by("-created_at", "-id")[:EDITABLE]
        )


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

    objects = ReviewQuerySet.as_manager()

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

    @property
    def independent(self) -> bool:
        """False where its reviewer and the writer let one another in: one person may hold both accounts."""
        return not self.reviewer.is_kin_of(self.revision.author)

    def change(self, *, verdict: str, ratings: dict[str, int], comment: str) -> None:
        """Another verdict in place of the old one, which goes into the history."""
        self.history = [
            *self.history,
            {
                "verdict": self.verdict,
                "ratings": self.ratings,
                "comment": self.comment,
                "at": self.updated_at.isoformat(),
            },
        ]
        self.verdict, self.ratings, self.comment, self.bulk = verdict, ratings, comment, False
        self.save()
