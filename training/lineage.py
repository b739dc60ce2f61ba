"""Walk back from a checkpoint: run → parent checkpoint or base model, and the snapshot it read."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from authoring.models import Snapshot
from training.models import BaseModel, Checkpoint, Run

Step = dict[str, Any]
"""{kind, label, url} of `components/_lineage.html`, first to last."""


def of_run(run: Run) -> list[Step]:
    slug = run.project.slug
    return [
        *start_of(slug, run.snapshot, run.base_model, run.parent),
        {"kind": "", "label": str(run), "url": reverse("run", args=[slug, run.number])},
    ]


def start_of(
    slug: str, snapshot: Snapshot, base_model: BaseModel, checkpoint: Checkpoint | None
) -> list[Step]:
    """What training reads, and the weights where it starts."""
    snapshot_url = reverse("snapshot", args=[slug, snapshot.pk])
    steps = [{"kind": _("snapshot"), "label": str(snapshot.number), "url": snapshot_url}]
    if checkpoint is None:
        url = reverse("models", args=[slug])
        return [*steps, {"kind": _("model"), "label": base_model.name, "url": url}]
    url = reverse("checkpoint", args=[slug, checkpoint.pk])
    return [*steps, {"kind": _("checkpoint"), "label": str(checkpoint), "url": url}]


def of_checkpoint(checkpoint: Checkpoint) -> list[Step]:
    run = checkpoint.run
    url = reverse("checkpoint", args=[run.project.slug, checkpoint.pk])
    step = _("step %(step)s") % {"step": checkpoint.step}
    return [*of_run(run), {"kind": _("checkpoint"), "label": step, "url": url}]
