"""/projects/{slug}/run-differences/: in which settings several runs differ."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring.models import Project
from authoring.views.asked import number
from training.api.serializers import RunSerializer
from training.beside import MOST, differences
from training.models import Run


class DifferenceSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="Of a setting.")
    values = serializers.ListField(
        child=serializers.JSONField(),
        help_text="One a run, in the order of `runs`; null where its method has no such setting.",
    )


class BesideSerializer(serializers.Serializer):
    runs = RunSerializer(many=True)
    differences = DifferenceSerializer(many=True)


class RunDifferences(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter("run", OpenApiTypes.INT, many=True, required=True, description="Ids.")
        ],
        responses=BesideSerializer,
        operation_id="run_differences_retrieve",
    )
    def get(self, request: Request, slug: str) -> Response:
        """Runs side by side; their curves are at `/runs/{id}/points/`."""
        project = get_object_or_404(Project.objects.for_user(request.user), slug=slug)
        asked = {number(one) for one in request.query_params.getlist("run")}
        found = Run.objects.filter(project=project, pk__in=list(asked)[: MOST + 1])
        runs = list(found.with_origin().with_bytes().order_by("number"))
        if not 1 < len(asked) <= MOST or len(runs) < len(asked):
            why = _("Name 2 to %(most)s runs of this project, by their ids.") % {"most": MOST}
            raise ValidationError({"run": [why]})
        answer = {"runs": runs, "differences": differences(runs)}
        return Response(BesideSerializer(answer).data)
