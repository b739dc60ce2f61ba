"""Messages of authoring, all for the light worker. Each carries an id and nothing else."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from authoring.import_work import work
from authoring.models import Import

log = logging.getLogger(__name__)

A_MINUTE = timedelta(minutes=1)
"""How long a message may take before the work is done without it."""


@shared_task(name="authoring.tasks.work_on_import")
def work_on_import(import_id: int) -> None:
    """Check or write an import, whichever its state asks for; harmless when it comes twice."""
    found = Import.objects.filter(pk=import_id).first()
    if found is not None:
        work(dataset_import=found)


@shared_task(name="authoring.tasks.look_after_imports")
def look_after_imports() -> None:
    """Work on what waited while the broker or the worker was away (the scheduler calls this). One that
    breaks keeps no other waiting."""
    overdue = Import.objects.waiting().filter(asked_at__lt=Now() - A_MINUTE).order_by("pk")
    for import_id in overdue.values_list("pk", flat=True):
        try:
            work_on_import(import_id)
        except Exception:
            log.exception("import %s could not be worked on", import_id)
