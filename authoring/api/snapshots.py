"""/projects/{slug}/snapshots/ and /snapshots/{id}/: plan, freeze, look inside, drop leaks."""

from functools import partial

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from authoring.actions import snapshots
from authoring.api.access import InProject, asked, begin_writing
from authoring.api.serializers.snapshots import (
    ItemSerializer,
    PlanSerializer,
    SettingsRequest,
    SnapshotDetailSerializer,
    SnapshotRequest,
    SnapshotSerializer,
    SuccessorRequest,
)
from authoring.models import Snapshot, SnapshotItem, Split


class ProjectSnapshots(InProject, generics.ListAPIView):
    """The snapshots of a project, newest first."""

    plans_first = True

    serializer_class = SnapshotSerializer
    queryset = Snapshot.objects.none()

    def get_queryset(self) -> QuerySet[Snapshot]:
        return self.project.snapshots.select_related("project", "created_by")

    @extend_schema(request=SnapshotRequest, responses={201: SnapshotDetailSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Freeze the approved revisions. 422 says why nothing could be trained on it."""
        given = SnapshotRequest(data=request.data)
        given.is_valid(raise_exception=True)
        snapshot = snapshots.freeze(
            project=self.project,
            by=request.user,
            settings=given.settings(snapshots.default_settings(project=self.project)),
            name=given.validated_data["name"],
            note=given.validated_data["note"],
            planned=partial(begin_writing, request),
        )
        return _detail(snapshot)


class SnapshotPlans(InProject):
    keeps_nothing = True

    @extend_schema(request=SettingsRequest, responses=PlanSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """What a snapshot with these settings would hold. Nothing is kept."""
        given = SettingsRequest(data=request.data)
        given.is_valid(raise_exception=True)
        plan = snapshots.plan(
            project=self.project,
            by=request.user,
            settings=given.settings(snapshots.default_settings(project=self.project)),
        )
        return Response(PlanSerializer(plan).data)


class OneSnapshot(generics.GenericAPIView):
    """A view of one snapshot of a project that the person may see."""

    serializer_class = SnapshotDetailSerializer
    queryset = Snapshot.objects.none()

    def get_queryset(self) -> QuerySet[Snapshot]:
        seen = Snapshot.objects.visible_to(self.request.user)
        return seen.select_related("project", "created_by")


class SnapshotDetail(OneSnapshot, generics.RetrieveAPIView):
    pass


class Successors(OneSnapshot):
    plans_first = True

    @extend_schema(request=SuccessorRequest, responses={201: SnapshotDetailSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """The same snapshot without the train pairs that stand in test too."""
        near = asked(SuccessorRequest, request)["near"]
        made = snapshots.drop_leaks(
            snapshot=self.get_object(),
            near=near,
            by=request.user,
            planned=partial(begin_writing, request),
        )
        return _detail(made)


class ItemFilter(filters.FilterSet):
    split = filters.ChoiceFilter(choices=Split.choices)

    class Meta:
        model = SnapshotItem
        fields: list[str] = []


class Items(generics.ListAPIView):
    """What a snapshot holds, in its order."""

    serializer_class = ItemSerializer
    filterset_class = ItemFilter
    queryset = SnapshotItem.objects.none()

    def get_queryset(self) -> QuerySet[SnapshotItem]:
        seen = Snapshot.objects.visible_to(self.request.user)
        snapshot = generics.get_object_or_404(seen, pk=self.kwargs["pk"])
        return snapshot.items.select_related("revision__author", "revision__parent")


def _detail(snapshot: Snapshot) -> Response:
    return Response(SnapshotDetailSerializer(snapshot).data, status=status.HTTP_201_CREATED)
