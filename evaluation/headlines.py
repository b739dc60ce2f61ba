"""The one score that stands for an evaluation where there is room for one."""

from collections.abc import Iterable
from typing import NamedTuple

from evaluation.metrics import SHARES, default_metric
from evaluation.models import Evaluation, Score


class Headline(NamedTuple):
    evaluation: Evaluation
    score: Score | None
    """Over the whole split; None while it isn't scored."""


def headlines(evaluations: Iterable[Evaluation]) -> list[Headline]:
    """Each evaluation with its default metric, in one query."""
    evaluations = list(evaluations)
    found: dict[int, dict[str, Score]] = {}
    whole = Score.objects.whole().filter(evaluation__in=evaluations).exclude(metric__in=SHARES)
    for score in whole.order_by("id"):
        found.setdefault(score.evaluation_id, {})[score.metric] = score
    return [Headline(one, _headline(found.get(one.pk, {}))) for one in evaluations]


def _headline(scores: dict[str, Score]) -> Score | None:
    return scores.get(default_metric(list(scores)))
