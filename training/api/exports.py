"""/checkpoints/{id}/exports/ and /exports/{id}/: a checkpoint in a form that others open."""

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring.api.access import asked
from authoring.api.serializers import strict
from training.actions import exports as actions
from training.api.failures import FailureSerializer
from training.download import download
from training.models import Checkpoint, Export, Form, Numbers


class ExportSerializer(serializers.ModelSerializer):
    failure = FailureSerializer(read_only=True, allow_null=True)
    created_by = serializers.CharField(read_only=True)

    class Meta:
        model = Export
        fields = [
            *("id", "checkpoint", "form", "numbers", "state", "bytes", "failure", "created_by"),
            *("created_at", "finished_at"),
        ]


class ExportRequestSerializer(strict.Request):
    form = serializers.ChoiceField(choices=Form.choices)
    numbers = serializers.ChoiceField(choices=Numbers.choices, default=Numbers.FLOAT32)


class CheckpointExports(generics.ListAPIView):
    queryset = Export.objects.none()
    serializer_class = ExportSerializer

    def get_queryset(self):
        return self.checkpoint().exports.select_related("created_by").order_by("pk")

    def checkpoint(self) -> Checkpoint:
        visible = Checkpoint.objects.visible_to(self.request.user)
        related = visible.select_related("run__project", "run__base_model", "run__parent")
        return get_object_or_404(related, pk=self.kwargs["pk"])

    @extend_schema(request=ExportRequestSerializer, responses={201: ExportSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Queue an export; asking twice gives the same. Follow `state`, then fetch its file."""
        checkpoint = self.checkpoint()
        made = actions.ask(
            by=request.user, checkpoint=checkpoint, **asked(ExportRequestSerializer, request)
        )
        return Response(ExportSerializer(made).data, status=status.HTTP_201_CREATED)


class ExportDetail(generics.RetrieveAPIView):
    queryset = Export.objects.none()
    serializer_class = ExportSerializer

    def get_queryset(self):
        return Export.objects.visible_to(self.request.user).with_origin()

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove its files and what is known of it; the checkpoint stays."""
        actions.delete(by=request.user, export=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportFile(APIView):
    @extend_schema(responses={(200, "application/x-tar"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        """Its files as one tar: the weights, README.md (the model card) and SHA256SUMS."""
        visible = Export.objects.visible_to(request.user).with_origin()
        return download(get_object_or_404(visible, pk=pk))
