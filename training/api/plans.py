"""/projects/{slug}/plans/ and /advice/, /base-models/{id}/calibrations/: before a launch."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring.models import Project
from authoring.permissions import require
from engine.settings import TrainSettings
from training.actions import calibrations, runs
from training.advisor import advise
from training.api.plan_serializers import (
    AdviceSerializer,
    CalibrationRequestSerializer,
    CalibrationSerializer,
    LaunchPlanRequestSerializer,
    RunPlanSerializer,
)
from training.first_examples import first_examples
from training.models import BaseModel, Calibration
from training.plan import plan


class Plans(APIView):
    keeps_nothing = True

    @extend_schema(request=LaunchPlanRequestSerializer, responses=RunPlanSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """What a launch with these very fields would come to: tokens, time, memory, warnings, and
        the first examples with their loss mask. Launches nothing."""
        project = visible_project(request, slug)
        require(request.user, "train", project)
        asked = LaunchPlanRequestSerializer(data=request.data, context={"project": project})
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = asked.validated_data
        base, checkpoint = values.get("base_model"), values.get("checkpoint")
        base = runs.start_of(project, base, checkpoint)
        settings = runs.checked_settings(values["method"], base, checkpoint, values["settings"])
        assert isinstance(settings, TrainSettings)
        snapshot = values["snapshot"]
        made = plan(snapshot, settings, base, checkpoint, evaluate=values["evaluate"])
        examples = first_examples(snapshot, settings, base, checkpoint, made.counts)
        return Response(RunPlanSerializer({"plan": made, "examples": examples}).data)


class AdviceView(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("snapshot", int, required=True)],
        responses=AdviceSerializer,
        operation_id="projects_advice_retrieve",
    )
    def get(self, request: Request, slug: str) -> Response:
        """What to launch with on a snapshot, and why: a value and a sentence a setting."""
        project = visible_project(request, slug)
        require(request.user, "train", project)
        asked = request.query_params.get("snapshot", "")
        if not asked.isdecimal():
            raise serializers.ValidationError({"snapshot": [_("A whole number is needed here.")]})
        snapshot = get_object_or_404(project.snapshots, pk=min(int(asked), 2**62))
        return Response(AdviceSerializer(advise(project, snapshot)).data)


class BaseModelCalibrations(generics.ListAPIView):
    queryset = Calibration.objects.none()
    serializer_class = CalibrationSerializer

    def get_queryset(self):
        return Calibration.objects.filter(base_model=self.base_model())

    def base_model(self) -> BaseModel:
        return get_object_or_404(BaseModel, pk=self.kwargs["pk"])

    @extend_schema(request=CalibrationRequestSerializer, responses={202: CalibrationSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Have a worker measure this model: follow `state`. One that is there already is given back,
        unless `again` is true."""
        asked = CalibrationRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = calibrations.ask(
            by=request.user, base_model=self.base_model(), **asked.validated_data
        )
        return Response(CalibrationSerializer(found).data, status=status.HTTP_202_ACCEPTED)


def visible_project(request: Request, slug: str) -> Project:
    return get_object_or_404(Project.objects.for_user(request.user), slug=slug)
