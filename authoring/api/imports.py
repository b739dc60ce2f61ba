"""/projects/{slug}/imports/ and /imports/{id}/: upload, report, commit, bulk approval."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from authoring.actions import imports, reviews
from authoring.api.access import InProject, asked
from authoring.api.serializers.imports import (
    ApprovalSerializer,
    ImportDetailSerializer,
    ImportRequest,
    ImportSerializer,
    ProblemSerializer,
)
from authoring.api.serializers.pairs import task_of
from authoring.formats.problems import Told
from authoring.models import Import


class ProjectImports(InProject, generics.ListAPIView):
    """The files that came into a project, newest first."""

    serializer_class = ImportSerializer
    parser_classes = [MultiPartParser]
    queryset = Import.objects.none()

    def get_queryset(self) -> QuerySet[Import]:
        return self.project.imports.select_related("project", "task", "created_by")

    @extend_schema(request=ImportRequest, responses={201: ImportSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Upload a file. It is checked and nothing is written: at once when it is small, else by a
        worker; follow `state` until it is checked or failed, read `problems`, then `commit`."""
        given = asked(ImportRequest, request)
        task = task_of(given.pop("task"), self.project.tasks)
        made = imports.upload(
            project=self.project, task=task, by=request.user, filename=given["file"].name, **given
        )
        return Response(ImportSerializer(made).data, status=status.HTTP_201_CREATED)


class OneImport(generics.GenericAPIView):
    """A view of one import of a project that the person may see."""

    serializer_class = ImportSerializer
    queryset = Import.objects.none()

    def get_queryset(self) -> QuerySet[Import]:
        seen = Import.objects.visible_to(self.request.user)
        return seen.select_related("project", "task", "created_by")


class ImportDetail(OneImport, generics.RetrieveAPIView):
    serializer_class = ImportDetailSerializer

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Forget a file from which no pair came."""
        imports.discard(dataset_import=self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Problems(generics.ListAPIView):
    """The first 1,000 problems by row and field; `rows_bad` counts them all."""

    serializer_class = ProblemSerializer
    filter_backends = []

    def get_queryset(self) -> list[Told]:
        seen = Import.objects.visible_to(self.request.user)
        return generics.get_object_or_404(seen, pk=self.kwargs["pk"]).problems


class Check(OneImport):
    @extend_schema(request=None, responses={201: ImportSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Read the file again, as after the task's labels changed, or after the studio broke over it. Rows that
        were written already are not written twice."""
        checked = imports.check(dataset_import=self.get_object(), by=request.user)
        return Response(ImportSerializer(checked).data, status=status.HTTP_201_CREATED)


class Commit(OneImport):
    @extend_schema(request=None, responses={201: ImportSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Write the good rows as pairs of whoever uploaded the file; follow `state` and `rows_done`."""
        committed = imports.commit(dataset_import=self.get_object(), by=request.user)
        return Response(ImportSerializer(committed).data, status=status.HTTP_201_CREATED)


class Approval(OneImport):
    @extend_schema(request=None, responses={201: ApprovalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Approve every pair of the import that awaits review: by somebody other than the importer."""
        count = reviews.approve_import(dataset_import=self.get_object(), by=request.user)
        return Response({"approved": count}, status=status.HTTP_201_CREATED)
