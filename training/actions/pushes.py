"""Send an export to a hub or a bucket."""

import logging
from typing import Any

from django.db import transaction

from authoring.errors import Invalid, NothingToDo
from authoring.models import User
from authoring.permissions import require
from authoring.words import words as _
from engine.push.names import is_name
from training import destinations, names
from training.actions import jobs
from training.actions.queue import announce
from training.models import Destination, Export, Kind, Push
from training.states import JobState

log = logging.getLogger(__name__)


def ask(*, by: User, export: Export, destination: str, name: str, public: bool = False) -> Push:
    """Queue a push. While one of the same export to the same place is not over, asking again gives
    that; one that failed or was stopped is queued again and goes on where it broke off.

    Raises PermissionDenied; Invalid (a destination that nobody configured, a name that is none);
    NothingToDo (the export isn't made); Conflict (another project's name).
    """
    require(by, "publish", export.project)
    target, service = _place(destination, name, public)
    with transaction.atomic():
        locked = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
        if locked.state != JobState.FINISHED:
            raise NothingToDo(_("This export is not made yet."), _("Wait until it is finished."))
        there = {"destination": destination, "target": target, "service": service}
        asked = Push.objects.filter(exported=export, public=public, **there)
        push: Any = asked.exclude(state=JobState.FINISHED).first()
        if push is None:
            push = Push(
                kind=Kind.PUSH,
                project=export.project,
                created_by=by,
                checkpoint=export.checkpoint,
                exported=export,
                form=export.form,
                numbers=export.numbers,
                name=name,
                public=public,
                **there,
            )
            names.require_free(push)
            push.save()
            announce(push)
        elif push.state in {JobState.FAILED, JobState.STOPPED}:
            jobs.retry(by=by, job=push)
            push.refresh_from_db()
    log.info("export %s goes to %s, asked by person %s", export.pk, target, by.pk)
    return push


def _place(destination: str, name: str, public: bool) -> tuple[str, str]:
    there = destinations.configured().get(destination)
    if there is None:
        why = _("Nobody configured this destination.")
        remedy = _("The studio's operator sets HUB_ENDPOINT or S3_BUCKET.")
        raise Invalid(why, remedy, {"destination": [why]})
    if not is_name(destination, name):
        why = (
            _("Write owner/name: letters, digits, “-”, “_” and “.”.")
            if destination == Destination.HUB
            else _(
                "Write one folder or several with “/” between: letters, digits, “-”, “_” and “.”."
            )
        )
        raise Invalid(_("This is no name to push to."), why, {"name": [why]})
    if public and destination == Destination.S3:
        why = _("Who may read a bucket is decided by the bucket, never by a push.")
        raise Invalid(why, _("Push without it."), {"public": [why]})
    return there.target(name), there.service
