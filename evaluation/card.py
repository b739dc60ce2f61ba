"""A checkpoint's scores, as its model card tells them."""

from typing import Any

from django.utils.translation import override

from authoring.models import Split
from evaluation.forms import generation
from evaluation.metrics import SHARES
from evaluation.models import Evaluation
from training.models import Checkpoint

ORDER = (Split.TEST, Split.VALIDATION, Split.TRAIN)


def scores_of(*, checkpoint: Checkpoint) -> list[dict[str, Any]]:
    """Named in `settings.MODEL_CARD_SCORES`. Of the whole split and of each task, every metric with
    its interval, n and generation setting, and how outputs ended; the test split first."""
    measured = Evaluation.objects.scored().filter(checkpoint=checkpoint)
    rows = []
    for one in sorted(measured, key=lambda found: (ORDER.index(Split(found.split)), found.pk)):
        scores = [s for s in one.scores.all() if _told(s.slice) and s.value is not None]
        for score in sorted(
            scores, key=lambda found: (found.slice, found.metric in SHARES, found.pk)
        ):
            with override("en"):
                rows.append(
                    {
                        "split": one.split,
                        "slice": score.slice,
                        "metric": score.metric,
                        "value": score.value,
                        "low": score.low,
                        "high": score.high,
                        "n": score.n,
                        "generation": generation(one.settings),
                    }
                )
    return rows


def _told(slice: str) -> bool:
    return not slice or (slice.startswith("task:") and "/" not in slice)
