"""A checkpoint in a form that others open: adapter, merged weights or a GGUF file, with its card."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from authoring.models import Project, User
from training.models.job import Job, JobQuerySet


class Form(models.TextChoices):
    ADAPTER = "adapter", _("adapter alone (safetensors)")
    MERGED = "merged", _("whole weights (safetensors)")
    GGUF = "gguf", _("one GGUF file")


class Numbers(models.TextChoices):
    FLOAT32 = "float32", "float32"
    FLOAT16 = "float16", "float16"
    BFLOAT16 = "bfloat16", "bfloat16"


class ExportQuerySet(JobQuerySet):
    def visible_to(self, user: User) -> "ExportQuerySet":
        return self.filter(project__in=Project.objects.for_user(user))

    def with_origin(self) -> "ExportQuerySet":
        return self.select_related(
            "project",
            "created_by",
            "checkpoint__run__snapshot__project",
            "checkpoint__run__base_model",
            "checkpoint__run__parent__run",
        )


class Export(Job):
    """A job for the device queue: summing an adapter in takes the model's memory. Once finished its
    files lie under STUDIO_HOME/exports, by its id: never by a name that anybody gave."""

    checkpoint = models.ForeignKey("training.Checkpoint", models.CASCADE, related_name="exports")
    form = models.CharField(max_length=8, choices=Form, default=Form.MERGED)
    numbers = models.CharField(max_length=8, choices=Numbers, default=Numbers.FLOAT32)
    spec = models.JSONField(null=True)
    bytes = models.BigIntegerField(default=0)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "form", "numbers"], name="one_export_a_form"
            ),
            models.CheckConstraint(condition=Q(form__in=Form.values), name="export_form_known"),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint}, {self.get_form_display()}"

    @property
    def folder(self) -> Path:
        return Path(settings.EXPORTS_ROOT) / str(self.pk)

    @property
    def filename(self) -> str:
        """Of the archive, made of our own words and numbers."""
        run = self.checkpoint.run
        return f"run-{run.number}-step-{self.checkpoint.step}-{self.form}.tar"
