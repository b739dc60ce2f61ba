"""A file that came in: kept as it was, checked before anything is written, then committed."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from authoring.formats.problems import Problem, Told
from authoring.models.project import Project
from authoring.states import ImportState

if TYPE_CHECKING:
    from authoring.models.user import User

LONGEST_REPORT = 1000
"""Problems that a report keeps; all are counted."""


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: "User") -> "ImportQuerySet":
        imports = self.filter(project__deleted_at=None)
        return imports if user.is_superuser else imports.filter(project__memberships__user=user)

    def waiting(self) -> "ImportQuerySet":
        """Imports that a worker should check or write; not a deleted project's."""
        asked = self.filter(state__in=(ImportState.UPLOADED, ImportState.COMMITTING))
        return asked.filter(project__in=Project.objects.present())


class Import(models.Model):
    project = models.ForeignKey("authoring.Project", models.CASCADE, related_name="imports")
    task = models.ForeignKey("authoring.Task", models.PROTECT, related_name="imports")
    created_by = models.ForeignKey("authoring.User", models.PROTECT, related_name="imports")
    state = models.CharField(max_length=12, choices=ImportState, default=ImportState.UPLOADED)
    file = models.FileField(upload_to="imports/%Y/%m/", max_length=300)
    filename = models.CharField(max_length=255)
    format = models.CharField(max_length=30, blank=True)
    """Record format found or chosen: studio, alpaca, sharegpt, openai, trl, self_instruct."""
    encoding = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=10, blank=True)
    """Language of rows that name none; empty tells Chinese from English by the characters."""
    submit = models.BooleanField(default=True)
    """Whether imported pairs go straight to review."""
    rows_good = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    warnings = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=list, blank=True)
    """The first 1,000 problems, as codes (authoring.formats.problems); `problems` puts them in words."""
    sample = models.JSONField(default=list, blank=True)
    """The first rows as pairs would hold them."""
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(default=timezone.now)
    """When somebody last asked for it to be checked or written."""
    committed_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ImportState.values), name="import_state_known"
            )
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def problems(self) -> list[Told]:
        """The report in the reader's language: row, field, level, problem, remedy."""
        return [Problem(**one).told() for one in self.report]

    @property
    def failure(self) -> str:
        """What ended it, as a code of `authoring.formats.problems.SAID`; empty unless it failed."""
        return self.report[-1]["code"] if self.state == ImportState.FAILED and self.report else ""

    @property
    def error(self) -> str:
        """Why the file as a whole could not be read or imported; empty unless it failed."""
        if not self.failure:
            return ""
        told = self.problems[-1]
        return f"{told.problem} {told.remedy}".strip()
