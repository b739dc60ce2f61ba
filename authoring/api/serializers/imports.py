"""Imports and their reports."""

from rest_framework import serializers

from authoring.api.serializers.strict import Request
from authoring.formats import FORMATS
from authoring.models import Import


class ProblemSerializer(serializers.Serializer):
    """What is wrong with a row, or (row null) with the file."""

    row = serializers.IntegerField(allow_null=True)
    field = serializers.CharField()
    level = serializers.ChoiceField(choices=["error", "warning"])
    problem = serializers.CharField()
    remedy = serializers.CharField()


class ImportSerializer(serializers.ModelSerializer):
    project = serializers.CharField(source="project.slug")
    task = serializers.CharField(source="task.slug")
    created_by = serializers.CharField()
    error = serializers.CharField(help_text="Why the file as a whole failed; else empty.")
    sample = serializers.ListField(child=serializers.DictField(), help_text="The first rows.")

    class Meta:
        model = Import
        fields = [
            *("id", "project", "task", "created_by", "state", "filename", "format", "encoding"),
            *("language", "submit", "rows_good", "rows_bad", "rows_done", "warnings", "error"),
            *("sample", "created_at", "committed_at"),
        ]


class ImportRequest(Request):
    """A file of JSON lines, one JSON list, CSV or TSV, plain or gzipped."""

    file = serializers.FileField(allow_empty_file=True)
    task = serializers.SlugField()
    format = serializers.ChoiceField(
        choices=sorted(FORMATS), required=False, help_text="Left out: found by the fields."
    )
    language = serializers.CharField(
        max_length=10, required=False, help_text="Of rows that name none. Left out: guessed."
    )
    submit = serializers.BooleanField(
        default=True, help_text="Whether complete pairs go straight to review."
    )


class ApprovalSerializer(serializers.Serializer):
    approved = serializers.IntegerField(help_text="Verdicts given, each recorded as bulk.")
