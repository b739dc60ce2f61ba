"""Where training starts and what it reads, as a body names them: runs, plans and searches ask alike."""

from typing import Any

from rest_framework import serializers

from authoring.api.serializers import strict
from authoring.models import Snapshot
from training.models import BaseModel, Checkpoint, Method


class StartSerializer(strict.Request):
    method = serializers.ChoiceField(choices=Method.choices)
    snapshot = serializers.PrimaryKeyRelatedField(queryset=Snapshot.objects.none())
    base_model = serializers.PrimaryKeyRelatedField(
        queryset=BaseModel.objects.all(), required=False, allow_null=True
    )
    checkpoint = serializers.PrimaryKeyRelatedField(
        queryset=Checkpoint.objects.none(), required=False, allow_null=True
    )

    def get_fields(self) -> dict[str, Any]:
        """What belongs to another project can't be named."""
        fields = super().get_fields()
        if project := self.context.get("project"):
            fields["snapshot"].queryset = Snapshot.objects.filter(project=project)
            fields["checkpoint"].queryset = Checkpoint.objects.filter(run__project=project)
        return fields
