"""/base-models/: where runs may start."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from training.actions import base_models
from training.api.serializers import BaseModelRequestSerializer, BaseModelSerializer
from training.models import BaseModel, Source


class BaseModels(generics.ListAPIView):
    queryset = BaseModel.objects.select_related("added_by")
    serializer_class = BaseModelSerializer
    filterset_fields = ("source", "architecture", "slug")

    @extend_schema(request=BaseModelRequestSerializer, responses={201: BaseModelSerializer})
    def post(self, request: Request) -> Response:
        """Add a folder under STUDIO_HOME/models, a Hugging Face id, or a shape trained from
        nothing."""
        asked = BaseModelRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        named = {"by": request.user, "name": values["name"]}
        match values["source"]:
            case Source.FOLDER:
                added = base_models.add_folder(
                    folder=values["reference"], licence=values["licence"], **named
                )
            case Source.HUB:
                added = base_models.add_hub_id(
                    hub_id=values["reference"],
                    licence=values["licence"],
                    architecture=values["architecture"],
                    **named,
                )
            case _:
                added = base_models.add_preset(
                    overrides=values.get("overrides"),
                    architecture=values["architecture"],
                    **named,
                )
        return Response(BaseModelSerializer(added).data, status=status.HTTP_201_CREATED)


class BaseModelDetail(generics.RetrieveAPIView):
    queryset = BaseModel.objects.select_related("added_by")
    serializer_class = BaseModelSerializer

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take it off the list, unless runs started from it; its files stay."""
        base_models.remove(by=request.user, model=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
