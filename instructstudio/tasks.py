"""Housekeeping, hourly: what RETENTION_DAYS says is too old goes; never a pair, a run or a checkpoint."""

from datetime import datetime, timedelta
from functools import partial

from celery import shared_task
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from authoring.models import AccessLink, IdempotentReply, Import
from authoring.states import ImportState
from training.models import LogChunk
from training.states import OVER


@shared_task
def sweep() -> None:
    """Delete old sessions, idempotent replies, used links, files of imports, logs of jobs that are over."""
    call_command("clearsessions")
    IdempotentReply.objects.filter(created_at__lt=_before("idempotency")).delete()
    AccessLink.objects.filter(expires_at__lt=_before("links")).delete()
    LogChunk.objects.filter(job__state__in=OVER, job__finished_at__lt=_before("logs")).delete()
    for one in Import.objects.filter(_is_done_with(), asked_at__lt=_before("imports")):
        _forget_file(one.pk)


def _is_done_with() -> Q:
    """Imports whose file nobody waits for: neither a worker that reads it, nor a person who has yet to
    say whether its good rows are to be imported."""
    return Q(state__in=(ImportState.COMMITTED, ImportState.FAILED)) & ~Q(file="")


@transaction.atomic
def _forget_file(import_id: int) -> None:
    """Locked, so that nobody asks for it to be read again meanwhile."""
    found = Import.objects.select_for_update().filter(_is_done_with(), pk=import_id).first()
    if found is not None:
        transaction.on_commit(partial(found.file.storage.delete, found.file.name), robust=True)
        Import.objects.filter(pk=found.pk).update(file="")


def _before(what: str) -> datetime:
    return timezone.now() - timedelta(days=settings.RETENTION_DAYS[what])
