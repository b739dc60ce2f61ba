"""/predictions/, /scores/, /comparisons/ and /dashboard/: what was measured, and only read."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring.models import Project, Snapshot, Split
from evaluation.api.filters import PredictionFilter, ScoreFilter
from evaluation.api.serializers import (
    ComparisonSerializer,
    DashboardSerializer,
    PredictionSerializer,
    ScoreSerializer,
)
from evaluation.comparing import compare
from evaluation.dashboard import board
from evaluation.models import Evaluation, Prediction, Score
from training.models import Run


class Predictions(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Prediction]
):
    queryset = Prediction.objects.none()
    serializer_class = PredictionSerializer
    filterset_class = PredictionFilter

    def get_queryset(self):
        mine = Evaluation.objects.visible_to(self.request.user)
        found = Prediction.objects.filter(evaluation__in=mine)
        return found.with_lineage().order_by("evaluation_id", "id")


class Scores(mixins.ListModelMixin, viewsets.GenericViewSet[Score]):
    queryset = Score.objects.none()
    serializer_class = ScoreSerializer
    filterset_class = ScoreFilter

    def get_queryset(self):
        return Score.objects.filter(evaluation__in=Evaluation.objects.visible_to(self.request.user))


NUMBER, TEXT = OpenApiTypes.INT, OpenApiTypes.STR


class Comparisons(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter("a", NUMBER, required=True, description="An evaluation."),
            OpenApiParameter("b", NUMBER, required=True, description="Another, of the same split."),
            OpenApiParameter("metric", TEXT, description="Only this one."),
            OpenApiParameter("slice", TEXT, description="Only this slice; empty: the whole split."),
        ],
        responses=ComparisonSerializer(many=True),
        operation_id="comparisons_list",
    )
    def get(self, request: Request) -> Response:
        """b minus a on the questions that both answered: interval and p, for every metric."""
        mine = Evaluation.objects.visible_to(request.user).with_subject()
        first, second = (get_object_or_404(mine, pk=_number(request, name)) for name in "ab")
        found = compare(first=first, second=second)
        for name in {"metric", "slice"} & request.query_params.keys():
            found = [one for one in found if getattr(one, name) == request.query_params[name]]
        return Response(ComparisonSerializer(found, many=True).data)


class Dashboard(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter("snapshot", NUMBER, required=True),
            OpenApiParameter("split", TEXT, enum=Split.values, default=Split.TEST.value),
            OpenApiParameter("metric", TEXT, description="Default: that of the task."),
            OpenApiParameter("slice", TEXT, description="task:…, language:…, tag:…, author:…"),
            OpenApiParameter("run", NUMBER, description="Only this run and the untrained models."),
            OpenApiParameter("settings_hash", TEXT, description="One generation setting."),
        ],
        responses=DashboardSerializer,
        operation_id="dashboard_retrieve",
    )
    def get(self, request: Request) -> Response:
        """The score of every checkpoint over steps, with the untrained models beside it."""
        asked = request.query_params
        projects = Project.objects.for_user(request.user)
        snapshots = Snapshot.objects.filter(project__in=projects)
        snapshot = get_object_or_404(snapshots, pk=_number(request, "snapshot"))
        run = None
        if "run" in asked:
            runs = Run.objects.filter(project=snapshot.project_id)
            run = get_object_or_404(runs, pk=_number(request, "run"))
        found = board(
            snapshot=snapshot,
            split=asked.get("split", Split.TEST),
            settings_hash=asked.get("settings_hash", ""),
            slice=asked.get("slice"),
            metric=asked.get("metric", ""),
            run=run,
        )
        return Response(DashboardSerializer(found).data)


def _number(request: Request, name: str) -> int:
    """A whole number from the query. Raises ValidationError naming the parameter."""
    try:
        return int(request.query_params.get(name, ""))
    except ValueError:
        raise ValidationError({name: [_("A whole number is needed here.")]}) from None
