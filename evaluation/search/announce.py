"""Tells the light worker to look at a search. Best effort: the scheduler looks at all that move."""

from functools import partial

from django.db import transaction

from authoring.announce import announce_now
from evaluation.models import Trial
from training.models import Run


def announce(search_id: int) -> None:
    """Once the current transaction is committed."""
    transaction.on_commit(
        partial(announce_now, "evaluation.search.tasks.look", search_id), robust=True
    )


def run_changed(*, run: Run) -> None:
    """Named in `settings.RUN_WATCHERS`: a run saved, ended, or a checkpoint of it was scored."""
    search_id = Trial.objects.filter(run_id=run.pk).values_list("search_id", flat=True).first()
    if search_id is not None:
        announce(search_id)
