"""/runs/{id}/sheet/: what repeats a run, and what proves that it was repeated."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training.api.telemetry import visible_run
from training.sheet import sheet_of


class Sheet(APIView):
    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="runs_sheet_retrieve")
    def get(self, request: Request, pk: int) -> Response:
        """Spec, content hashes, versions, seed, threads, hardware, engine, and the line that repeats
        the run without the studio."""
        return Response(sheet_of(visible_run(request, pk)))
