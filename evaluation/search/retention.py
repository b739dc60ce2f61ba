"""Weights of trials that came to nothing are let go: a search may ask for hundreds of runs."""

from django.core.exceptions import PermissionDenied

from authoring.errors import Conflict
from evaluation.models import Search
from training.actions import checkpoints


def let_go(*, search: Search) -> None:
    """Delete the files of every checkpoint of the trials that are over, but for the best checkpoint of
    the `search.keep` best. What was measured of them stays, and any of them can be trained again."""
    best = list(search.ranked()[: search.keep].values_list("run__best_checkpoint", flat=True))
    for trial in search.trials.exclude(run=None).select_related("run"):
        if trial.is_open:
            continue
        for one in trial.run.checkpoints.kept().exclude(pk__in=best).select_related("run__project"):
            try:
                checkpoints.delete(by=search.created_by, checkpoint=one)
            except (Conflict, PermissionDenied):
                continue  # another run goes on from it; or whoever began this may delete no more
