"""Walk back from a number: prediction → checkpoint → run → snapshot → pair revision → author."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from authoring.models import Split
from evaluation.models import Evaluation, Prediction
from training.models import Checkpoint

Step = dict[str, Any]
"""{kind, label, url} of `components/_lineage.html`, first to last."""


def of_evaluation(evaluation: Evaluation) -> list[Step]:
    steps = [_snapshot(evaluation)]
    if evaluation.checkpoint is not None:
        steps += of_checkpoint(evaluation.checkpoint)
    else:
        slug = evaluation.project.slug
        url = reverse("models", args=[slug])
        steps.append({"kind": _("model"), "label": evaluation.base_model.name, "url": url})
    url = reverse("evaluation", args=[evaluation.project.slug, evaluation.pk])
    return [*steps, {"kind": _("evaluation"), "label": Split(evaluation.split).label, "url": url}]


def of_prediction(prediction: Prediction, evaluation: Evaluation) -> list[Step]:
    label = _("pair %(pair)s") % {"pair": prediction.revision.pair_id}
    return [*of_evaluation(evaluation), {"kind": _("prediction"), "label": label, "url": ""}]


def of_checkpoint(checkpoint: Checkpoint) -> list[Step]:
    run = checkpoint.run
    slug = run.project.slug
    step = _("step %(step)s") % {"step": checkpoint.step}
    return [
        {"kind": "", "label": str(run), "url": reverse("run", args=[slug, run.number])},
        {
            "kind": _("checkpoint"),
            "label": step,
            "url": reverse("checkpoint", args=[slug, checkpoint.pk]),
        },
    ]


def _snapshot(evaluation: Evaluation) -> Step:
    snapshot = evaluation.snapshot
    return {
        "kind": _("snapshot"),
        "label": str(snapshot.number),
        "url": reverse("snapshot", args=[evaluation.project.slug, snapshot.pk]),
    }
