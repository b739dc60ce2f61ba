"""What a snapshot would hold: which revisions, in which split, what is left out and why, what leaks.

Only reads. `authoring.actions.snapshots` shows a plan to people and freezes one.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from authoring import near_duplicates, splitting
from authoring.errors import Invalid, NothingToDo
from authoring.models import Pair, Project, Reason, Revision, Task
from authoring.snapshot_leaks import leaking_train_pairs, leaks_between, prompt_of
from authoring.snapshot_settings import SnapshotSettings

NAMED = 20
"""Pairs that a line of `left_out` names."""


class Planned(NamedTuple):
    revision: Revision
    """With its pair and task."""
    split: str
    group: int


class Plan(NamedTuple):
    settings: SnapshotSettings
    items: list[Planned]
    """In the snapshot's order: train, validation, test; drawn from the seed within each."""
    counts: dict[str, Any]
    left_out: list[dict[str, Any]]
    leaks: list[dict[str, Any]]
    content_hash: str
    frozen_tasks: dict[str, Any]


def make_plan(project: Project, settings: SnapshotSettings) -> Plan:
    """Raises NothingToDo, with the remedy, when nothing could be trained on what the plan would hold."""
    tasks = _tasks(project, settings)
    left_out: dict[str, list[int]] = defaultdict(list)
    revisions = list(_usable(project, tasks, settings, left_out))
    if not revisions:
        raise _nothing_approved(project, left_out)
    given = [_given(one, settings) for one in revisions]
    prompts = [prompt_of(one) for one in revisions]
    likeness = near_duplicates.compare(prompts, threshold=settings.threshold, sides=given)
    groups = likeness.groups()
    splits = splitting.split(
        list(map(_item, revisions, groups, given)),
        fractions=settings.fractions,
        seed=settings.seed,
    )
    leaks = leaks_between(revisions, splits, likeness)
    dropped = leaking_train_pairs(leaks, near=settings.leaks == "drop_near")
    if settings.leaks != "keep" and dropped:
        left_out[Reason.LEAK] = sorted(dropped)
        leaks = [leak for leak in leaks if leak["train"] not in dropped]
    else:
        dropped = set()
    items = [
        Planned(revision, split, group)
        for revision, split, group in zip(revisions, splits, groups, strict=True)
        if not (split == "train" and revision.pair_id in dropped)
    ]
    return plan_of(_ordered(items, settings.seed), settings, left_out, leaks)


def plan_of(
    items: list[Planned],
    settings: SnapshotSettings,
    left_out: dict[str, list[int]],
    leaks: list[dict[str, Any]],
) -> Plan:
    """A plan of these items in this order, checked and counted."""
    _require_trainable(items)
    return Plan(
        settings=settings,
        items=items,
        counts=_counts(items),
        left_out=[
            {"reason": str(reason), "count": len(pairs), "pairs": pairs[:NAMED]}
            for reason, pairs in left_out.items()
            if pairs
        ],
        leaks=leaks,
        content_hash=_content_hash(items),
        frozen_tasks={
            task.slug: asdict(task.info()) for task in {item.revision.pair.task for item in items}
        },
    )


def _tasks(project: Project, settings: SnapshotSettings) -> list[Task]:
    tasks = [
        task for task in project.tasks.all() if not settings.tasks or task.slug in settings.tasks
    ]
    if unknown := set(settings.tasks) - {task.slug for task in tasks}:
        raise Invalid(
            _("This project has no task %(names)s.") % {"names": ", ".join(sorted(unknown))},
            fields={"tasks": [_("Choose among the project's tasks.")]},
        )
    return tasks


