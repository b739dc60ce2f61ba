"""The kinds of instruction in a project (Task). Named so that it is not taken for Celery's tasks."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from authoring.errors import Conflict, Invalid
from authoring.models import Pair, Project, Task, User
from authoring.permissions import require
from authoring.seen import Seen, changed

CHANGEABLE = (
    "name",
    "kind",
    "guidelines",
    "instruction",
    "system",
    "input_form",
    "output_form",
    "labels",
    "metric",
    "reward",
    "position",
)
LONGEST_LABEL = 200


@transaction.atomic
def add(*, project: Project, name: str, kind: str, by: User, slug: str = "", **fields: Any) -> Task:
    """A new task at the end of the project's list. `fields` are those of CHANGEABLE."""
    require(by, "manage", project)
    last = project.tasks.aggregate(last=Max("position"))["last"]
    task = Task(project=project, slug=_free_slug(project, slug or name), position=(last or 0) + 1)
    _assign(task, {"name": name, "kind": kind, **fields})
    task.save()
    return task


@transaction.atomic
def change(*, task: Task, by: User, seen: Seen | None = None, **changes: Any) -> Task:
    """Change a task; nothing but `changes` is written. Snapshots keep the labels, metric and reward that
    they were frozen with.

    `seen` are the prints of what a whole form showed (authoring.seen): then only what its sender changed is
    written. Raises Conflict where somebody else changed the same meanwhile.
    """
    require(by, "manage", task.project)
    locked = Task.objects.select_for_update().get(pk=task.pk)
    if seen is not None:
        changes = changed(changes, now=shown(locked), seen=seen)
    _assign(locked, changes)
    locked.save(update_fields=list(changes))
    return Task.objects.select_related("project").get(pk=task.pk)


def shown(task: Task) -> dict[str, Any]:
    """What its form shows of a task."""
    return {name: getattr(task, name) for name in CHANGEABLE if name != "position"}


@transaction.atomic
def remove(*, task: Task, by: User) -> None:
    """Take away a task that has no pairs, deleted ones included."""
    require(by, "manage", task.project)
    if Pair.objects.filter(task=task).exists():
        raise Conflict(
            _("%(task)s has pairs.") % {"task": task}, _("Move its pairs to another task first.")
        )
    task.delete()


def _assign(task: Task, fields: dict[str, Any]) -> None:
    unknown = fields.keys() - set(CHANGEABLE)
    if unknown:
        raise Invalid(_("A task has no field %(names)s.") % {"names": ", ".join(unknown)})
    for field, value in fields.items():
        setattr(task, field, _labels(value) if field == "labels" else value)
    task.full_clean()
    if task.kind == "classification" and len(task.labels) < 2:
        raise Invalid(
            _("A classification needs at least two labels."),
            fields={"labels": [_("List every label that an answer may be.")]},
        )


def _labels(value: Any) -> list[str]:
    """Labels trimmed, in order, each once. Raises Invalid for anything but a list of short texts."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Invalid(
            _("Labels are a list of texts."), fields={"labels": [_("Send a list of texts.")]}
        )
    labels = list(dict.fromkeys(one.strip() for one in value if one.strip()))
    if any(len(one) > LONGEST_LABEL for one in labels):
        raise Invalid(
            _("A label is too long."),
            fields={"labels": [_("At most %(limit)d characters.") % {"limit": LONGEST_LABEL}]},
        )
    return labels


def _free_slug(project: Project, name: str) -> str:
    base = slugify(name)[:50] or "task"
    taken = set(project.tasks.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = (
        base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2)
    )
    return next(slug for slug in candidates if slug not in taken)
