"""A person's role in a project."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from authoring.permissions import Role


class Membership(models.Model):
    project = models.ForeignKey("authoring.Project", models.CASCADE, related_name="memberships")
    user = models.ForeignKey("authoring.User", models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_role_a_project")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} in {self.project}"
