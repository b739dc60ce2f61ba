"""Pairs and snapshots as JSON lines, streamed."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.request import Request

from authoring.actions import export
from authoring.api.access import InProject
from authoring.api.pairs import PairFilter
from authoring.errors import Invalid
from authoring.formats import FORMATS
from authoring.models import Pair, Snapshot, Split

LINES = {
    (200, "application/x-ndjson"): OpenApiResponse(
        OpenApiTypes.STR, description="One JSON object a line."
    )
}
AS = OpenApiParameter("as", str, enum=sorted(FORMATS), default="studio")
SPLIT = OpenApiParameter("split", str, enum=Split.values)


class ProjectExport(InProject):
    filterset_class = PairFilter
    queryset = Pair.objects.none()

    @extend_schema(parameters=[AS], responses=LINES, filters=True)
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """The heads of a project's pairs, with the filters of the list of pairs."""
        lines = export.project_lines(
            project=self.project,
            by=request.user,
            format=request.query_params.get("as", "studio"),
            pairs=self.filter_queryset(Pair.objects.all()),
        )
        return _stream(lines, f"{slug}.jsonl")


class SnapshotExport(generics.GenericAPIView):
    queryset = Snapshot.objects.none()

    @extend_schema(parameters=[AS, SPLIT], responses=LINES)
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        """A snapshot's revisions in its order; all splits, or one."""
        snapshot = generics.get_object_or_404(Snapshot.objects.visible_to(request.user), pk=pk)
        split = request.query_params.get("split", "")
        if split and split not in Split.values:
            raise Invalid(_("There is no such split."), fields={"split": [", ".join(Split.values)]})
        lines = export.snapshot_lines(
            snapshot=snapshot,
            by=request.user,
            split=split,
            format=request.query_params.get("as", "studio"),
        )
        return _stream(lines, f"snapshot-{snapshot.number}{'-' + split if split else ''}.jsonl")


def _stream(lines: Iterator[str], filename: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        lines,
        content_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
