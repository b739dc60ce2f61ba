"""Whose project it is: what a person may not see is 404, what they may see but not do is 403."""

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import generics

from authoring.models import Project


class InProject(generics.GenericAPIView):
    """A view below /projects/{slug}/. Actions ask for the role; this asks whether one may look."""

    @cached_property
    def project(self) -> Project:
        projects = Project.objects.for_user(self.request.user)
        return get_object_or_404(projects, slug=self.kwargs["slug"])


def asked(serializer: type[Any], request: Any, **context: Any) -> dict[str, Any]:
    """The request's body, validated. Raises ValidationError by field."""
    given = serializer(data=request.data, context=context)
    given.is_valid(raise_exception=True)
    return given.validated_data


def begin_writing(request: Any) -> None:
    """Said by a view that `plans_first`, before its first write: takes the request's Idempotency-Key, if it
    has one, into the transaction that begins here (instructstudio.idempotency)."""
    getattr(request, "begin_writing", lambda: None)()


DELETED = OpenApiParameter("deleted", bool, description="Those that were deleted, to bring back.")


def asks_for_deleted(request: Any) -> bool:
    return str(request.query_params.get("deleted", "")).lower() in {"true", "1"}
