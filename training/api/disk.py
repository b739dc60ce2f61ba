"""/projects/{slug}/disk/: what checkpoints take, and what is free."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring.models import Project
from training import disk


class DiskSerializer(serializers.Serializer):
    """In bytes; each run says its own `checkpoint_bytes`."""

    used = serializers.IntegerField(help_text="By the checkpoints of this project.")
    free = serializers.IntegerField()
    low = serializers.BooleanField(help_text="Too little is free for another run.")


class ProjectDisk(APIView):
    @extend_schema(responses=DiskSerializer, operation_id="projects_disk_retrieve")
    def get(self, request: Request, slug: str) -> Response:
        """Room on the disk that holds the studio's home."""
        project = get_object_or_404(Project.objects.for_user(request.user), slug=slug)
        return Response(DiskSerializer(disk.of_project(project)).data)
