"""Housekeeping, hourly: what RETENTION_DAYS says is too old goes; never a pair, a run or a checkpoint."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.management import call_command
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
    old = Import.objects.filter(created_at__lt=_before("imports")).exclude(file="")
    for one in old.exclude(state=ImportState.CHECKED):
        one.file.delete(save=False)
        Import.objects.filter(pk=one.pk).update(file="")


def _before(what: str) -> object:
    return timezone.now() - timedelta(days=settings.RETENTION_DAYS[what])
