"""Send an export to a hub or a bucket."""

import logging
from typing import Any

from django.db import transaction

from authoring.errors import Conflict, Invalid, NothingToDo
from authoring.models import User
from authoring.permissions import require
from authoring.words import words as _
from engine.push.names import is_name
from training import destinations
from training.actions.queue import announce, enqueue_again
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
    target = _target(destination, name, public)
    with transaction.atomic():
        locked = Export.objects.select_for_update(of=("self",)).get(pk=export.pk)
        if locked.state != JobState.FINISHED:
            raise NothingToDo(_("This export is not made yet."), _("Wait until it is finished."))
        _require_own(export, destination, name)
        asked = Push.objects.filter(
            exported=export, destination=destination, target=target, public=public
        )
        push: Any = asked.exclude(state=JobState.FINISHED).first()
        if push is None:
            push = Push.objects.create(
                kind=Kind.PUSH,
                project=export.project,
                created_by=by,
                checkpoint=export.checkpoint,
                exported=export,
                form=export.form,
                numbers=export.numbers,
                destination=destination,
                name=name,
                public=public,
                target=target,
            )
            announce(push)
        elif push.state in {JobState.FAILED, JobState.STOPPED}:
            enqueue_again(push)
    log.info("export %s goes to %s, asked by person %s", export.pk, target, by.pk)
    return push


def _target(destination: str, name: str, public: bool) -> str:
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
    return there.target(name)


def _require_own(export: Export, destination: str, name: str) -> None:
    """A name is the project's that first sent something there: none may overwrite another's."""
    others = Push.objects.filter(destination=destination, name__iexact=name)
    if others.exclude(project=export.project).exists():
        raise Conflict(
            _("Another project of this studio pushes to %(name)s.", name=name),
            _("Choose another."),
        )
