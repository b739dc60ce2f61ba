"""Which search a run is a trial of: for its spec, and for its page."""

from typing import Any

from evaluation.models import Trial
from training.models import Run


def of_run(*, run: Run) -> dict[str, Any]:
    """Named in `settings.RUN_LINEAGE`: what spec.json says of it."""
    trial = Trial.objects.filter(run_id=run.pk).select_related("search").first()
    return {} if trial is None else {"search": trial.search.number, "trial": trial.number}
