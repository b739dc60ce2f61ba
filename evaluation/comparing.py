"""Paired comparisons: are two models different on the records that both answered?"""

from collections.abc import Iterator

from django.db.models import Q

from authoring.errors import Conflict, Invalid
from authoring.words import words as _
from engine.metrics import compare as paired_differences
from engine.metrics.bootstrap import Resampling, paired_bootstrap
from engine.metrics.mcnemar import mcnemar
from engine.metrics.results import Comparison as Difference
from engine.metrics.results import clusters
from evaluation.answers import answers_by_task
from evaluation.metrics import NAMES
from evaluation.models import Comparison, Evaluation
from evaluation.pairing import right_and_wrong
from evaluation.slices import TaskAnswers


def compare(*, first: Evaluation, second: Evaluation) -> list[Comparison]:
    """Second minus first for every metric, as the scorer kept it, else computed now, unsaved.

    Raises Invalid when the two did not answer the same split, Conflict when one isn't scored.
    """
    if (first.snapshot_id, first.split) != (second.snapshot_id, second.split):
        raise Invalid(
            _("These two evaluations answered different questions."),
            _("Compare two evaluations of one snapshot and split."),
        )
    for one in (first, second):
        if not one.is_scored:
            raise Conflict(
                _("%(subject)s is not scored yet.", subject=one.subject),
                _("Wait until its evaluation has finished."),
            )
    kept = Comparison.objects.filter(first=first, second=second)
    return sorted(kept or _differences(first, second), key=_headline_first)


def _headline_first(one: Comparison) -> tuple[str, int]:
    order = list(NAMES)
    return one.slice, order.index(one.metric) if one.metric in order else len(order)


def compare_with_base(*, evaluation: Evaluation) -> None:
    """Keep the comparison of a checkpoint with its untrained model, whichever was scored last."""
    alike = Evaluation.objects.scored().filter(
        snapshot=evaluation.snapshot_id,
        split=evaluation.split,
        settings_hash=evaluation.settings_hash,
        base_model=evaluation.base_model_id,
    )
    if evaluation.checkpoint_id is None:
        for checkpoint in alike.exclude(checkpoint=None):
            _keep(evaluation, checkpoint)
    elif base := alike.of_base_models().first():
        _keep(base, evaluation)


def forget_comparisons(evaluation: Evaluation) -> None:
    """Comparisons of scores that are no more."""
    Comparison.objects.filter(Q(first=evaluation) | Q(second=evaluation)).delete()


def _keep(first: Evaluation, second: Evaluation) -> None:
    Comparison.objects.bulk_create(
        _differences(first, second),
        update_conflicts=True,
        unique_fields=["first", "second", "metric", "slice"],
        update_fields=[
            *("first_value", "second_value", "delta", "low", "high", "p", "test", "n", "settings")
        ],
    )


def _differences(first: Evaluation, second: Evaluation) -> list[Comparison]:
    before = {one.slug: one for one in answers_by_task(first)}
    after = {one.slug: one for one in answers_by_task(second)}
    both = [(before[slug], after[slug]) for slug in before if slug in after]
    return [
        Comparison(
            first=first,
            second=second,
            metric=one.name,
            slice=slice,
            first_value=one.first,
            second_value=one.second,
            delta=one.delta,
            low=one.low,
            high=one.high,
            p=one.p,
            test=one.test,
            n=one.n,
            settings=one.settings,
        )
        for slice, one in _by_slice(both)
    ]


def _by_slice(both: list[tuple[TaskAnswers, TaskAnswers]]) -> Iterator[tuple[str, Difference]]:
    """As the scores are sliced: one task is the whole split; several have `correct` in common."""
    if len(both) == 1:
        [(before, after)] = both
        yield from (
            ("", one) for one in paired_differences(before.info, before.answers, after.answers)
        )
        return
    if both:
        yield "", _correct(both)
    for before, after in both:
        for one in paired_differences(before.info, before.answers, after.answers):
            yield f"task:{before.slug}", one


def _correct(both: list[tuple[TaskAnswers, TaskAnswers]]) -> Difference:
    how = Resampling()
    paired = right_and_wrong(both)
    [difference] = paired_bootstrap(*paired.rows(), clusters=clusters(paired.answers), how=how)
    p, test = difference.p, "paired bootstrap"
    if clusters(paired.answers) is None:
        p, test = mcnemar(paired.before, paired.after).p, "exact McNemar"
    first = sum(paired.before) / len(paired.before)
    return Difference(
        "correct", first, first + difference.delta, difference.delta,
        *difference.interval, p, test, len(paired.before),
    )  # fmt: skip
