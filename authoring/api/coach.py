"""/projects/{slug}/coach/: what a careful colleague would ask about a text, before it is written."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authoring import content as contents
from authoring.api.access import InProject, asked
from authoring.api.serializers.pairs import PairRequest, task_of
from authoring.coach import Draft
from authoring.coached import coached
from authoring.models import Pair
from authoring.permissions import require


class CoachRequest(PairRequest):
    """A text as a new pair would have it, complete or not."""

    pair = serializers.IntegerField(
        required=False, help_text="The pair that it is of: not named as its own near-duplicate."
    )


class HintSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="For scripts; never changes.")
    field = serializers.CharField(help_text="The field to look at.")
    message = serializers.CharField()
    advice = serializers.CharField()
    pair = serializers.IntegerField(allow_null=True, help_text="The other pair that it speaks of.")


class Coach(InProject):
    keeps_nothing = True
    queryset = Pair.objects.none()
    pagination_class = None
    filter_backends = []

    @extend_schema(
        request=CoachRequest,
        responses=HintSerializer(many=True),
        operation_id="projects_coach_create",
    )
    def post(self, request: Request, slug: str) -> Response:
        """What the coach says of a text, and which pairs are nearly the same. Suggestions, never blocks;
        keeps nothing."""
        require(request.user, "write", self.project)
        given = asked(CoachRequest, request)
        task = task_of(given.pop("task"), self.project.tasks)
        besides = Pair.objects.in_project(self.project).filter(pk=given.pop("pair", None)).first()
        found = coached(Draft.of(contents.clean(given)), task, besides=besides)
        return Response(HintSerializer(found, many=True).data)
