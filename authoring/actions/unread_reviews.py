"""Approving one of many pairs that were chosen together, without reading each; and taking that back.

`actions.bulk` does these to every chosen pair. Each review is recorded as bulk, as are those of a
whole import.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from authoring.actions import reviews
from authoring.actions.pairs import locked
from authoring.errors import Conflict
from authoring.models import Pair, Review, ReviewClaim, User, Verdict
from authoring.permissions import require
from authoring.states import PairState


@transaction.atomic
def approve(*, pair: Pair, by: User) -> bool:
    """Approve the head of a pair that awaits review; False when `by` did so already.

    Raises PermissionDenied for one's own revision, Conflict when the pair does not await review.
    """
    require(by, "review", pair.project)
    pair = locked(pair)
    reviews.refuse_own(pair.head, by)
    if pair.deleted_at or pair.state != PairState.SUBMITTED:
        raise Conflict(
            _("This pair does not await review: it is %(state)s.")
            % {"state": _("deleted") if pair.deleted_at else pair.get_state_display()},
            _("Submit it first."),
        )
    if pair.head.reviews.filter(reviewer=by).exists():
        return False
    Review.objects.create(revision=pair.head, reviewer=by, verdict=Verdict.APPROVE, bulk=True)
    reviews.settle(pair)
    claims = ReviewClaim.objects.filter(pair=pair)
    (claims.filter(user=by) if pair.state == PairState.SUBMITTED else claims).delete()
    return True


@transaction.atomic
def take_back(*, pair: Pair, by: User) -> bool:
    """Unsay one's bulk approval of the head: the pair stands as its other verdicts have it.

    Raises Conflict when there is none, as when it was given again by hand or somebody wrote since.
    """
    require(by, "review", pair.project)
    pair = locked(pair)
    mine = pair.head.reviews.filter(reviewer=by, bulk=True).first()
    if mine is None:
        raise Conflict(
            _("You did not approve this revision in bulk."), _("Judge it in the review queue.")
        )
    mine.delete()
    reviews.settle(pair)
    return True
