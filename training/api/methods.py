"""/methods/: the settings of each training method, from where the engine declares them."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from engine.settings import options
from training.api.serializers import MethodSerializer
from training.models import Method


class Methods(APIView):
    @extend_schema(responses=MethodSerializer(many=True), operation_id="methods_list")
    def get(self, request: Request) -> Response:
        """Every method with its settings: type, default, range, choices and help."""
        return Response(MethodSerializer([described(one) for one in Method], many=True).data)


class MethodDetail(APIView):
    @extend_schema(responses=MethodSerializer, operation_id="methods_retrieve")
    def get(self, request: Request, method: str) -> Response:
        if method not in Method.values:
            raise Http404
        return Response(MethodSerializer(described(Method(method))).data)


def described(method: Method) -> dict[str, Any]:
    return {"method": method.value, "title": method.label, "settings": options(method.value)}
