"""The same deed on many pairs at once, with the deed that undoes it."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from authoring import content as contents
from authoring.actions import pairs, unread_reviews
from authoring.errors import Invalid, StudioError
from authoring.models import Pair, Project, User
from authoring.permissions import require
from authoring.states import NotAllowed

LIMIT = 1000
UNDO = {
    "submit": "withdraw",
    "withdraw": "submit",
    "delete": "restore",
    "restore": "delete",
    "tag": "untag",
    "untag": "tag",
    "approve": "unapprove",
    "unapprove": "approve",
}
"""deed → the deed that takes it back, for the pairs in `Bulk.done`."""
REVIEWS = {"approve": unread_reviews.approve, "unapprove": unread_reviews.take_back}
"""Deeds of reviewers, recorded as bulk; all others are deeds of those who write."""


class Bulk(NamedTuple):
    deed: str
    done: list[int]
    """Pairs that it changed."""
    refused: dict[int, str]
    """Pair → why not."""
    undo: str
    """The deed to apply to `done` to take it back."""
    tag: str = ""


@transaction.atomic
def apply(*, project: Project, deed: str, ids: Iterable[int], by: User, tag: str = "") -> Bulk:
    """Do `deed` (a key of UNDO) to each pair of `ids` that lets it; what can't be done is refused, by pair.

    `tag` is the tag that `tag` adds and `untag` takes away. Raises Invalid for an unknown deed, a bad
    tag, or more than LIMIT pairs.
    """
    require(by, "review" if deed in REVIEWS else "write", project)
    wanted = list(dict.fromkeys(ids))
    if deed not in UNDO:
        raise Invalid(_("There is no such deed."), fields={"deed": [", ".join(UNDO)]})
    if len(wanted) > LIMIT:
        raise Invalid(_("At most %(limit)d pairs at once.") % {"limit": LIMIT})
    done, refused = [], {}
    act = _tagging(deed, tag) if deed in {"tag", "untag"} else _deed(deed)
    for pair in Pair.objects.filter(project=project, pk__in=wanted).order_by("pk").with_head():
        try:
            with transaction.atomic():
                changed = act(pair, by)
        except (StudioError, NotAllowed, PermissionDenied) as error:
            refused[pair.pk] = str(error)
        else:
            done += [pair.pk] if changed else []
    return Bulk(deed, done, refused, UNDO[deed], tag)


def _deed(deed: str) -> Callable[[Pair, User], bool]:
    if deed in REVIEWS:
        return lambda pair, by: REVIEWS[deed](pair=pair, by=by)
    act: Callable[..., Any] = getattr(pairs, deed)

    def run(pair: Pair, by: User) -> bool:
        if deed in {"delete", "restore"} and bool(pair.deleted_at) == (deed == "delete"):
            return False
        act(pair=pair, by=by)
        return True

    return run


def _tagging(deed: str, tag: str) -> Callable[[Pair, User], bool]:
    """Tags are content: changing them writes a revision, and the undo writes another."""
    try:
        wanted = contents.tags([tag])
    except ValueError as problem:
        raise Invalid(_("This tag can't be used."), fields={"tag": [str(problem)]}) from problem
    if not wanted:
        raise Invalid(_("Name a tag."), fields={"tag": [_("A tag has at least one character.")]})

    def run(pair: Pair, by: User) -> bool:
        before = pair.head.tags
        if (wanted[0] in before) == (deed == "tag"):
            return False
        tags = [*before, *wanted] if deed == "tag" else [one for one in before if one not in wanted]
        return not pairs.write(pair=pair, content={"tags": tags}, by=by).conflict

    return run
