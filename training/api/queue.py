"""/queue/: the order in which jobs get a device, and another place or priority for one of them."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring.api.serializers import strict
from authoring.models import Project
from training.actions import line
from training.actions.line import Priority, To
from training.line import Line, lines_for
from training.models import Job
from training.states import JobState

PRIORITIES = {one.name.lower(): one.value for one in Priority}


class QueueLineSerializer(serializers.Serializer):
    """One place. For a job of a project that one may not see there is its state, and no more."""

    place = serializers.IntegerField()
    state = serializers.ChoiceField(choices=JobState.choices)
    job = serializers.IntegerField(source="job.pk", allow_null=True, default=None)
    kind = serializers.CharField(source="job.kind", allow_null=True, default=None)
    project = serializers.CharField(source="job.project.slug", allow_null=True, default=None)
    run = serializers.IntegerField(source="number", allow_null=True, help_text="Its number.")
    name = serializers.CharField(source="run.name", allow_null=True, default=None)
    method = serializers.CharField(source="run.method", allow_null=True, default=None)
    about = serializers.CharField(help_text="What an evaluation measures, or an export brings out.")
    group = serializers.CharField(
        source="said.group", help_text="The same for all evaluations of one run's checkpoints."
    )
    created_by = serializers.CharField(source="job.created_by", allow_null=True, default=None)
    waits_for = serializers.IntegerField(
        source="run.after.number", allow_null=True, default=None, help_text="A run's number."
    )
    priority = serializers.SerializerMethodField()
    step = serializers.IntegerField(source="job.step", allow_null=True, default=None)
    total_steps = serializers.IntegerField(source="job.total_steps", allow_null=True, default=None)
    devices = serializers.CharField(source="job.devices", allow_null=True, default=None)
    starts_in = serializers.FloatField(
        allow_null=True, help_text="Seconds, where finished jobs like it tell."
    )
    movable = serializers.BooleanField()

    def get_priority(self, line: Line) -> str | None:
        return None if line.priority is None else Priority(line.priority).name.lower()


class PlaceSerializer(strict.Request):
    """`to`: another place among the jobs of its priority that one may move. `priority`: before or
    behind all others of another."""

    to = serializers.ChoiceField(choices=To.choices, required=False)
    priority = serializers.ChoiceField(choices=list(PRIORITIES), required=False)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not asked:
            raise serializers.ValidationError({"to": [_("Give either `to` or `priority`.")]})
        return asked


class Queue(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("group", description="Only the jobs of this group.")],
        responses=QueueLineSerializer(many=True),
        operation_id="queue_list",
    )
    def get(self, request: Request) -> Response:
        """At work, in line, and waiting for another run, in that order, over the whole studio."""
        lines, group = lines_for(request.user), request.query_params.get("group")
        if group is not None:
            lines = [one for one in lines if one.said.group == group]
        return Response(QueueLineSerializer(lines, many=True).data)


class QueuePlace(APIView):
    @extend_schema(
        request=PlaceSerializer, responses=QueueLineSerializer(many=True), operation_id="queue_move"
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Move a job; answers the queue as it is then."""
        visible = Project.objects.for_user(request.user)
        job = get_object_or_404(Job, pk=pk, project__in=visible)
        asked = PlaceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if priority := asked.validated_data.get("priority"):
            line.set_priority(by=request.user, job=job, priority=PRIORITIES[priority])
        if to := asked.validated_data.get("to"):
            line.move(by=request.user, job=job, to=to)
        return Response(QueueLineSerializer(lines_for(request.user), many=True).data)
