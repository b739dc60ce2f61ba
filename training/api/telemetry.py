"""/runs/{id}/points/, /log/ and /samples/: what a run says, read on from where one stopped.

Points and log answer at most a page of rows that came after the cursor `after` (an `id`), with
the cursor to ask with next. So a page that polls reads each row once.
"""

from collections.abc import Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training.api.serializers import LogChunkSerializer, PointSerializer, SampleSerializer
from training.models import Run, Sample

POINTS = 5000
CHUNKS = 32
"""Of up to 8 KiB each."""

AFTER = OpenApiParameter("after", OpenApiTypes.INT, description="The `after` of the last answer.")
NAME = OpenApiParameter("name", OpenApiTypes.STR, many=True, description="Only these curves.")


def since(name: str, rows: type[serializers.BaseSerializer]) -> Any:
    """The schema of an answer that is read on with `after`."""
    return inline_serializer(
        name,
        {
            "results": rows(many=True),
            "after": serializers.IntegerField(),
            "more": serializers.BooleanField(help_text="Ask again at once."),
        },
    )


class Points(APIView):
    @extend_schema(
        parameters=[NAME, AFTER],
        responses=since("PointsSince", PointSerializer),
        operation_id="runs_points_list",
    )
    def get(self, request: Request, pk: int) -> Response:
        """Points of the run's curves. A resumed attempt may say a step again; its value stays the
        first's place in this order."""
        found = visible_run(request, pk).points.order_by("pk").filter(pk__gt=cursor(request))
        if names := request.query_params.getlist("name"):
            found = found.filter(name__in=names)
        return answer(request, found[: POINTS + 1], POINTS, PointSerializer)


class Log(APIView):
    @extend_schema(
        parameters=[AFTER],
        responses=since("LogSince", LogChunkSerializer),
        operation_id="runs_log_list",
    )
    def get(self, request: Request, pk: int) -> Response:
        """The log in chunks; without `after`, its end."""
        chunks = visible_run(request, pk).log_chunks.order_by("pk")
        if "after" not in request.query_params:
            return answer(
                request, list(chunks.reverse()[:CHUNKS])[::-1], CHUNKS, LogChunkSerializer
            )
        found = chunks.filter(pk__gt=cursor(request))[: CHUNKS + 1]
        return answer(request, found, CHUNKS, LogChunkSerializer)


class SampleFilter(filters.FilterSet):
    step = filters.NumberFilter("step")

    class Meta:
        model = Sample
        fields: list[str] = []


class Samples(generics.ListAPIView):
    """Outputs seen during training, newest step first."""

    queryset = Sample.objects.none()
    serializer_class = SampleSerializer
    filterset_class = SampleFilter

    def get_queryset(self):
        return visible_run(self.request, self.kwargs["pk"]).samples.all()


def visible_run(request: Request, pk: int) -> Run:
    return get_object_or_404(Run.objects.visible_to(request.user), pk=pk)


def cursor(request: Request) -> int:
    """`after` from the query. Raises ValidationError."""
    raw = request.query_params.get("after", "0")
    try:
        return int(raw)
    except ValueError:
        raise serializers.ValidationError(
            {"after": [_("A whole number is needed here.")]}
        ) from None


def answer(
    request: Request, rows: Sequence[Any], most: int, shown: type[serializers.BaseSerializer]
) -> Response:
    found = list(rows)
    page = found[:most]
    return Response(
        {
            "results": shown(page, many=True).data,
            "after": page[-1].pk if page else cursor(request),
            "more": len(found) > most,
        }
    )