def _usable(
    project: Project,
    tasks: list[Task],
    settings: SnapshotSettings,
    left_out: dict[str, list[int]],
) -> Iterable[Revision]:
    """Approved revisions that a snapshot can hold; the ids of the other pairs go to `left_out`."""
    pairs = Pair.objects.filter(project=project, task__in=tasks).order_by("pk")
    deleted = pairs.exclude(deleted_at=None)
    waiting = pairs.present().filter(approved=None)
    left_out[Reason.DELETED] = list(deleted.values_list("pk", flat=True))
    left_out[Reason.NOT_APPROVED] = list(waiting.values_list("pk", flat=True))
    for pair in pairs.approved().select_related("approved", "task"):
        revision = pair.approved
        revision.pair = pair
        reason = _unusable(revision, settings)
        if reason:
            left_out[reason].append(pair.pk)
        else:
            yield revision


def _unusable(revision: Revision, settings: SnapshotSettings) -> str:
    if settings.languages and revision.language not in settings.languages:
        return Reason.OTHER_LANGUAGE
    if not revision.is_complete:
        return Reason.EMPTY
    task = revision.pair.task
    if task.kind == "classification" and revision.response.strip() not in task.labels:
        return Reason.UNKNOWN_LABEL
    turns = sum(len(turn["content"]) for turn in revision.turns)
    length = len(revision.system) + turns + len(revision.input) + len(revision.response)
    return Reason.TOO_LONG if length > settings.longest else ""


def _given(revision: Revision, settings: SnapshotSettings) -> str:
    return revision.pair.split if settings.split_rule == "given" else ""


def _item(revision: Revision, group: int, given: str) -> splitting.Item:
    task = revision.pair.task
    label = revision.response.strip() if task.kind == "classification" else ""
    return splitting.Item(
        key=revision.content_hash,
        stratum=(task.slug, label, revision.language),
        group=group,
        given=given,
    )


def _ordered(items: list[Planned], seed: int) -> list[Planned]:
    """By split, drawn from the seed within each: training reads it in this order, on any machine."""
    places = {name: place for place, name in enumerate(splitting.SPLITS)}

    def place(item: Planned) -> tuple[int, str, int]:
        drawn = hashlib.sha256(f"{seed}:{item.revision.content_hash}".encode()).hexdigest()
        return places[item.split], drawn, item.revision.pk

    return sorted(items, key=place)


def _content_hash(items: list[Planned]) -> str:
    lines = (f"{item.revision.content_hash} {item.split}\n" for item in items)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _counts(items: list[Planned]) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    for name in splitting.SPLITS:
        revisions = [item.revision for item in items if item.split == name]
        kinds = [one for one in revisions if one.pair.task.kind == "classification"]
        counts[name] = {
            "rows": len(revisions),
            "tasks": dict(Counter(one.pair.task.slug for one in revisions).most_common()),
            "languages": dict(Counter(one.language for one in revisions).most_common()),
            "labels": dict(Counter(one.response.strip() for one in kinds).most_common()),
        }
    return counts


def _nothing_approved(project: Project, left_out: dict[str, list[int]]) -> NothingToDo:
    others = [f"{len(pairs)} {Reason(reason).label}" for reason, pairs in left_out.items() if pairs]
    waiting = Pair.objects.in_project(project).awaiting_review().count()
    remedy = (
        _("Review the %(n)d pairs that await it, then freeze again.") % {"n": waiting}
        if waiting
        else _("Write pairs, submit them, and have somebody else approve them.")
    )
    message = _("There is no approved pair to freeze.")
    return NothingToDo(f"{message} ({', '.join(others)})" if others else message, remedy)


def _require_trainable(items: list[Planned]) -> None:
    if not any(item.split == "train" for item in items):
        raise NothingToDo(
            _("The train split would be empty."),
            _("Give train a larger share, or approve more pairs."),
        )
    labels: dict[tuple[str, Task], set[str]] = defaultdict(set)
    for revision, split, _group in items:
        if revision.pair.task.kind == "classification":
            labels[split, revision.pair.task].add(revision.response.strip())
    for (split, task), found in labels.items():
        if len(found) == 1 and split != "validation":
            raise NothingToDo(
                _("In the %(split)s split, every pair of %(task)s has the label “%(label)s”.")
                % {"split": split, "task": task, "label": next(iter(found))[:80]},
                _("Approve pairs of other labels, change the shares, or leave this task out."),
            )
