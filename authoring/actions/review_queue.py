"""The review queue: which pair a reviewer gets next, held for them so that nobody else does."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from authoring.actions.pairs import locked
from authoring.errors import Conflict
from authoring.models import Pair, Project, ReviewClaim, User
from authoring.models.review_claim import LIFETIME
from authoring.permissions import require


@transaction.atomic
def next_for(*, project: Project, by: User, after: Pair | None = None) -> Pair | None:
    """The next pair for this reviewer, claimed for 15 minutes; None when the queue is empty for them.

    Asked again, it gives the pair they already hold. `after` goes on behind that pair (skip, or
    preload the next one) and starts over at the end. Nobody is given what somebody else holds.
    """
    require(by, "review", project)
    queue = Pair.objects.for_review_by(by).filter(project=project).unclaimed_by_others(by)
    if after is None:
        held = queue.filter(claim__user=by).first()
        return _claimed(held or _first_free(queue, by), by)
    behind = Q(submitted_at__gt=after.submitted_at) | Q(
        submitted_at=after.submitted_at, pk__gt=after.pk
    )
    others = queue.exclude(pk=after.pk)
    in_order = behind if after.submitted_at else Q()
    return _claimed(_first_free(others.filter(in_order), by) or _first_free(others, by), by)


@transaction.atomic
def claim(*, pair: Pair, by: User) -> ReviewClaim:
    """Hold a pair for 15 minutes more, or take a free one. Raises Conflict when another reviewer holds it."""
    require(by, "review", pair.project)
    pair = locked(pair)
    if ReviewClaim.objects.live().filter(pair=pair).exclude(user=by).exists():
        raise Conflict(
            _("Another reviewer has this pair before their eyes."), _("Take the next one.")
        )
    _claimed(pair, by)
    return pair.claim


def release(*, pair: Pair, by: User) -> None:
    """Give a claimed pair back to the queue."""
    ReviewClaim.objects.filter(pair=pair, user=by).delete()


def _first_free(queue: Any, by: User) -> Pair | None:
    """The first pair that no other request is claiming this very moment (PostgreSQL skips locked rows).

    Asked once more when it is locked: a claim that was committed while the queue was read is not to be
    seen in what was read, and its lock is gone by then (docs/adr/0010).
    """
    passed: list[int] = []
    while True:
        free = queue.exclude(pk__in=passed) if passed else queue
        pair = free.select_for_update(skip_locked=True, of=("self",)).first()
        if (
            pair is None
            or not ReviewClaim.objects.live().filter(pair=pair).exclude(user=by).exists()
        ):
            return pair
        passed.append(pair.pk)


def _claimed(pair: Pair | None, by: User) -> Pair | None:
    if pair is None:
        return None
    held, _created = ReviewClaim.objects.update_or_create(
        pair=pair, defaults={"user": by, "expires_at": Now() + LIFETIME}
    )
    held.refresh_from_db()
    return Pair.objects.with_head().select_related("claim").get(pk=pair.pk)
