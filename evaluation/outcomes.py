"""Gained, lost, both wrong: how two models differ answer by answer."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from evaluation.models import Evaluation, Prediction


class Change(TextChoices):
    GAINED = "gained", _("gained")
    LOST = "lost", _("lost")
    BOTH_WRONG = "both_wrong", _("both wrong")
    BOTH_RIGHT = "both_right", _("both right")


class Answers(NamedTuple):
    """What two models said to one question."""

    first: Prediction
    second: Prediction

    @property
    def change(self) -> Change:
        return CHANGES[bool(self.first.correct), bool(self.second.correct)]


CHANGES = {
    (False, True): Change.GAINED,
    (True, False): Change.LOST,
    (False, False): Change.BOTH_WRONG,
    (True, True): Change.BOTH_RIGHT,
}


def counts(first: Evaluation, second: Evaluation) -> dict[Change, int]:
    """How many questions each change has, over the questions that both answered."""
    found = dict.fromkeys(Change, 0)
    before = dict(first.predictions.order_by().values_list("revision_id", "correct"))
    for revision, correct in second.predictions.order_by().values_list("revision_id", "correct"):
        if revision in before:
            found[CHANGES[bool(before[revision]), bool(correct)]] += 1
    return found


def changed(first: Evaluation, second: Evaluation, change: Change) -> list[int]:
    """Revisions with this change, in the order of the split."""
    before = dict(first.predictions.order_by().values_list("revision_id", "correct"))
    after = second.predictions.order_by("id").values_list("revision_id", "correct")
    return [
        revision
        for revision, correct in after
        if revision in before and CHANGES[bool(before[revision]), bool(correct)] == change
    ]


def side_by_side(first: Evaluation, second: Evaluation, revisions: list[int]) -> Iterator[Answers]:
    """Both answers to each of these questions."""
    chosen = Prediction.objects.filter(revision__in=revisions).with_lineage()
    before = {one.revision_id: one for one in chosen.filter(evaluation=first)}
    after = {one.revision_id: one for one in chosen.filter(evaluation=second)}
    for revision in revisions:
        yield Answers(before[revision], after[revision])
