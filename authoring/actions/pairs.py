"""Writing pairs: every save is a new revision, and nothing that was typed is ever lost."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from authoring import content as contents
from authoring.errors import Conflict, Invalid
from authoring.models import Pair, ReviewClaim, Revision, SnapshotItem, Task, User
from authoring.models.revision import content_hash
from authoring.permissions import require
from authoring.states import PAIR, after


class Written(NamedTuple):
    """What came of a save."""

    pair: Pair
    revision: Revision
    """The revision that holds exactly what was sent: new, or the one that held it already."""
    conflict: bool
    """Somebody else wrote meanwhile: `revision` stands beside `pair.head`, which is theirs."""
    warnings: dict[str, str]
    """Allowed, but probably not meant: field → sentence."""


def write(
    *,
    content: dict[str, Any],
    by: User,
    pair: Pair | None = None,
    parent: int | None = None,
    task: Task | None = None,
    written_for: Revision | None = None,
) -> Written:
    """Save what a person wrote: a new pair of `task`, or a new revision of `pair`.

    `content` has the fields of a revision (`instruction` may stand for a single turn); a field left
    out keeps what revision `parent` has. `parent` is the number of the revision that the writer saw;
    None means the head. When somebody else wrote since then, the head stays theirs, this text is kept
    as another child of what its writer saw, and `conflict` is True; saving again with the head as
    parent settles it. The same content twice makes no second revision. `task` moves a pair.
    `written_for` is the question that a new pair answers to; an old one keeps what it began with.

    Raises Invalid or TooLarge (by field), Conflict (unknown parent, deleted pair), PermissionDenied.
    """
    if pair is None:
        if task is None:
            raise Invalid(_("A new pair needs a task."), fields={"task": [_("Choose a task.")]})
        return _begin(task, contents.clean(content), by, written_for)
    require(by, "write", pair.project)
    if task is not None and task.project_id != pair.project_id:
        raise Invalid(
            _("This task is of another project."), fields={"task": [_("Choose another.")]}
        )
    with transaction.atomic():
        pair = locked(pair)
        if pair.deleted_at:
            raise Conflict(_("This pair was deleted."), _("Restore it, then save again."))
        seen = _seen(pair, parent)
        whole = contents.clean(_inherited(content, seen))
        return _continue(pair, seen, whole, task or pair.task, by)


@transaction.atomic
def submit(*, pair: Pair, by: User) -> Pair:
    """Hand the head revision to the reviewers. Raises Invalid when it has no response yet."""
    require(by, "write", pair.project)
    pair = _present(locked(pair))
    state = after(PAIR, "submit", pair.state)
    if not pair.head.is_complete:
        raise Invalid(
            _("A pair needs an instruction and a response before it can be reviewed."),
            fields={"response": [_("Write the response first.")]},
        )
    pair.state, pair.submitted_at = state, timezone.now()
    pair.save(update_fields=["state", "submitted_at", "updated_at"])
    return pair


@transaction.atomic
def withdraw(*, pair: Pair, by: User) -> Pair:
    """Take a pair back from the review queue."""
    require(by, "write", pair.project)
    pair = _present(locked(pair))
    pair.state = after(PAIR, "withdraw", pair.state)
    pair.save(update_fields=["state", "updated_at"])
    ReviewClaim.objects.filter(pair=pair).delete()
    return pair


@transaction.atomic
def delete(*, pair: Pair, by: User) -> Pair:
    """Put a pair aside: out of lists, queues and new snapshots. Old snapshots keep its revisions."""
    require(by, "write", pair.project)
    pair = locked(pair)
    pair.deleted_at = pair.deleted_at or timezone.now()
    pair.save(update_fields=["deleted_at", "updated_at"])
    ReviewClaim.objects.filter(pair=pair).delete()
    return pair


@transaction.atomic
def restore(*, pair: Pair, by: User) -> Pair:
    """Bring a deleted pair back, in the state it had."""
    require(by, "write", pair.project)
    pair = locked(pair)
    pair.deleted_at = None
    pair.save(update_fields=["deleted_at", "updated_at"])
    return pair


def locked(pair: Pair) -> Pair:
    """The pair as it is now, held until the transaction ends. SQLite holds the whole database anyway.

    Locked first and read afterwards: who waited for the lock would join the pair's new head with the
    revisions that there were before.
    """
    Pair.objects.select_for_update().only("pk").get(pk=pair.pk)
    return Pair.objects.with_head().select_related("project").get(pk=pair.pk)


def _begin(task: Task, content: dict[str, Any], by: User, written_for: Revision | None) -> Written:
    require(by, "write", task.project)
    if written_for is not None and written_for.pair.project_id != task.project_id:
        raise Invalid(
            _("This question is of another project."),
            fields={"written_for": [_("Name a revision of this project.")]},
        )
    with transaction.atomic():
        pair = Pair.objects.create(
            project=task.project, task=task, author=by, written_for=written_for
        )
        revision = Revision.objects.create(pair=pair, number=1, author=by, **content)
        pair.point_at(revision)
        pair.save()
    return Written(pair, revision, conflict=False, warnings=contents.warnings(content, task))


def _seen(pair: Pair, parent: int | None) -> Revision:
    """The revision that the writer had before their eyes."""
    if parent is None or parent == pair.head.number:
        return pair.head
    seen = pair.revisions.filter(number=parent).first()
    if seen is None:
        raise Conflict(
            _("This pair has no revision %(number)s.") % {"number": parent},
            _("Read the pair again and save with the number of a revision that it has."),
        )
    return seen


def _inherited(content: dict[str, Any], seen: Revision) -> dict[str, Any]:
    """The content with what it leaves out taken from the revision it was written on."""
    replaced = {"turns"} if "instruction" in content else set()
    kept = {name: value for name, value in seen.content().items() if name not in replaced}
    return kept | content


def _continue(pair: Pair, seen: Revision, content: dict[str, Any], task: Task, by: User) -> Written:
    warnings = contents.warnings(content, task)
    same = content_hash(content) == pair.head.content_hash
    if not same and any(one.author_id != by.pk for one in _unseen(pair, seen)):
        beside = _kept_beside(seen, content, by) or _add(pair, seen, content, by)
        return Written(pair, beside, conflict=True, warnings=warnings)
    if task != pair.task:
        _require_movable(pair)
    elif same:
        return Written(pair, pair.head, conflict=False, warnings=warnings)
    revision = pair.head if same else _add(pair, seen, content, by)
    pair.task = task
    pair.state = after(PAIR, "write", pair.state)
    pair.point_at(revision)
    pair.save()
    ReviewClaim.objects.filter(pair=pair).delete()
    return Written(pair, revision, conflict=False, warnings=warnings)


def _add(pair: Pair, seen: Revision, content: dict[str, Any], by: User) -> Revision:
    last = pair.revisions.aggregate(last=Max("number"))["last"]
    return Revision.objects.create(pair=pair, number=last + 1, parent=seen, author=by, **content)


def _require_movable(pair: Pair) -> None:
    """What was approved, was approved as a pair of its task; what a snapshot holds, it holds as one."""
    frozen = SnapshotItem.objects.filter(revision__pair=pair)
    if pair.approved_id or frozen.exists():
        raise Conflict(
            _("This pair was approved as one of %(task)s.") % {"task": pair.task},
            _("Write it anew under the other task, and delete this one."),
        )


def _kept_beside(seen: Revision, content: dict[str, Any], by: User) -> Revision | None:
    """The side branch that holds this very text already: a repeated save makes no second one."""
    if content_hash(content) == seen.content_hash:
        return seen
    return seen.children.filter(author=by, content_hash=content_hash(content)).first()


def _unseen(pair: Pair, seen: Revision) -> list[Revision]:
    """Revisions that led to the head and that whoever saw only `seen` has not seen, newest first."""
    revisions = {one.pk: one for one in pair.revisions.only("pk", "parent_id", "author_id")}

    def line(one: Revision | None) -> Iterator[Revision]:
        while one is not None:
            yield one
            one = revisions[one.parent_id] if one.parent_id else None

    known = {one.pk for one in line(revisions[seen.pk])}
    return [one for one in line(revisions[pair.head.pk]) if one.pk not in known]


def _present(pair: Pair) -> Pair:
    if pair.deleted_at:
        raise Conflict(_("This pair was deleted."), _("Restore it first."))
    return pair
