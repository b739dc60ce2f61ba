"""/projects/{slug}/tokenisations/: what a text is to a model."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authoring.api.serializers import strict
from authoring.errors import Invalid, Unavailable
from authoring.models import Pair, Project
from engine.errors import EngineError
from training.api.plan_serializers import PieceSerializer
from training.models import BaseModel
from training.token_pieces import models_to_look_through
from training.tokenisation import PARTS, texts_of, tokenised


class TokenisationRequestSerializer(strict.Request):
    """A pair of the project, or texts."""

    base_model = serializers.PrimaryKeyRelatedField(queryset=BaseModel.objects.all())
    pair = serializers.PrimaryKeyRelatedField(queryset=Pair.objects.none(), required=False)
    system = serializers.CharField(required=False, allow_blank=True, max_length=100_000)
    instruction = serializers.CharField(required=False, allow_blank=True, max_length=100_000)
    input = serializers.CharField(required=False, allow_blank=True, max_length=100_000)
    response = serializers.CharField(required=False, allow_blank=True, max_length=100_000)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if project := self.context.get("project"):
            fields["pair"].queryset = project.pairs.with_head()
        return fields


class ScriptSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="zh, or other")
    characters = serializers.IntegerField()
    tokens = serializers.IntegerField()


class TokenisationSerializer(serializers.Serializer):
    tokens = serializers.IntegerField(source="seen.tokens")
    trained = serializers.IntegerField(source="seen.trained")
    pieces = PieceSerializer(source="seen.pieces", many=True)
    sentences = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="By part; joined, they are the part again.",
    )
    scripts = ScriptSerializer(many=True)


class Tokenisations(APIView):
    keeps_nothing = True

    @extend_schema(request=TokenisationRequestSerializer, responses=TokenisationSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Sentences, tokens, ids and loss mask of a pair or of a text. Keeps nothing."""
        project = get_object_or_404(Project.objects.for_user(request.user), slug=slug)
        asked = TokenisationRequestSerializer(data=request.data, context={"project": project})
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = asked.validated_data
        model = values["base_model"]
        if model not in models_to_look_through():
            raise Unavailable(
                _("The tokenizer of this model is not on this machine."),
                _("Choose a bundled model or a local folder."),
            )
        pair = values.get("pair")
        texts = texts_of(pair.head.content()) if pair else {name: values.get(name, "") for name in PARTS}  # fmt: skip
        try:
            found = tokenised(model, texts)
        except EngineError as error:
            raise Invalid(error.message, error.remedy) from error
        return Response(TokenisationSerializer(found).data)
