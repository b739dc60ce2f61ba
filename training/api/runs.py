"""/projects/{slug}/runs/ and /runs/{id}/: launch, follow, and say what is wanted of a run."""

from typing import Any

from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from authoring.models import Project
from training.actions import checkpoints, jobs, runs
from training.api.serializers import (
    LaunchSerializer,
    RunDetailSerializer,
    RunSerializer,
    WantSerializer,
)
from training.models import Method, Run
from training.states import JobState


class RunFilter(filters.FilterSet):
    state = filters.MultipleChoiceFilter(choices=JobState.choices)
    method = filters.ChoiceFilter(choices=Method.choices)
    snapshot = filters.NumberFilter("snapshot_id")
    base_model = filters.NumberFilter("base_model_id")

    class Meta:
        model = Run
        fields: list[str] = []


class ProjectRuns(generics.ListAPIView):
    queryset = Run.objects.none()
    serializer_class = RunSerializer
    filterset_class = RunFilter

    def get_queryset(self):
        return Run.objects.filter(project=self.project()).with_origin().with_bytes()

    def project(self) -> Project:
        return get_object_or_404(
            Project.objects.for_user(self.request.user), slug=self.kwargs["slug"]
        )

    @extend_schema(request=LaunchSerializer, responses={201: RunDetailSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Launch a run. It is safe in the queue when this answers; `warnings` says what, if
        anything, keeps it waiting."""
        project = self.project()
        asked = LaunchSerializer(data=request.data, context={"project": project})
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = asked.validated_data
        if like := values.pop("like", None):
            run = runs.clone(by=request.user, run=like, **values)
        else:
            run = runs.launch(by=request.user, project=project, **values)
        return Response(RunDetailSerializer(run).data, status=status.HTTP_201_CREATED)


@extend_schema_view(get=extend_schema(summary="A run, its state and how far it is."))
class RunDetail(generics.RetrieveAPIView):
    queryset = Run.objects.none()
    serializer_class = RunDetailSerializer

    def get_queryset(self):
        return Run.objects.visible_to(self.request.user).with_origin().with_bytes()

    @extend_schema(request=WantSerializer, responses={202: RunDetailSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Say what is wanted of it: stop, pause or run. A run that nobody works on changes at once;
        a live one does so as soon as it has saved: follow `state`. And how many of its best
        checkpoints keep their files."""
        run = self.get_object()
        asked = WantSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if "keep_best" in asked.validated_data:
            checkpoints.keep(by=request.user, run=run, best=asked.validated_data["keep_best"])
        if "wants" in asked.validated_data:
            jobs.ask(by=request.user, job=run, want=asked.validated_data["wants"])
        return Response(
            RunDetailSerializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED
        )
