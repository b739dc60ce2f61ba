"""A bearer token for REST, shown once, kept as a SHA-256."""

import secrets

from django.db import models
from django.utils import timezone

from authoring.models.access_link import digest


class ApiToken(models.Model):
    user = models.ForeignKey("authoring.User", models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=8)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, *, user: object, name: str) -> tuple["ApiToken", str]:
        """A new token row and its plain text, which is kept nowhere."""
        plain = "is_" + secrets.token_urlsafe(32)
        return cls.objects.create(
            user=user, name=name, digest=digest(plain), prefix=plain[:8]
        ), plain

    @classmethod
    def find(cls, plain: str) -> "ApiToken | None":
        return (
            cls.objects.select_related("user")
            .filter(digest=digest(plain), revoked_at=None, user__is_active=True)
            .first()
        )

    def touch(self) -> None:
        """Note the use, at most once a minute."""
        now = timezone.now()
        if self.last_used_at is None or (now - self.last_used_at).total_seconds() > 60:
            type(self).objects.filter(pk=self.pk).update(last_used_at=now)

    def revoke(self) -> None:
        type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now())
