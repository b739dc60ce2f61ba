"""The order of the queue, as people change it: places within a priority, and priorities.

Who may train in a project arranges that project's jobs among the places they have; other projects'
jobs keep theirs. Only the studio's owner moves anything, and says what is urgent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy, pgettext_lazy

from authoring.models import User
from authoring.permissions import allowed, require
from authoring.words import words as _
from training.actions.jobs import DEED
from training.models import Job, Kind
from training.states import LIVE, JobState, NotAllowed


class Priority(IntegerChoices):
    """A checkpoint's evaluation lies between normal and urgent: seconds of work, and a number that
    people wait for."""

    LOW = -10, pgettext_lazy("priority", "low")
    NORMAL = 0, pgettext_lazy("priority", "normal")
    URGENT = 10, pgettext_lazy("priority", "urgent")


class To(TextChoices):
    FRONT = "front", gettext_lazy("to the front")
    UP = "up", gettext_lazy("up")
    DOWN = "down", gettext_lazy("down")
    BACK = "back", gettext_lazy("to the back")


def may_arrange(user: User, job: Job) -> bool:
    return allowed(user, DEED[Kind(job.kind)], job.project)


@transaction.atomic
def move(*, by: User, job: Job, to: str) -> None:
    """Exchange places with the neighbours that `by` may move, at the same priority.

    At the end that it is moved to, it stays. Raises PermissionDenied; NotAllowed unless it is queued.
    """
    require(by, DEED[Kind(job.kind)], job.project)
    line = list(
        Job.objects.in_line()
        .filter(priority=job.priority)
        .select_for_update(of=("self",))
        .select_related("project")
    )
    here = next((one for one in line if one.pk == job.pk), None)
    if here is None:
        job.refresh_from_db()
        raise NotAllowed("move", job.state)
    slots = [at for at, one in enumerate(line) if may_arrange(by, one)]
    order = _moved([line[at] for at in slots], here, To(to))
    arranged = list(line)
    for at, one in zip(slots, order, strict=True):
        arranged[at] = one
    for one, place in zip(arranged, _increasing([one.place for one in line]), strict=True):
        if one.place != place:
            Job.objects.filter(pk=one.pk).update(place=place)
    job.refresh_from_db()


def set_priority(*, by: User, job: Job, priority: int) -> None:
    """Before or behind all others of another priority. A job at work keeps its device, and its
    priority for when it has to queue again.

    Raises PermissionDenied, for `urgent` to all but the studio's owner; NotAllowed when it is over.
    """
    require(by, DEED[Kind(job.kind)], job.project)
    if priority == Priority.URGENT and not by.is_superuser:
        raise PermissionDenied(
            _("Urgent jobs go before those of every project: only the studio's owner makes one.")
        )
    open_states = [JobState.WAITING, JobState.QUEUED, JobState.PAUSED, *LIVE]
    changed = Job.objects.filter(pk=job.pk, state__in=open_states).update(priority=priority)
    job.refresh_from_db()
    if not changed:
        raise NotAllowed("move", job.state)


def _moved(jobs: Sequence[Job], job: Job, to: To) -> list[Job]:
    others = [one for one in jobs if one != job]
    now, end = jobs.index(job), len(others)
    at = {To.FRONT: 0, To.UP: max(0, now - 1), To.DOWN: min(end, now + 1), To.BACK: end}[to]
    return [*others[:at], job, *others[at:]]


def _increasing(places: list[datetime]) -> list[datetime]:
    """The same places, none twice: what was queued in one moment could not change its order."""
    found: list[datetime] = []
    for place in places:
        found.append(max(place, found[-1] + timedelta(microseconds=1)) if found else place)
    return found
