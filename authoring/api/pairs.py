"""/projects/{slug}/pairs/ and /pairs/{id}/: writing, submitting, deleting, one or many."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from authoring.actions import bulk, pairs
from authoring.api.access import DELETED, InProject, asked, asks_for_deleted
from authoring.api.serializers.pairs import (
    BatchRequest,
    BatchSerializer,
    PairRequest,
    PairSerializer,
    RevisionRequest,
    RevisionSerializer,
    WrittenSerializer,
    question_of,
    task_of,
)
from authoring.api.versions import Versioned, asks_version, tells_version
from authoring.models import Pair, Revision
from authoring.states import PairState


class PairFilter(filters.FilterSet):
    """Named filters only: none of them walks the tables by what a request says."""

    q = filters.CharFilter(method="by_words", help_text="Words that the head has; #17 is pair 17.")
    state = filters.MultipleChoiceFilter(choices=PairState.choices)
    task = filters.CharFilter("task__slug")
    tag = filters.CharFilter(method="by_tag")
    language = filters.CharFilter("head__language")
    author = filters.NumberFilter("author_id")
    origin = filters.NumberFilter("origin_id", help_text="An import's id.")
    written_for = filters.NumberFilter(
        "written_for__pair_id", help_text="The pair whose wrong answers it was written for."
    )

    class Meta:
        model = Pair
        fields: list[str] = []

    def by_words(self, queryset: QuerySet[Pair], name: str, value: str) -> QuerySet[Pair]:
        return queryset.search(value)

    def by_tag(self, queryset: QuerySet[Pair], name: str, value: str) -> QuerySet[Pair]:
        return queryset.matching(tag=value)


@extend_schema_view(get=extend_schema(parameters=[DELETED]))
class ProjectPairs(InProject, generics.ListAPIView):
    """The pairs of a project, newest first."""

    serializer_class = PairSerializer
    filterset_class = PairFilter
    queryset = Pair.objects.none()

    def get_queryset(self) -> QuerySet[Pair]:
        pairs = Pair.objects.filter(project=self.project)
        pairs = pairs.deleted() if asks_for_deleted(self.request) else pairs.present()
        return shown(pairs).order_by("-id")

    @extend_schema(request=PairRequest, responses={201: WrittenSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """A new pair, as a draft of whoever asks."""
        given = asked(PairRequest, request)
        task = task_of(given.pop("task"), self.project.tasks)
        question = question_of(given.pop("written_for", None), self.project)
        written = pairs.write(task=task, content=given, by=request.user, written_for=question)
        return Response(WrittenSerializer(written).data, status=status.HTTP_201_CREATED)


class OnePair(generics.GenericAPIView):
    """A view of one pair, deleted or not, of a project that the person may see."""

    serializer_class = PairSerializer
    queryset = Pair.objects.none()

    def get_queryset(self) -> QuerySet[Pair]:
        return shown(Pair.objects.visible_to(self.request.user))


class PairDetail(OnePair, Versioned):
    deed = "write"

    @tells_version(responses=PairSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.get_object())

    @asks_version(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Put a pair aside: out of lists, queues and new snapshots."""
        with self.unchanged() as pair:
            pairs.delete(pair=pair, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PairRestoration(OnePair):
    @extend_schema(request=None, responses={201: PairSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Bring a deleted pair back, in the state it had."""
        pair = pairs.restore(pair=self.get_object(), by=request.user)
        return Response(PairSerializer(pair).data, status=status.HTTP_201_CREATED)


class Submission(OnePair):
    @extend_schema(request=None, responses={201: PairSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Hand the head revision to the reviewers."""
        pair = pairs.submit(pair=self.get_object(), by=request.user)
        return Response(PairSerializer(pair).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take the pair back from the review queue."""
        pairs.withdraw(pair=self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Revisions(generics.ListAPIView):
    """Every version of a pair, newest first; two children of one parent are a conflict."""

    serializer_class = RevisionSerializer
    queryset = Revision.objects.none()

    def get_queryset(self) -> QuerySet[Revision]:
        pair = visible_pair(self.request, self.kwargs["pk"])
        return pair.revisions.select_related("author", "parent").order_by("-number")

    @extend_schema(
        request=RevisionRequest, responses={201: WrittenSerializer, 409: WrittenSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Save a text. 409 when somebody else wrote since `parent`: this text is kept beside theirs,
        and sending it again with the head's number as `parent` puts it on top."""
        pair = visible_pair(request, pk)
        given = asked(RevisionRequest, request)
        task = task_of(given.pop("task"), pair.project.tasks) if "task" in given else None
        parent = given.pop("parent")
        written = pairs.write(pair=pair, task=task, content=given, parent=parent, by=request.user)
        code = status.HTTP_409_CONFLICT if written.conflict else status.HTTP_201_CREATED
        return Response(WrittenSerializer(written).data, status=code)


class PairBatches(InProject):
    @extend_schema(request=BatchRequest, responses={201: BatchSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """One deed on many pairs. Pairs that don't let it are refused, each with the reason."""
        given = asked(BatchRequest, request)
        done = bulk.apply(project=self.project, ids=given.pop("pairs"), by=request.user, **given)
        return Response(BatchSerializer(done).data, status=status.HTTP_201_CREATED)


def visible_pair(request: Request, pk: int) -> Pair:
    return get_object_or_404(shown(Pair.objects.visible_to(request.user)), pk=pk)


def shown(pairs_: QuerySet[Pair]) -> QuerySet[Pair]:
    """With everything that PairSerializer reads."""
    return pairs_.with_head().select_related("project", "head__parent")
