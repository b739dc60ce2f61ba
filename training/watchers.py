"""Tells the apps above that something became of a run; training knows none of them."""

from django.conf import settings
from django.utils.module_loading import import_string

from training.models import Run


def tell(run: Run) -> None:
    """Call each of `settings.RUN_WATCHERS` as `watcher(run=)`, inside the current transaction."""
    for path in settings.RUN_WATCHERS:
        import_string(path)(run=run)
