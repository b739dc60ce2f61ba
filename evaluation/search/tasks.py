"""Messages of searches, all for the light worker. Each carries an id and means: look."""

import logging

from celery import shared_task

from authoring.faults import DATABASE_AWAY, failure
from authoring.words import told
from evaluation.actions.search.advance import advance, halt
from evaluation.models import Search

log = logging.getLogger(__name__)


@shared_task(name="evaluation.search.tasks.look")
def look(search_id: int) -> None:
    """Carry on one search; harmless when it comes twice, or late."""
    search = Search.objects.filter(pk=search_id, project__deleted_at=None).first()
    if search is not None:
        _carry_on(search)


@shared_task(name="evaluation.search.tasks.look_after")
def look_after() -> None:
    """By the scheduler: carry on every search that moves, whatever messages were lost."""
    for search in Search.objects.moving():
        _carry_on(search)


def _carry_on(search: Search) -> None:
    """One that breaks is halted, and keeps no other waiting."""
    try:
        advance(search_id=search.pk)
    except DATABASE_AWAY:
        log.exception("search %s is carried on later", search.pk)
    except Exception as error:
        log.exception("the studio broke over search %s", search.pk)
        why = failure(error)
        halt(search=search, message=told(why["message"]), remedy=told(why["remedy"]))
