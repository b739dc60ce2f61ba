"""/workers/: whether queued jobs will be worked on, and what to do when not."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from training import workers
from training.api.serializers import WorkersSerializer
from training.models import Job
from training.states import JobState


class Workers(APIView):
    @extend_schema(responses=WorkersSerializer, operation_id="workers_retrieve")
    def get(self, request: Request) -> Response:
        """Broker, device worker, and how many jobs are queued and live in the whole studio."""
        status = workers.status()
        shown = {
            "broker": status.broker,
            "device": status.device,
            "queued": Job.objects.filter(state=JobState.QUEUED).count(),
            "live": Job.objects.live().count(),
            "warnings": status.warnings,
        }
        return Response(WorkersSerializer(shown).data)
