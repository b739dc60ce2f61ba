"""What went wrong with a job, over REST: told in the language that the request asks for."""

from typing import Any

from rest_framework import serializers

from authoring.words import told


class ToldField(serializers.CharField):
    """A sentence that a worker kept, in the reader's language."""

    def to_representation(self, value: Any) -> str:
        return str(told(value))


class ReasonSerializer(serializers.Serializer):
    message = ToldField()
    remedy = ToldField(allow_blank=True)


class FailureSerializer(serializers.Serializer):
    type = serializers.CharField()
    message = ToldField()
    remedy = ToldField()
    traceback = serializers.CharField()
