"""An export that goes, or went, to a hub or a bucket: who sent what where, and how it ended."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from authoring.models import Project, User
from training.models.deed import JobDeed
from training.models.export import Form, Numbers
from training.models.job import Job, JobQuerySet


class Destination(models.TextChoices):
    HUB = "hub", _("model hub")
    S3 = "s3", _("S3 bucket")


class PushQuerySet(JobQuerySet):
    def visible_to(self, user: User) -> "PushQuerySet":
        return self.filter(project__in=Project.objects.for_user(user))

    def with_origin(self) -> "PushQuerySet":
        return self.select_related("project", "created_by", "exported", "checkpoint__run__project")


class Push(Job):
    """A job of the light workers, one at a time. Its row stays when the export is deleted: it says
    who sent which weights where. No secret is ever in it."""

    checkpoint = models.ForeignKey("training.Checkpoint", models.CASCADE, related_name="pushes")
    exported = models.ForeignKey(
        "training.Export", models.SET_NULL, null=True, related_name="pushes"
    )
    form = models.CharField(max_length=8, choices=Form)
    numbers = models.CharField(max_length=8, choices=Numbers)
    destination = models.CharField(max_length=8, choices=Destination)
    name = models.CharField(max_length=200)
    """owner/name of a repository, or the folder in the bucket."""
    public = models.BooleanField(default=False)
    """Asked for: that a repository which is made anew is open to everybody."""
    target = models.CharField(max_length=700)
    """The whole address as it was configured when somebody asked."""
    service = models.CharField(max_length=300, blank=True)
    """Where the bucket is, unless it is Amazon's: two services may have buckets of one name."""
    url = models.CharField(max_length=700, blank=True)
    """Where it arrived, as the other side calls it."""
    revision = models.CharField(max_length=64, blank=True)
    is_open = models.BooleanField(null=True)
    """Whether the repository was open to everybody when it arrived; None of a bucket, and before."""

    objects = PushQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["destination", "name"], name="push_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(destination__in=Destination.values), name="push_destination_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint}, {self.get_form_display()} → {self.target}"

    @property
    def last_deed(self) -> JobDeed | None:
        """What somebody asked of it last, since it was sent."""
        return next(reversed(list(self.deeds.all())), None)

    @property
    def link(self) -> str:
        """Where a browser finds it; empty for a bucket, and until it arrived."""
        web = self.target.startswith(("https://", "http://"))
        return self.target if web and self.url else ""
