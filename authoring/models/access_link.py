"""A single-use link: the owner's first sign-in, an invitation, or a lost password."""

import hashlib
import secrets
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from authoring.permissions import Role


class Purpose(models.TextChoices):
    SIGN_IN = "sign_in", _("sign in")
    INVITATION = "invitation", _("invitation")
    PASSWORD = "password", _("new password")


LIFETIME = {
    Purpose.SIGN_IN: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.PASSWORD: timedelta(hours=24),
}


class AccessLinkQuerySet(models.QuerySet["AccessLink"]):
    def usable(self) -> "AccessLinkQuerySet":
        """Neither used nor too old, and not into a project that was deleted."""
        return self.filter(used_at=None, expires_at__gt=timezone.now(), project__deleted_at=None)


class AccessLink(models.Model):
    """Only the SHA-256 of the token is kept; the link itself is shown once."""

    purpose = models.CharField(max_length=12, choices=Purpose)
    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    user = models.ForeignKey(
        "authoring.User", models.CASCADE, null=True, related_name="access_links"
    )
    project = models.ForeignKey(
        "authoring.Project", models.CASCADE, null=True, related_name="invitations"
    )
    role = models.CharField(max_length=10, choices=Role, blank=True)
    created_by = models.ForeignKey("authoring.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = AccessLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.purpose} for {self.email}"

    @classmethod
    def issue(cls, purpose: str, **fields: object) -> tuple["AccessLink", str]:
        """A new link and its token, which is kept nowhere."""
        token = secrets.token_urlsafe(32)
        link = cls.objects.create(
            purpose=purpose,
            digest=digest(token),
            expires_at=timezone.now() + LIFETIME[Purpose(purpose)],
            **fields,
        )
        return link, token

    @classmethod
    def find(cls, token: str) -> "AccessLink | None":
        """The usable link of this token; None when it is unknown, used or too old, or leads into a
        project that was deleted."""
        return cls.objects.usable().filter(digest=digest(token)).first()

    def use(self) -> bool:
        """Mark as used; False when somebody was faster."""
        return bool(
            type(self).objects.filter(pk=self.pk, used_at=None).update(used_at=timezone.now())
        )


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
