"""/runs/{id}/checkpoints/ and /checkpoints/{id}/."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from training.actions import checkpoints, jobs
from training.api.serializers import CheckpointSerializer
from training.models import Checkpoint, Run


class RunCheckpoints(generics.ListAPIView):
    queryset = Checkpoint.objects.none()
    serializer_class = CheckpointSerializer

    def get_queryset(self):
        return self.run().checkpoints.select_related("run__base_model").order_by("step")

    def run(self) -> Run:
        visible = Run.objects.visible_to(self.request.user)
        return get_object_or_404(visible, pk=self.kwargs["pk"])

    @extend_schema(
        request=None, responses={202: OpenApiResponse(description="It saves at its next step.")}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Ask a running run to save a checkpoint now."""
        jobs.checkpoint_now(by=request.user, job=self.run())
        return Response(status=status.HTTP_202_ACCEPTED)


class CheckpointDetail(generics.RetrieveAPIView):
    queryset = Checkpoint.objects.none()
    serializer_class = CheckpointSerializer

    def get_queryset(self):
        return Checkpoint.objects.visible_to(self.request.user).select_related(
            "run__project", "run__base_model"
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove its files. The row stays, so that scores still say what they measured."""
        checkpoints.delete(by=request.user, checkpoint=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
