"""Room on the disk that holds the studio's home: what checkpoints take, and what is free."""

import shutil
from typing import NamedTuple

from django.conf import settings
from django.db.models import Sum

from authoring.models import Project
from training.models import Checkpoint


class Disk(NamedTuple):
    """In bytes."""

    used: int
    """By the checkpoints of one project."""
    free: int
    low: bool
    """Less is free than a launch asks for."""


def of_project(project: Project) -> Disk:
    kept = Checkpoint.objects.kept().filter(run__project=project)
    free = shutil.disk_usage(settings.STUDIO_HOME).free
    return Disk(
        used=kept.aggregate(bytes=Sum("bytes"))["bytes"] or 0,
        free=free,
        low=free < settings.DISK_RESERVE,
    )
