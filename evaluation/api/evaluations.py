"""/evaluations/: ask for one, follow it, read its scores."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.request import request as ask
from evaluation.actions.rescore import rescore
from evaluation.api.filters import EvaluationFilter
from evaluation.api.serializers import (
    ConfusionSerializer,
    EvaluationDetailSerializer,
    EvaluationRequestSerializer,
    EvaluationSerializer,
    ReliabilitySerializer,
)
from evaluation.confusion import confusions
from evaluation.models import Evaluation
from evaluation.reliability import reliabilities
from training.actions import jobs
from training.api.serializers import WantSerializer


class Evaluations(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Evaluation]
):
    queryset = Evaluation.objects.none()
    serializer_class = EvaluationSerializer
    filterset_class = EvaluationFilter

    def get_queryset(self):
        found = Evaluation.objects.visible_to(self.request.user).with_subject()
        return found.prefetch_related("scores") if self.action == "retrieve" else found

    def get_serializer_class(self):
        return EvaluationDetailSerializer if self.action == "retrieve" else EvaluationSerializer

    @extend_schema(
        request=EvaluationRequestSerializer,
        responses={
            201: EvaluationSerializer,
            200: OpenApiResponse(EvaluationSerializer, "It was asked for before."),
        },
    )
    def create(self, request: Request) -> Response:
        """Measure a checkpoint, or a base model as it came, over one split.

        Asking again for the same gives the same evaluation; one that failed is queued again, and with
        `again` one that has finished too.
        """
        asked = EvaluationRequestSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        evaluation, created = ask(by=request.user, **asked.validated_data)
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(self.get_serializer(evaluation).data, status=code)

    @extend_schema(responses=ConfusionSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def confusion(self, request: Request, pk: str) -> Response:
        """One confusion matrix for each classification task."""
        return Response(ConfusionSerializer(confusions(self.get_object()), many=True).data)

    @extend_schema(responses=ReliabilitySerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def reliability(self, request: Request, pk: str) -> Response:
        """The bins of the reliability diagram, for each classification task that was answered with
        probabilities."""
        found = reliabilities(self.get_object())
        return Response(ReliabilitySerializer(list(found), many=True).data)

    @extend_schema(request=None, responses={202: EvaluationSerializer})
    @action(detail=True, methods=["post"])
    def scorings(self, request: Request, pk: str) -> Response:
        """Score the stored predictions again."""
        evaluation = self.get_object()
        rescore(by=request.user, evaluation=evaluation)
        return Response(self.get_serializer(evaluation).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=WantSerializer, responses={202: EvaluationSerializer})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Say what is wanted of it: stop, pause or run."""
        evaluation = self.get_object()
        asked = WantSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        jobs.ask(by=request.user, job=evaluation, want=asked.validated_data["wants"])
        evaluation.refresh_from_db()
        return Response(self.get_serializer(evaluation).data, status=status.HTTP_202_ACCEPTED)
