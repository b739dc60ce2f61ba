"""Which checkpoints keep their files: the best few of a run, its last, and whatever is still needed."""

from django.db.models import Count, F, Q

from training.actions import checkpoints
from training.best import place_of
from training.models import Checkpoint, Run
from training.models.run import RunQuerySet


def thin() -> int:
    """Delete the files of every run's surplus checkpoints; returns how many. Safe to call any time."""
    return sum(checkpoints.release(checkpoint=one) for run in _crowded() for one in surplus_of(run))


def surplus_of(run: Run) -> list[Checkpoint]:
    """Kept, and neither among the best `keep_best` nor the last: the worst first.

    The last is also what the run would go on from, so it stays whatever its score.
    """
    kept = list(run.checkpoints.kept().order_by("step"))
    if not run.keep_best or not kept:
        return []
    rewards = {step: value for step, value in run.values_of("grpo/reward") if value is not None}
    metric = run.settings.get("best_metric", "auto")
    best_first = sorted(kept, key=lambda one: place_of(one, rewards, metric), reverse=True)
    return [one for one in reversed(best_first[run.keep_best :]) if one != kept[-1]]


def _crowded() -> RunQuerySet:
    kept = Count("checkpoints", filter=Q(checkpoints__deleted_at=None))
    return Run.objects.annotate(kept=kept).filter(keep_best__gt=0, kept__gt=F("keep_best"))
