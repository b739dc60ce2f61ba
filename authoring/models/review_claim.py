"""A reviewer has a pair before their eyes: until it expires, nobody else is offered it."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

LIFETIME = timedelta(minutes=15)


class ReviewClaimQuerySet(models.QuerySet["ReviewClaim"]):
    def live(self) -> "ReviewClaimQuerySet":
        """By the database's clock, so that web processes' clocks may differ."""
        return self.filter(expires_at__gt=Now())


class ReviewClaim(models.Model):
    """A claim that ran out frees the pair, never a verdict or a draft."""

    pair = models.OneToOneField("authoring.Pair", models.CASCADE, related_name="claim")
    user = models.ForeignKey("authoring.User", models.CASCADE, related_name="claims")
    expires_at = models.DateTimeField()

    objects = ReviewClaimQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.pair} by {self.user}"
