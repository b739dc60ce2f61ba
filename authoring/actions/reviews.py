"""Judging revisions: verdicts, and the bulk approval of an import."""

from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from authoring import content as contents
from authoring.actions.pairs import locked
from authoring.errors import Conflict, Invalid, NothingToDo
from authoring.models import Import, Pair, Review, ReviewClaim, Revision, User, Verdict
from authoring.permissions import require
from authoring.states import PAIR, ImportState, PairState, after

RATINGS = range(1, 6)
LONGEST_CRITERION = 60


class Judged(NamedTuple):
    review: Review
    pair: Pair
    """As it stands now: still submitted when the project asks for more approvals."""


def judge(
    *,
    revision: Revision,
    verdict: str,
    by: User,
    ratings: dict[str, int] | None = None,
    comment: str = "",
) -> Judged:
    """Give a verdict on a head revision, or change one that is among one's last ten.

    A pair is approved by as many distinct people as the project asks for; a request for changes and a
    rejection count at once. Raises PermissionDenied for one's own revision, Invalid by field, and
    Conflict when there is a newer revision or the pair was judged meanwhile.
    """
    project = revision.pair.project
    require(by, "review", project)
    refuse_own(revision, by)
    opinion = _clean(verdict, ratings or {}, comment)
    with transaction.atomic():
        pair = locked(revision.pair)
        _require_open(pair, revision, by)
        review = Review.objects.filter(revision=revision, reviewer=by).first()
        if review is None:
            review = Review.objects.create(revision=revision, reviewer=by, **opinion)
        else:
            review.change(**opinion)
        settle(pair)
        claims = ReviewClaim.objects.filter(pair=pair)
        (claims.filter(user=by) if pair.state == PairState.SUBMITTED else claims).delete()
    return Judged(review, pair)


@transaction.atomic
def approve_import(*, dataset_import: Import, by: User) -> int:
    """Approve every pair of an import that still awaits review, without reading each: returns how many.

    Done by somebody other than the importer, and recorded as bulk on every review. Revisions that
    `by` wrote, or judged already, are left alone. With more approvals required, this is one of them.
    """
    require(by, "review", dataset_import.project)
    if dataset_import.created_by_id == by.pk:
        raise PermissionDenied(_("Nobody approves their own import. Ask another reviewer."))
    if dataset_import.state != ImportState.COMMITTED:
        raise Conflict(_("This file is not imported yet."), _("Import its good rows first."))
    open_pairs = Pair.objects.for_review_by(by).filter(origin=dataset_import)
    heads = list(open_pairs.select_for_update(of=("self",)).values_list("head", flat=True))
    if not heads:
        raise NothingToDo(
            _("No pair of this import awaits your review."),
            _("Submit its pairs first, or look at what was judged already."),
        )
    Review.objects.bulk_create(
        [
            Review(revision_id=head, reviewer=by, verdict=Verdict.APPROVE, bulk=True)
            for head in heads
        ],
        batch_size=1000,
    )
    _approve_where_enough(dataset_import)
    return len(heads)


def refuse_own(revision: Revision, by: User) -> None:
    """Raise PermissionDenied for a revision that `by` wrote, or may have: see `independent_reviews`."""
    if revision.author_id == by.pk:
        raise PermissionDenied(_("Nobody reviews their own revision. Ask another reviewer."))
    if revision.pair.project.independent_reviews and by.is_kin_of(revision.author):
        raise PermissionDenied(
            _(
                "This project asks for independent reviews, and one of you let the other in. "
                "Ask another reviewer."
            )
        )


def _clean(verdict: str, ratings: dict[str, int], comment: str) -> dict[str, Any]:
    problems = {}
    if verdict not in Verdict.values:
        problems["verdict"] = [_("Choose one of %(verdicts)s.") % {"verdicts": ", ".join(Verdict)}]
    if not isinstance(ratings, dict) or not all(
        0 < len(name) <= LONGEST_CRITERION and type(value) is int and value in RATINGS
        for name, value in ratings.items()
    ):
        problems["ratings"] = [_("Ratings are whole numbers from 1 to 5, by criterion.")]
    try:
        contents.text(comment)
    except ValueError as problem:
        problems["comment"] = [str(problem)]
    if verdict in {Verdict.REQUEST_CHANGES, Verdict.REJECT} and not str(comment).strip():
        problems["comment"] = [_("Say what is wrong, so that its author can act on it.")]
    if problems:
        raise Invalid(_("Some fields are not valid."), fields=problems)
    return {"verdict": verdict, "ratings": ratings, "comment": comment}


def _require_open(pair: Pair, revision: Revision, by: User) -> None:
    """A head that awaits review, or one that this reviewer decided among their last ten."""
    if pair.deleted_at:
        raise Conflict(_("This pair was deleted."), _("Take the next one."))
    if pair.head_id != revision.pk:
        raise Conflict(
            _("A newer revision was written meanwhile."), _("Read it, then judge that one.")
        )
    if pair.state == PairState.SUBMITTED:
        return
    mine = Review.objects.editable_by(by, pair.project)
    if not any(one.revision_id == revision.pk for one in mine):
        raise Conflict(
            _("This pair does not await review: it is %(state)s.")
            % {"state": pair.get_state_display()},
            _("Take the next one."),
        )


def settle(pair: Pair) -> None:
    """Let the verdicts on the head decide the pair's state, and which revision counts as approved."""
    verdicts = list(pair.head.reviews.values_list("verdict", flat=True))
    approvals = verdicts.count(Verdict.APPROVE)
    if Verdict.REJECT in verdicts:
        deed = "reject"
    elif Verdict.REQUEST_CHANGES in verdicts:
        deed = "request_changes"
    elif approvals >= pair.project.approvals_required:
        deed = "approve"
    else:
        deed = "reopen"
    pair.state = after(PAIR, deed, pair.state)
    if deed == "approve":
        pair.approved = pair.head
    elif pair.approved_id == pair.head_id:
        pair.approved = _approved_before(pair)
    pair.save(update_fields=["state", "approved", "updated_at"])


def _approved_before(pair: Pair) -> Revision | None:
    """The newest earlier revision that enough people approved and nobody stood against."""
    return (
        pair.revisions.exclude(pk=pair.head.pk)
        .annotate(
            approvals=Count("reviews", filter=Q(reviews__verdict=Verdict.APPROVE)),
            others=Count("reviews", filter=~Q(reviews__verdict=Verdict.APPROVE)),
        )
        .filter(approvals__gte=pair.project.approvals_required, others=0)
        .order_by("-number")
        .first()
    )


def _approve_where_enough(dataset_import: Import) -> None:
    """`settle` for a whole import in one statement: its open pairs have approvals only."""
    required = dataset_import.project.approvals_required
    enough = (
        Review.objects.filter(revision__pair__origin=dataset_import, verdict=Verdict.APPROVE)
        .filter(revision=F("revision__pair__head"))
        .values("revision")
        .annotate(n=Count("id"))
        .filter(n__gte=required)
        .values("revision")
    )
    Pair.objects.awaiting_review().filter(origin=dataset_import, head__in=enough).update(
        state=after(PAIR, "approve", PairState.SUBMITTED), approved=F("head"), updated_at=Now()
    )
    ReviewClaim.objects.filter(pair__origin=dataset_import, pair__state=PairState.APPROVED).delete()
