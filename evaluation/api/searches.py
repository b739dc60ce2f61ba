"""/projects/{slug}/searches/ and /searches/{id}/: begin, follow, and say what is wanted of one."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring.api.access import InProject, asked
from evaluation.actions.search import control
from evaluation.actions.search.launch import extend, launch
from evaluation.api.search_serializers import (
    BeginSerializer,
    DimensionSerializer,
    SearchSerializer,
    SearchWantSerializer,
    TrialSerializer,
)
from evaluation.models import Search, Trial
from evaluation.search.space import as_json, searchable, suggested
from evaluation.search.states import SearchState, TrialState
from training.models import Method


class SearchFilter(filters.FilterSet):
    state = filters.MultipleChoiceFilter(choices=SearchState.choices)
    method = filters.ChoiceFilter(choices=Method.choices)
    snapshot = filters.NumberFilter("snapshot_id")

    class Meta:
        model = Search
        fields: list[str] = []


class TrialFilter(filters.FilterSet):
    state = filters.MultipleChoiceFilter(choices=TrialState.choices)

    class Meta:
        model = Trial
        fields: list[str] = []


class ProjectSearches(InProject, generics.ListAPIView):
    queryset = Search.objects.none()
    serializer_class = SearchSerializer
    filterset_class = SearchFilter

    def get_queryset(self):
        found = Search.objects.filter(project=self.project).with_origin().with_best()
        return found.order_by("-id")

    @extend_schema(request=BeginSerializer, responses={201: SearchSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Begin a search. Its first trial is in the queue when this answers."""
        values = asked(BeginSerializer, request, project=self.project)
        search = launch(by=request.user, project=self.project, **values)
        begun = self.get_queryset().get(pk=search.pk)
        return Response(SearchSerializer(begun).data, status=status.HTTP_201_CREATED)


@extend_schema_view(get=extend_schema(summary="A search, its state and its best trial so far."))
class SearchDetail(generics.RetrieveAPIView):
    queryset = Search.objects.none()
    serializer_class = SearchSerializer

    def get_queryset(self):
        return Search.objects.visible_to(self.request.user).with_origin().with_best()

    @extend_schema(request=SearchWantSerializer, responses={202: SearchSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Say what is wanted of it: stop, pause or run; or how many trials there shall be."""
        search = self.get_object()
        values: dict[str, Any] = asked(SearchWantSerializer, request)
        if "trials" in values:
            extend(by=request.user, search=search, trials=values["trials"])
        if "wants" in values:
            control.ask(by=request.user, search=search, want=values["wants"])
        return Response(SearchSerializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)


class Trials(generics.ListAPIView):
    """The trials of a search, in the order they were asked for."""

    queryset = Trial.objects.none()
    serializer_class = TrialSerializer
    filterset_class = TrialFilter

    def get_queryset(self):
        visible = Search.objects.visible_to(self.request.user)
        return get_object_or_404(visible, pk=self.kwargs["pk"]).trials.in_order()


class SearchableSettings(APIView):
    @extend_schema(responses=DimensionSerializer(many=True), operation_id="methods_space_list")
    def get(self, request: Request, method: str) -> Response:
        """The settings of a method that a search may choose, with a range or choices to begin with."""
        if method not in Method.values:
            raise Http404
        found = [
            {
                **one._asdict(),
                "type": one.type.__name__,
                "suggested": as_json({"": suggested(one)})[""],
            }
            for one in searchable(method)
        ]
        return Response(DimensionSerializer(found, many=True).data)
