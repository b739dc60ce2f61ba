"""/exports/{id}/pushes/ and /pushes/{id}/: send an export to a hub or a bucket, and follow it."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring.api.access import asked
from authoring.api.serializers import strict
from training import destinations
from training.actions import jobs
from training.actions import pushes as actions
from training.api.deeds import DeedSerializer
from training.api.failures import FailureSerializer
from training.models import Destination, Export, Push
from training.states import Want


class DestinationSerializer(serializers.Serializer):
    slug = serializers.ChoiceField(choices=Destination.choices)
    address = serializers.CharField(help_text="Places lie under it.")
    service = serializers.CharField(
        help_text="Of a bucket: the address of an S3 service other than Amazon's."
    )


class PushSerializer(serializers.ModelSerializer):
    export = serializers.IntegerField(source="exported_id", read_only=True, allow_null=True)
    failure = FailureSerializer(read_only=True, allow_null=True)
    created_by = serializers.CharField(read_only=True)
    deeds = DeedSerializer(many=True, read_only=True)

    class Meta:
        model = Push
        fields = [
            *("id", "export", "checkpoint", "form", "numbers", "destination", "name", "public"),
            *("target", "service", "url", "revision", "is_open", "state", "wants"),
            *("step", "total_steps", "seconds_left"),
            *("failure", "deeds", "created_by", "created_at", "finished_at"),
        ]


class PushRequestSerializer(strict.Request):
    destination = serializers.ChoiceField(choices=Destination.choices)
    name = serializers.CharField(
        max_length=200, help_text="owner/name of a repository, or the folder in the bucket."
    )
    public = serializers.BooleanField(
        default=False, help_text="Of a repository that is made anew: open to everybody."
    )


class PushWantSerializer(strict.Request):
    wants = serializers.ChoiceField(choices=Want.choices)


class Destinations(APIView):
    @extend_schema(responses=DestinationSerializer(many=True), operation_id="destinations_list")
    def get(self, request: Request) -> Response:
        """Where this studio can push to, as its operator configured it."""
        found = list(destinations.configured().values())
        return Response(DestinationSerializer(found, many=True).data)


class ExportPushes(generics.ListAPIView):
    queryset = Push.objects.none()
    serializer_class = PushSerializer

    def get_queryset(self):
        return (
            self.export()
            .pushes.select_related("created_by")
            .prefetch_related("deeds__by")
            .order_by("pk")
        )

    def export(self) -> Export:
        visible = Export.objects.visible_to(self.request.user).select_related("project")
        return get_object_or_404(visible, pk=self.kwargs["pk"])

    @extend_schema(request=PushRequestSerializer, responses={201: PushSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Queue a push. While one of this export to this name is not over, asking again gives that;
        one that failed goes on where it broke off. Follow `state`; `step` counts megabytes."""
        push = actions.ask(
            by=request.user, export=self.export(), **asked(PushRequestSerializer, request)
        )
        return Response(PushSerializer(push).data, status=status.HTTP_201_CREATED)


class PushDetail(generics.RetrieveAPIView):
    queryset = Push.objects.none()
    serializer_class = PushSerializer

    def get_queryset(self):
        return (
            Push.objects.visible_to(self.request.user).with_origin().prefetch_related("deeds__by")
        )

    @extend_schema(request=PushWantSerializer, responses={202: PushSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Say what is wanted of it: stop, pause, or run (again)."""
        want = asked(PushWantSerializer, request)["wants"]
        jobs.ask(by=request.user, job=self.get_object(), want=want)
        return Response(PushSerializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)
