"""Messages of searches, all for the light worker. Each carries an id and means: look."""

import logging

from celery import shared_task

from evaluation.actions.search.advance import advance
from evaluation.models import Search

log = logging.getLogger(__name__)


@shared_task(name="evaluation.search.tasks.look")
def look(search_id: int) -> None:
    """Carry on one search; harmless when it comes twice, or late."""
    if Search.objects.filter(pk=search_id, project__deleted_at=None).exists():
        advance(search_id=search_id)


@shared_task(name="evaluation.search.tasks.look_after")
def look_after() -> None:
    """By the scheduler: carry on every search that moves, whatever messages were lost."""
    for search_id in Search.objects.moving().values_list("pk", flat=True):
        try:
            advance(search_id=search_id)
        except Exception:
            log.exception("search %s could not be carried on", search_id)
