"""The review queue, claims and verdicts."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from authoring.actions import review_queue, reviews
from authoring.api.access import InProject, asked
from authoring.api.pairs import OnePair, shown, visible_pair
from authoring.api.serializers.pairs import (
    ClaimRequest,
    ClaimSerializer,
    JudgedSerializer,
    PairSerializer,
    ReviewRequest,
    ReviewSerializer,
)
from authoring.models import Pair, Review, Revision
from authoring.permissions import require


class ReviewQueue(InProject, generics.ListAPIView):
    """What whoever asks may judge, longest waiting first. Claims nothing: see `claims`."""

    serializer_class = PairSerializer
    queryset = Pair.objects.none()

    def get_queryset(self) -> QuerySet[Pair]:
        require(self.request.user, "review", self.project)
        return shown(Pair.objects.for_review_by(self.request.user).filter(project=self.project))


class LastReviews(InProject, generics.ListAPIView):
    """The last ten verdicts of whoever asks, newest first: those that may still be changed, by judging the
    same revision again. Verdicts in bulk are not among them."""

    serializer_class = ReviewSerializer
    queryset = Review.objects.none()

    def get_queryset(self) -> QuerySet[Review]:
        require(self.request.user, "review", self.project)
        mine = Review.objects.editable_by(self.request.user, self.project)
        return mine.select_related("revision__author", "reviewer")


class Claims(InProject):
    @extend_schema(request=ClaimRequest, responses={201: ClaimSerializer, 204: None})
    def post(self, request: Request, slug: str) -> Response:
        """The next pair to judge, held for 15 minutes so that nobody else gets it; 204 when none waits."""
        after = asked(ClaimRequest, request).get("after")
        behind = Pair.objects.in_project(self.project).filter(pk=after).first() if after else None
        pair = review_queue.next_for(project=self.project, after=behind, by=request.user)
        if pair is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(_claim(pair), status=status.HTTP_201_CREATED)


class Claim(OnePair):
    @extend_schema(request=None, responses=ClaimSerializer)
    def put(self, request: Request, pk: int) -> Response:
        """Hold this pair, or hold it 15 minutes more."""
        return Response(_claim(review_queue.claim(pair=self.get_object(), by=request.user).pair))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Give the pair back to the queue."""
        review_queue.release(pair=self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PairReviews(generics.ListAPIView):
    """Verdicts on every revision of a pair. Who may still judge its head sees none on it before."""

    serializer_class = ReviewSerializer
    queryset = Review.objects.none()

    def get_queryset(self) -> QuerySet[Review]:
        pair = visible_pair(self.request, self.kwargs["pk"])
        return Review.objects.visible_to(self.request.user).filter(revision__pair=pair)


class RevisionReviews(generics.GenericAPIView):
    serializer_class = ReviewSerializer

    @extend_schema(request=ReviewRequest, responses={201: JudgedSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Judge a head revision: never one's own. Sent again, it changes one of one's last ten verdicts."""
        pairs = Pair.objects.visible_to(request.user)
        revisions = Revision.objects.select_related("pair__project").filter(pair__in=pairs)
        judged = reviews.judge(
            revision=get_object_or_404(revisions, pk=pk),
            by=request.user,
            **asked(ReviewRequest, request),
        )
        return Response(JudgedSerializer(judged).data, status=status.HTTP_201_CREATED)


def _claim(pair: Pair) -> dict[str, object]:
    return ClaimSerializer({"pair": pair, "expires_at": pair.claim.expires_at}).data
