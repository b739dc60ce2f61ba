"""Where weights start: a bundled small model, a local folder, a Hugging Face id, or from scratch."""

import json
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engine.architectures import has_head


class Source(models.TextChoices):
    BUNDLED = "bundled", _("bundled")
    FOLDER = "folder", _("local folder")
    HUB = "hub", _("Hugging Face id")
    SCRATCH = "scratch", _("from scratch")


class Architecture(models.TextChoices):
    DECODER = "decoder", _("decoder-only")
    ENCODER_DECODER = "encoder_decoder", _("encoder–decoder")
    ENCODER_CLASSIFIER = "encoder_classifier", _("encoder classifier")
    LSTM = "lstm", _("LSTM")


class BaseModel(models.Model):
    """Shared by every project of the studio. A folder lies under STUDIO_HOME/models, by name."""

    name = models.CharField(_("name"), max_length=150, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    source = models.CharField(max_length=10, choices=Source)
    reference = models.CharField(max_length=200, blank=True)
    """Folder name under STUDIO_HOME/models, hub id, or preset name."""
    architecture = models.CharField(
        max_length=20, choices=Architecture, default=Architecture.DECODER
    )
    parameters = models.BigIntegerField(null=True)
    licence = models.CharField(max_length=100, blank=True)
    note = models.CharField(max_length=300, blank=True)
    overrides = models.JSONField(default=dict, blank=True)
    added_by = models.ForeignKey("authoring.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(source__in=Source.values), name="source_known")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        """Of a bundled or local model; its name was checked when it was added."""
        return Path(settings.MODELS_ROOT) / self.reference

    @property
    def can_answer(self) -> bool:
        """Whether it has weights that answer as they are: there are some, and a classifier's head."""
        if self.architecture != Architecture.ENCODER_CLASSIFIER or not self.pretrained:
            return self.pretrained
        try:
            return has_head(json.loads((self.folder / "config.json").read_text(encoding="utf-8")))
        except (OSError, ValueError):  # of a hub id too: its folder isn't here
            return False

    @property
    def pretrained(self) -> bool:
        return self.source != Source.SCRATCH

    def bytes_on_disk(self) -> int:
        """Of its files; 0 for what lies on a hub or has none."""
        if self.source not in {Source.BUNDLED, Source.FOLDER}:
            return 0
        return sum(one.stat().st_size for one in self.folder.rglob("*") if one.is_file())
