"""Walk back from a checkpoint: run → parent checkpoint or base model, and the snapshot it read."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from training.models import Checkpoint, Run

Step = dict[str, Any]
"""{kind, label, url} of `components/_lineage.html`, first to last."""


def of_run(run: Run) -> list[Step]:
    slug = run.project.slug
    return [
        {
            "kind": _("snapshot"),
            "label": str(run.snapshot.number),
            "url": reverse("snapshot", args=[slug, run.snapshot_id]),
        },
        _start(run, slug),
        {"kind": "", "label": str(run), "url": reverse("run", args=[slug, run.number])},
    ]


def of_checkpoint(checkpoint: Checkpoint) -> list[Step]:
    run = checkpoint.run
    url = reverse("checkpoint", args=[run.project.slug, checkpoint.pk])
    step = _("step %(step)s") % {"step": checkpoint.step}
    return [*of_run(run), {"kind": _("checkpoint"), "label": step, "url": url}]


def _start(run: Run, slug: str) -> Step:
    if run.parent is None:
        return {
            "kind": _("model"),
            "label": run.base_model.name,
            "url": reverse("models", args=[slug]),
        }
    return {
        "kind": _("checkpoint"),
        "label": str(run.parent),
        "url": reverse("checkpoint", args=[slug, run.parent_id]),
    }
