"""A team's space."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from authoring.permissions import Role

if TYPE_CHECKING:
    from authoring.models.user import User


class ProjectQuerySet(models.QuerySet["Project"]):
    def present(self) -> "ProjectQuerySet":
        return self.filter(deleted_at=None)

    def for_user(self, user: "User") -> "ProjectQuerySet":
        """Projects this person may see."""
        if user.is_superuser:
            return self.present()
        return self.present().filter(memberships__user=user)

    def with_role_of(self, user: "User") -> "ProjectQuerySet":
        """Each with `asked_role`: the person's role in it, or None."""
        from authoring.models.membership import Membership

        role = Membership.objects.filter(project=models.OuterRef("pk"), user=user).values("role")
        return self.annotate(asked_role=models.Subquery(role[:1]))

    def restorable_by(self, user: "User") -> "ProjectQuerySet":
        """Deleted projects that this person may bring back."""
        deleted = self.exclude(deleted_at=None)
        if user.is_superuser:
            return deleted
        return deleted.filter(memberships__user=user, memberships__role=Role.OWNER)


class Project(models.Model):
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    guidelines = models.TextField(_("guidelines"), blank=True)
    approvals_required = models.PositiveSmallIntegerField(_("approvals required"), default=1)
    independent_reviews = models.BooleanField(_("independent reviews"), default=False)
    """Whether a verdict counts only from somebody who neither let the writer in nor was let in by them."""
    created_by = models.ForeignKey("authoring.User", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approvals_required__gte=1), name="project_needs_an_approval"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def task_names(self) -> dict[str, str]:
        """Slug → name."""
        return dict(self.tasks.values_list("slug", "name"))

    def role_of(self, user: "User") -> str | None:
        return self.memberships.filter(user=user).values_list("role", flat=True).first()
